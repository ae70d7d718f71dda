import type { Topic } from './labels.map.ts';

const GENERAL = 'gatekeeper-library/library/general/';
const PSP = 'gatekeeper-library/library/pod-security-policy/';
const RULES = 'regolibrary/rules/';

/** Parameters of a constraint are a decision of one cluster, and no fact about the manifest. */
const EXEMPT = 'the constraint exempts this image or role by name';
const ALLOWED = 'the constraint allows what we still tell';
const ANNOTATION = 'the annotation has no effect since Kubernetes 1.27';
const NO_PODS = 'none of the files holds a pod of that namespace: its workloads are elsewhere';
const ONE_OF_MANY = 'a cluster passes when one of its policies forbids it; ours says of each what it admits';

/** One matter: rules of the gatekeeper library by themselves, each with its samples. */
function gatekeeper(label: string, rules: readonly string[], more: Partial<Topic> = {}): Topic {
  return { labels: { 'gatekeeper-library': [label] }, rules, scope: 'document', ...more };
}

/** A field of a PodSecurityPolicy, of which kubescape wants one policy to forbid it. */
function policy(label: string, says: string, more: Partial<Topic> = {}): Topic {
  return {
    labels: { regolibrary: [label] },
    rules: ['psp-permissive-field'],
    says,
    scope: 'document',
    differ: { [`${RULES}${label}/test/pass-one-true-one-false/*`]: ONE_OF_MANY },
    ...more,
  };
}

