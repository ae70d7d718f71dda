/** Fields whose loss takes a control away: a slip in one of these weighs more than in another. */
export function isSecurityField(name: string): boolean {
  return SECURITY_FIELDS.has(name);
}

const SECURITY_FIELDS: ReadonlySet<string> = new Set(
  `securityContext runAsNonRoot runAsUser runAsGroup allowPrivilegeEscalation privileged readOnlyRootFilesystem
capabilities drop add seccompProfile localhostProfile appArmorProfile seLinuxOptions procMount fsGroup
supplementalGroups sysctls hostNetwork hostPID hostIPC hostUsers hostPath readOnly automountServiceAccountToken
serviceAccountName enableServiceLinks runtimeClassName imagePullPolicy limits requests policyTypes podSelector
namespaceSelector ipBlock except ingress egress from to ports endPort tls secretName rules verbs resources
resourceNames apiGroups roleRef subjects immutable defaultMode tokenExpirationSeconds expirationSeconds failurePolicy
validationActions enforcementAction providers level omitStages loadBalancerSourceRanges externalIPs
shareProcessNamespace hostProcess`.split(/\s+/),
);