/** What policies at admission ask of others, and which of our rules answers. */
export const TOPICS: Readonly<Record<string, Topic>> = {
  'policies: load balancers': gatekeeper('k8sblockloadbalancer', ['service-load-balancer-unrestricted']),
  'policies: node ports': gatekeeper('k8sblocknodeport', ['service-node-port']),
  'policies: hosts of an Ingress': gatekeeper('k8sblockwildcardingress', ['ingress-catch-all-host']),
  'policies: Ingress without TLS': {
    labels: { 'gatekeeper-library': ['k8shttpsonly'], regolibrary: ['ingress-no-tls'] },
    rules: ['ingress-no-tls'],
    differ: {
      [`${GENERAL}httpsonly/samples/ingress-https-only-tls-optional/example_allowed.yaml#0`]:
        'an annotation of one controller refuses plain HTTP; without a certificate in the Ingress that says nothing of TLS',
    },
  },
  'policies: requests and limits': gatekeeper(
    'k8srequiredresources',
    ['cpu-request-missing', 'cpu-limit-missing', 'memory-request-missing', 'memory-limit-missing', 'qos-best-effort'],
    {
      differ: {
        [`${GENERAL}containerresources/samples/no-enforcements/*`]: 'the constraint asks for nothing',
        [`${GENERAL}containerresources/samples/container-must-have-cpu-requests-memory-limits-and-requests/only-cpu-requests-and-memory-limits-and-requests-defined-allowed.yaml#0`]:
          'the constraint asks for no limit of cpu, which we tell in the preset all',
      },
    },
  ),
  'policies: anonymous users': {
    labels: { 'gatekeeper-library': ['k8sdisallowanonymous'], regolibrary: ['anonymous-access-enabled'] },
    rules: ['rbac-anonymous-binding', 'rbac-authenticated-binding'],
    differ: {
      [`${GENERAL}disallowanonymous/samples/no-anonymous-bindings/example_allowed.yaml#0`]: EXEMPT,
      [`${RULES}anonymous-access-enabled/test/fail/input/clusterrolebinding.yaml#0`]:
        'the binding is one that every cluster has: it lets the version and the health be read',
    },
  },
  'policies: frozen registry': gatekeeper('k8sdisallowedrepos', ['image-registry-frozen']),
  'policies: movable tags': gatekeeper('k8sdisallowedtags', ['image-tag-mutable'], {
    differ: {
      [`${GENERAL}disallowedtags/samples/container-image-must-not-have-latest-tag/example_exempt_image_w_disallowed_tag.yaml#0`]:
        EXEMPT,
    },
  }),
  'policies: removed versions': gatekeeper('verifydeprecatedapi', ['api-version-removed']),
  'policies: users and groups': gatekeeper('k8spspallowedusers', ['run-as-root-explicit', 'root-group']),
  'policies: privilege escalation': gatekeeper(
    'k8spspallowprivilegeescalationcontainer',
    ['privilege-escalation-allowed', 'privilege-escalation-not-disabled'],
    {
      differ: {
        [`${PSP}allow-privilege-escalation/samples/psp-allow-privilege-escalation-container/example_allowed_exempt.yaml#0`]:
          EXEMPT,
      },
    },
  ),
  'policies: AppArmor': gatekeeper('k8spspapparmor', ['apparmor-unconfined']),
  'policies: paths of the node': gatekeeper('k8spsphostfilesystem', ['host-path-volume', 'host-path-sensitive'], {
    differ: { [`${PSP}host-filesystem/samples/psp-host-filesystem/example_allowed.yaml#0`]: ALLOWED },
  }),
  'policies: network of the node': gatekeeper('k8spsphostnetworkingports', ['host-network', 'host-port'], {
    differ: { [`${PSP}host-network-ports/samples/psp-host-network-ports/example_allowed_*`]: ALLOWED },
  }),
  'policies: hosts of probes': gatekeeper('k8spsphostprobeslifecycle', ['probe-host-set']),
  'policies: privileged containers': gatekeeper('k8spspprivilegedcontainer', ['privileged-container'], {
    differ: {
      [`${PSP}privileged-containers/samples/psp-privileged-container/example_allowed_exempt.yaml#0`]: EXEMPT,
    },
  }),
  'policies: seccomp': {
    labels: { 'gatekeeper-library': ['k8spspseccomp', 'k8spspseccompv2'] },
    rules: ['seccomp-profile-missing', 'seccomp-unconfined'],
    differ: {
      [`${PSP}seccomp/samples/psp-seccomp/example_allowed.yaml#0`]: ANNOTATION,
      [`${PSP}seccomp/samples/psp-seccomp/example_allowed2.yaml#0`]: ANNOTATION,
      [`${PSP}seccomp/samples/psp-seccomp/example_allowed_exempt_image.yaml#0`]: EXEMPT,
      [`${PSP}seccomp/samples/psp-seccomp/example_disallowed_localhost.yaml#0`]:
        'the profile of the node is not on the list of the constraint',
      [`${PSP}seccompv2/samples/psp-seccomp-baseline/example_allowed_no_profile.yaml#0`]:
        'the level baseline lets the field be left out, and we tell what restricted asks',
      [`${PSP}seccompv2/samples/psp-seccomp-baseline/allowed_ephemeral.yaml#0`]:
        'the level baseline lets the field be left out, and we tell what restricted asks',
      [`${PSP}seccompv2/samples/psp-seccomp-baseline/example_allowed_exempt_image.yaml#0`]: EXEMPT,
      [`${PSP}seccompv2/samples/psp-seccomp-restricted/example_allowed_exempt_image.yaml#0`]: EXEMPT,
    },
  },
  'policies: SELinux': gatekeeper('k8spspselinuxv2', ['selinux-options-unsafe']),
  'PodSecurityPolicy: privileged containers': policy('psp-deny-privileged-container', 'spec.privileged '),
  'PodSecurityPolicy: capabilities': policy('psp-deny-allowed-capabilities', 'spec.allowedCapabilities'),
  'PodSecurityPolicy: dropped capabilities': policy('psp-required-drop-capabilities', 'spec.requiredDropCapabilities'),
  'PodSecurityPolicy: privilege escalation': policy(
    'psp-deny-allowprivilegeescalation',
    'spec.allowPrivilegeEscalation',
    {
      differ: {
        [`${RULES}psp-deny-allowprivilegeescalation/test/pass-one-true-one-false/*`]: ONE_OF_MANY,
        [`${RULES}psp-deny-allowprivilegeescalation/test/pass-no-true/input/psp2.yaml#0`]:
          'the field is left out, and its default is true',
      },
    },
  ),
  'PodSecurityPolicy: IPC of the node': policy('psp-deny-hostipc', 'spec.hostIPC'),
  'PodSecurityPolicy: network of the node': policy('psp-deny-hostnetwork', 'spec.hostNetwork', {
    labels: { regolibrary: ['psp-deny-hostnetwork'], checkov: ['CKV_K8S_4'] },
  }),
  'PodSecurityPolicy: processes of the node': policy('psp-deny-hostpid', 'spec.hostPID'),
  'PodSecurityPolicy: root': policy('psp-deny-root-container', 'spec.runAsUser', {
    labels: { regolibrary: ['psp-deny-root-container'], checkov: ['CKV_K8S_6'] },
  }),
  'namespaces: levels beside webhooks': {
    labels: {
      regolibrary: [
        'pod-security-admission-applied-2',
        'pod-security-admission-baseline-applied-2',
        'pod-security-admission-restricted-applied-2',
      ],
    },
    rules: ['psa-enforce-label-missing'],
    differ: {
      [`${RULES}pod-security-admission-applied-2/test/test/input/namespace.yaml#0`]:
        'a webhook beside it may do the same, of which nothing but its presence is known',
    },
  },
  'kube-proxy: metrics': {
    labels: { regolibrary: ['ensure-that-the-kube-proxy-metrics-service-is-bound-to-localhost'] },
    rules: ['kube-proxy-metrics-exposed'],
  },
  'API server: roles': {
    labels: { regolibrary: ['rbac-enabled-native'] },
    rules: ['apiserver-authorization-modes-incomplete', 'apiserver-authorization-always-allow'],
  },
  'access: proxies of nodes': {
    labels: { regolibrary: ['rule-can-access-proxy-subresource'] },
    rules: ['rbac-node-proxy', 'rbac-pod-tunnel', 'rbac-wildcard-all', 'rbac-wildcard-partial'],
    scope: 'case',
  },
  'access: approving certificates': {
    labels: { regolibrary: ['rule-can-approve-cert-signing-request'] },
    rules: ['rbac-csr-approve-sign', 'rbac-wildcard-all', 'rbac-wildcard-partial'],
    scope: 'case',
  },
  'access: creating pods': {
    labels: { regolibrary: ['rule-can-create-pod'] },
    rules: ['rbac-workload-create', 'rbac-wildcard-all'],
    scope: 'case',
  },
  'access: creating volumes': {
    labels: { regolibrary: ['rule-can-create-pv'] },
    rules: ['rbac-persistent-volume-create', 'rbac-wildcard-all', 'rbac-wildcard-partial'],
    scope: 'case',
  },
  'access: webhooks': {
    labels: { regolibrary: ['rule-can-modify-admission-webhooks'] },
    rules: ['rbac-admission-config-write', 'rbac-wildcard-all', 'rbac-wildcard-partial'],
    scope: 'case',
    differ: {
      [`${RULES}rule-can-modify-admission-webhooks/test/clusterrole-rolebinding/*`]:
        'bound in one namespace, where webhooks are none: nothing is granted',
    },
  },
  'access: forwarded ports': {
    labels: { regolibrary: ['rule-can-portforward-v1'] },
    rules: ['rbac-pod-tunnel', 'rbac-wildcard-all', 'rbac-wildcard-partial'],
    scope: 'case',
  },
  'access: ConfigMaps of the system': {
    labels: { regolibrary: ['rule-can-update-configmap-v1'] },
    rules: ['rbac-system-configmap-write', 'rbac-wildcard-all', 'rbac-wildcard-partial'],
    scope: 'case',
  },
  'selectors: templates': { labels: { regolibrary: ['mismatching-selector'] }, rules: ['selector-template-mismatch'] },
  'selectors: policies': {
    labels: { regolibrary: ['dangling-networkpolicy'] },
    rules: ['netpol-selects-no-pods'],
    scope: 'document',
    world: 'closed',
    differ: { [`${RULES}dangling-networkpolicy/test/failed_dangling_matchlabels/*`]: NO_PODS },
  },
  'selectors: services': {
    labels: { regolibrary: ['service-with-no-workload'] },
    rules: ['service-dangling'],
    scope: 'document',
    world: 'closed',
    differ: { [`${RULES}service-with-no-workload/test/failed_workload_wrong_namespace/*`]: NO_PODS },
  },
  'backends of an Ingress': {
    labels: { regolibrary: ['dangling-ingress-backend'] },
    rules: ['ingress-backend-missing'],
    scope: 'document',
    world: 'closed',
  },
  'retired controllers of Ingress': {
    labels: { regolibrary: ['detect-nginx-ingress-controller-eol'] },
    rules: ['ingress-nginx-controller-vulnerable'],
  },
  'kernel parameters': { labels: { regolibrary: ['set-sysctls-params'] }, rules: ['sysctl-not-safe'] },
  'namespace default, explicitly': {
    labels: { checkov: ['NoDefaultNamespace'] },
    rules: ['workload-in-default-namespace'],
  },
  'roles of default accounts': {
    labels: { regolibrary: ['access-container-service-account-v1'] },
    rules: ['rbac-default-service-account-binding'],
    scope: 'case',
  },
};

/** Labels that no topic speaks of, by why. Every other label of these corpora belongs to a topic. */
export const UNJUDGED: Readonly<Record<string, readonly string[]>> = {
  'a report of a sensor on the node, no manifest': [
    'regolibrary/Ensure-that-the-kubeconfig-file-permissions-are-set-to-644-or-more-restrictive',
    'regolibrary/ensure-that-the-certificate-authorities-file-permissions-are-set-to-600-or-more-restrictive',
    'regolibrary/ensure-that-the-client-certificate-authorities-file-ownership-is-set-to-root-root',
    'regolibrary/ensure-that-the-cni-in-use-supports-network-policies',
    'regolibrary/ensure-network-policy-is-enabled-eks',
    'regolibrary/ensure-that-the-etcd-data-directory-permissions-are-set-to-700-or-more-restrictive',
    'regolibrary/ensure-that-the-kubeconfig-kubelet.conf-file-ownership-is-set-to-root-root',
    'regolibrary/ensure-that-the-kubeconfig-kubelet.conf-file-permissions-are-set-to-600-or-more-restrictive',
    'regolibrary/ensure-that-the-kubelet-configuration-file-has-permissions-set-to-644-or-more-restrictive',
    'regolibrary/ensure-that-the-kubelet-configuration-file-ownership-is-set-to-root-root',
    'regolibrary/ensure-that-the-kubelet-service-file-ownership-is-set-to-root-root',
    'regolibrary/ensure-that-the-kubelet-service-file-permissions-are-set-to-600-or-more-restrictive',
    'regolibrary/if-proxy-kubeconfig-file-exists-ensure-ownership-is-set-to-root-root',
    'regolibrary/if-the-kubelet-config.yaml-configuration-file-is-being-used-validate-permissions-set-to-600-or-more-restrictive',
    'regolibrary/external-secret-storage',
    'regolibrary/instance-metadata-api-access',
    'regolibrary/read-only-port-enabled-updated',
    'regolibrary/unauthenticated-service',
  ],
  "annotations of one cloud's load balancers": [
    'regolibrary/encrypt-traffic-to-https-load-balancers-with-tls-certificates',
    'regolibrary/ensure-https-loadbalancers-encrypted-with-tls-aws',
  ],
  'a description of a cluster, a registry or a policy by its cloud, no manifest': [
    'regolibrary/cluster-access-manager-api-eks',
    'regolibrary/ensure-aws-policies-are-present',
    'regolibrary/ensure-azure-rbac-is-set',
    'regolibrary/ensure-clusters-are-created-with-private-nodes',
    'regolibrary/ensure-endpointprivateaccess-is-enabled',
    'regolibrary/ensure-endpointprivateaccess-is-enabled-and-endpointpublicaccess-is-disabled-eks',
    'regolibrary/ensure-endpointpublicaccess-is-disabled-on-private-nodes-eks',
    'regolibrary/ensure-image-scanning-enabled-cloud',
    'regolibrary/ensure-service-principle-has-read-only-permissions',
    'regolibrary/ensure_nodeinstancerole_has_right_permissions_for_ecr',
    'regolibrary/k8s-audit-logs-enabled-cloud',
    'regolibrary/list-iam-policies-in-gcp',
    'regolibrary/list-role-definitions-in-acr',
    'regolibrary/restrict-access-to-the-control-plane-endpoint',
    'regolibrary/secret-etcd-encryption-cloud',
  ],
  'a Node as it runs, or the flaws that a scanner found in an image': [
    'regolibrary/alert-container-optimized-os-not-in-use',
    'regolibrary/alert-fargate-not-in-use',
    'regolibrary/outdated-k8s-version',
    'regolibrary/excessive_amount_of_vulnerabilities_pods',
    'regolibrary/exposed-rce-pods',
  ],
  'a question to the auditor, which every object of a kind fails': [
    'regolibrary/ensure-external-secrets-storage-is-in-use',
    'regolibrary/label-usage-for-resources',
    'regolibrary/list-all-namespaces',
    'regolibrary/namespace-without-service-account',
    'regolibrary/review-roles-with-aws-iam-authenticator',
    'regolibrary/rule-deny-cronjobs',
  ],
  'fields that have to be there, whatever they say': [
    'regolibrary/set-fsgroup-value',
    'regolibrary/set-fsgroupchangepolicy-value',
    'regolibrary/set-seLinuxOptions',
    'regolibrary/set-supplementalgroups-values',
    'trivy-checks/runs_with_GID_le_10000',
  ],
  'a list that each cluster writes for itself': [
    'regolibrary/container-image-repository',
    'regolibrary/rule-identify-blocklisted-image-registries',
  ],
  'an admission plugin that no supported release has': [
    'regolibrary/ensure-that-the-admission-control-plugin-SecurityContextDeny-is-set-if-PodSecurityPolicy-is-not-used',
    'regolibrary/psp-enabled-native',
    'checkov/CKV_K8S_81',
    'checkov/CKV_K8S_84',
  ],
  'the opposite of what the benchmark asks since 1.7: DenyServiceExternalIPs is to be set': [
    'regolibrary/ensure-that-the-api-server-DenyServiceExternalIPs-is-not-set',
  ],
  'objects that controllers write into the namespace default': [
    'regolibrary/csistoragecapacity-in-default-namespace',
    'regolibrary/endpoints-in-default-namespace',
    'regolibrary/endpointslice-in-default-namespace',
    'regolibrary/horizontalpodautoscaler-in-default-namespace',
    'regolibrary/lease-in-default-namespace',
  ],
  'rights that lead to no other right, or to one program': [
    'regolibrary/rule-access-dashboard-subject-v1',
    'regolibrary/rule-access-dashboard-wl-v1',
    'regolibrary/rule-can-delete-k8s-events-v1',
    'regolibrary/rule-excessive-delete-rights-v1',
    'regolibrary/ensure-default-service-accounts-has-only-default-roles',
  ],
  'that a workload is exposed, or holds data, is no fault by itself': [
    'regolibrary/exposure-to-internet',
    'regolibrary/workload-mounted-configmap',
    'regolibrary/workload-mounted-pvc',
  ],
  'policies of Cilium, whose effect is not computed': [
    'regolibrary/ensure_network_policy_configured_in_labels',
    'regolibrary/ingress-and-egress-blocked',
    'regolibrary/internal-networking',
  ],
  'a custom resource whose pods are not read': [
    'regolibrary/agent-sandbox-egress-policy',
    'regolibrary/agent-sandbox-image-registry-allowlist',
    'regolibrary/agent-sandbox-image-tag-provenance',
  ],
  'no rule of ours, and no matter of security': [
    'regolibrary/dangling-gateway-backend',
    'regolibrary/duplicate-env-var',
    'regolibrary/hpa-has-target',
    'regolibrary/no-rolling-update-strategy',
    'gatekeeper-library/k8suniqueserviceselector',
  ],
  'a storage class of one cloud, read together with its volumes': ['regolibrary/pv-without-encryption'],
  "a release of ingress-nginx that is told by the name of an image of one's own": ['regolibrary/CVE-2021-25742'],
  'a folder with one verdict for each of its parts, kept without saying which': ['checkov/CKV2_K8S_6'],
  'a flaw of one program, or one that no release since 2021 has': [
    'checkov/CKV_K8S_33',
    'checkov/CKV_K8S_34',
    'checkov/CKV_K8S_45',
    'checkov/CKV_K8S_152',
    'checkov/CKV_K8S_159',
  ],
  'parameters that each cluster writes for itself': [
    'gatekeeper-library/k8scontainerrequests',
    'gatekeeper-library/k8srequiredannotations',
  ],
  'a policy with a field that does not exist: a matter for schema-unknown-field': [
    'trivy-checks/selector_usage_in_network_policies',
  ],
};
