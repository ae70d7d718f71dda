import type { PolicyRule } from './policy.ts';

/** What a rule may let somebody do that leads further than it looks. */
export type Capability =
  | 'secrets.read'
  | 'secrets.create'
  | 'pods.create'
  | 'pods.change'
  | 'pods.exec'
  | 'pods.ephemeral'
  | 'pods.tunnel'
  | 'pods.evict'
  | 'workloads.write'
  | 'controllers.write'
  | 'nodes.proxy'
  | 'nodes.write'
  | 'impersonate.users'
  | 'impersonate.groups'
  | 'impersonate.serviceaccounts'
  | 'impersonate.constrained'
  | 'roles.bind'
  | 'clusterroles.bind'
  | 'roles.escalate'
  | 'clusterroles.escalate'
  | 'roles.write'
  | 'clusterroles.write'
  | 'rolebindings.write'
  | 'clusterrolebindings.write'
  | 'tokens.create'
  | 'csr.create'
  | 'csr.approve'
  | 'csr.status'
  | 'signers.approve'
  | 'signers.sign'
  | 'admission.mutate'
  | 'admission.validate'
  | 'persistentvolumes.create'
  | 'claims.create'
  | 'namespaces.relabel'
  | 'namespaces.create'
  | 'configmaps.write'
  | 'endpoints.write'
  | 'services.status'
  | 'apis.extend';

/** A resource and the verbs on it that make a capability. */
export interface Target {
  readonly group: string;
  /** `pods/exec`; `*` for every resource of the group. */
  readonly resource: string;
  readonly verbs: readonly string[];
  /** A RoleBinding does not grant it. */
  readonly clusterScoped: boolean;
}

const CHANGE: readonly string[] = ['create', 'update', 'patch'];
const MODIFY: readonly string[] = ['update', 'patch'];
const ANY: readonly string[] = ['get', 'create', 'update', 'patch', 'delete'];
const RBAC = 'rbac.authorization.k8s.io';
const CERTIFICATES = 'certificates.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

export const CAPABILITIES: Readonly<Record<Capability, readonly Target[]>> = {
  'secrets.read': [inNamespace('', 'secrets', ['get', 'list', 'watch'])],
  'secrets.create': [inNamespace('', 'secrets', ['create'])],
  'pods.create': [inNamespace('', 'pods', ['create'])],
  // A new image in a running pod is somebody else's program under the pod's identity.
  'pods.change': [inNamespace('', 'pods', MODIFY)],
  // A websocket upgrade is an HTTP GET: it was authorized as `get` alone before 1.35.
  'pods.exec': [inNamespace('', 'pods/exec', ['create', 'get']), inNamespace('', 'pods/attach', ['create', 'get'])],
  'pods.ephemeral': [inNamespace('', 'pods/ephemeralcontainers', MODIFY)],
  'pods.tunnel': [
    inNamespace('', 'pods/portforward', ['create', 'get']),
    inNamespace('', 'pods/proxy', ANY),
    inNamespace('', 'services/proxy', ANY),
  ],
  'pods.evict': [inNamespace('', 'pods', ['delete', 'deletecollection']), inNamespace('', 'pods/eviction', ['create'])],
  'workloads.write': [
    inNamespace('apps', 'deployments', CHANGE),
    inNamespace('apps', 'statefulsets', CHANGE),
    inNamespace('apps', 'daemonsets', CHANGE),
    inNamespace('apps', 'replicasets', CHANGE),
    inNamespace('batch', 'jobs', CHANGE),
    inNamespace('batch', 'cronjobs', CHANGE),
    inNamespace('', 'replicationcontrollers', CHANGE),
  ],
  // Objects that another controller turns into pods of any kind.
  'controllers.write': [
    inNamespace('argoproj.io', 'workflows', CHANGE),
    inNamespace('argoproj.io', 'cronworkflows', CHANGE),
    inNamespace('argoproj.io', 'applications', CHANGE),
    inNamespace('argoproj.io', 'rollouts', CHANGE),
    inNamespace('tekton.dev', 'taskruns', CHANGE),
    inNamespace('tekton.dev', 'pipelineruns', CHANGE),
    inNamespace('helm.toolkit.fluxcd.io', 'helmreleases', CHANGE),
    inNamespace('kustomize.toolkit.fluxcd.io', 'kustomizations', CHANGE),
    inNamespace('helm.cattle.io', 'helmcharts', CHANGE),
    inNamespace('kubevirt.io', 'virtualmachines', CHANGE),
    inNamespace('serving.knative.dev', 'services', CHANGE),
    inNamespace('operators.coreos.com', 'subscriptions', CHANGE),
  ],
  'nodes.proxy': [clusterWide('', 'nodes/proxy', ANY)],
  'nodes.write': [clusterWide('', 'nodes', [...CHANGE, 'delete']), clusterWide('', 'nodes/status', MODIFY)],
  'impersonate.users': [clusterWide('', 'users', ['impersonate'])],
  'impersonate.groups': [clusterWide('', 'groups', ['impersonate'])],
  'impersonate.serviceaccounts': [inNamespace('', 'serviceaccounts', ['impersonate'])],
  // Constrained impersonation asks in another group (1.36, pkg/endpoints/filters/impersonation).
  'impersonate.constrained': [
    clusterWide('authentication.k8s.io', 'users', ['impersonate:user-info']),
    clusterWide('authentication.k8s.io', 'groups', ['impersonate:user-info']),
    clusterWide('authentication.k8s.io', 'nodes', ['impersonate:arbitrary-node', 'impersonate:associated-node']),
    inNamespace('authentication.k8s.io', 'serviceaccounts', ['impersonate:serviceaccount']),
  ],
  'roles.bind': [inNamespace(RBAC, 'roles', ['bind'])],
  // Asked in the namespace of the binding that is written.
  'clusterroles.bind': [inNamespace(RBAC, 'clusterroles', ['bind'])],
  'roles.escalate': [inNamespace(RBAC, 'roles', ['escalate'])],
  'clusterroles.escalate': [clusterWide(RBAC, 'clusterroles', ['escalate'])],
  'roles.write': [inNamespace(RBAC, 'roles', CHANGE)],
  'clusterroles.write': [clusterWide(RBAC, 'clusterroles', CHANGE)],
  'rolebindings.write': [inNamespace(RBAC, 'rolebindings', CHANGE)],
  'clusterrolebindings.write': [clusterWide(RBAC, 'clusterrolebindings', CHANGE)],
  'tokens.create': [inNamespace('', 'serviceaccounts/token', ['create'])],
  'csr.create': [clusterWide(CERTIFICATES, 'certificatesigningrequests', ['create'])],
  'csr.approve': [clusterWide(CERTIFICATES, 'certificatesigningrequests/approval', MODIFY)],
  'csr.status': [clusterWide(CERTIFICATES, 'certificatesigningrequests/status', MODIFY)],
  'signers.approve': [clusterWide(CERTIFICATES, 'signers', ['approve'])],
  'signers.sign': [clusterWide(CERTIFICATES, 'signers', ['sign'])],
  'admission.mutate': [
    clusterWide(ADMISSION, 'mutatingwebhookconfigurations', [...CHANGE, 'delete']),
    clusterWide(ADMISSION, 'mutatingadmissionpolicies', [...CHANGE, 'delete']),
    clusterWide(ADMISSION, 'mutatingadmissionpolicybindings', [...CHANGE, 'delete']),
  ],
  'admission.validate': [
    clusterWide(ADMISSION, 'validatingwebhookconfigurations', [...CHANGE, 'delete']),
    clusterWide(ADMISSION, 'validatingadmissionpolicies', [...CHANGE, 'delete']),
    clusterWide(ADMISSION, 'validatingadmissionpolicybindings', [...CHANGE, 'delete']),
    clusterWide('kyverno.io', 'clusterpolicies', [...CHANGE, 'delete']),
    inNamespace('kyverno.io', 'policies', [...CHANGE, 'delete']),
    inNamespace('kyverno.io', 'policyexceptions', [...CHANGE, 'delete']),
    clusterWide('templates.gatekeeper.sh', 'constrainttemplates', [...CHANGE, 'delete']),
    clusterWide('constraints.gatekeeper.sh', '*', [...CHANGE, 'delete']),
  ],
  // The source of a volume cannot be changed after it was created.
  'persistentvolumes.create': [clusterWide('', 'persistentvolumes', ['create'])],
  'claims.create': [inNamespace('', 'persistentvolumeclaims', ['create'])],
  // A request about one namespace carries its name as namespace, so a RoleBinding inside it grants this.
  'namespaces.relabel': [inNamespace('', 'namespaces', MODIFY)],
  'namespaces.create': [clusterWide('', 'namespaces', ['create'])],
  'configmaps.write': [inNamespace('', 'configmaps', CHANGE)],
  'endpoints.write': [inNamespace('', 'endpoints', CHANGE), inNamespace('discovery.k8s.io', 'endpointslices', CHANGE)],
  'services.status': [inNamespace('', 'services/status', MODIFY)],
  'apis.extend': [
    clusterWide('apiregistration.k8s.io', 'apiservices', CHANGE),
    clusterWide('apiextensions.k8s.io', 'customresourcedefinitions', CHANGE),
  ],
};

/** How one PolicyRule grants a capability. */
export interface Match {
  readonly capability: Capability;
  readonly target: Target;
  /** The target's verbs that are granted. */
  readonly verbs: readonly string[];
  /** Which items of `resources` and of `verbs` say so: positions in the rule's lists. */
  readonly resourceItems: readonly number[];
  readonly verbItems: readonly number[];
  /** The only names it is good for; undefined for every name. */
  readonly names: readonly string[] | undefined;
}

const CAPABILITY_NAMES = Object.keys(CAPABILITIES) as readonly Capability[];

/** What a rule grants. */
export function capabilitiesOf(rule: PolicyRule): readonly Match[] {
  if (rule.resources.length === 0 || rule.verbs.length === 0) return [];
  const { apiGroups } = rule;
  const anyGroup = apiGroups.includes('*');
  const matches: Match[] = [];
  for (const capability of CAPABILITY_NAMES) {
    const targets = CAPABILITIES[capability];
    for (let at = 0; at < targets.length; at++) {
      const target = targets[at]!;
      if (!anyGroup && !apiGroups.includes(target.group)) continue;
      const match = matchTarget(rule, capability, target);
      if (match !== undefined) matches.push(match);
    }
  }
  return matches;
}

/** Every verb on every resource of the core group or of all groups. */
export function isWildcardAll(rule: PolicyRule): boolean {
  return (
    rule.verbs.includes('*') &&
    rule.resources.includes('*') &&
    (rule.apiGroups.includes('*') || rule.apiGroups.includes('')) &&
    rule.resourceNames.length === 0
  );
}

const EVERYTHING: readonly string[] = ['create', 'update', 'patch', 'delete', 'get', 'list'];

/** Some rule is good for everything, or the rules together hold all the usual verbs on everything. */
export function coversEverything(rules: readonly PolicyRule[]): boolean {
  if (rules.some(isFullWildcard)) return true;
  return EVERYTHING.every((verb) =>
    rules.some(
      ({ verbs, apiGroups, resources, resourceNames }) =>
        (verbs.includes(verb) || verbs.includes('*')) &&
        apiGroups.includes('*') &&
        resources.includes('*') &&
        resourceNames.length === 0,
    ),
  );
}

/** Every verb on every resource of every group: what cluster-admin holds. */
export function isFullWildcard(rule: PolicyRule): boolean {
  return isWildcardAll(rule) && rule.apiGroups.includes('*');
}

function matchTarget(rule: PolicyRule, capability: Capability, target: Target): Match | undefined {
  const { resources, apiGroups } = rule;
  let resourceItems: number[] | undefined;
  for (let at = 0; at < resources.length; at++) {
    if (!grants(resources[at]!, target, apiGroups)) continue;
    if (resourceItems === undefined) resourceItems = [at];
    else resourceItems.push(at);
  }
  if (resourceItems === undefined) return undefined;
  const every = rule.verbs.includes('*');
  const named = rule.resourceNames.length > 0;
  const verbs = target.verbs.filter(
    (verb) => (every || rule.verbs.includes(verb)) && !(named && isNameless(verb, target.resource, rule)),
  );
  if (verbs.length === 0) return undefined;
  return {
    capability,
    target,
    verbs,
    resourceItems,
    verbItems: positions(rule.verbs, (verb) => verb === '*' || verbs.includes(verb)),
    names: named ? rule.resourceNames : undefined,
  };
}

/**
 * Requests of these verbs carry no name, so a rule with resourceNames does not match them. An apply that creates is
 * the exception: it is a patch, asked about once more as `create` with the name.
 */
function isNameless(verb: string, resource: string, { verbs }: PolicyRule): boolean {
  if (verb === 'deletecollection') return true;
  return verb === 'create' && !resource.includes('/') && !verbs.includes('patch') && !verbs.includes('*');
}

function grants(granted: string, { group, resource }: Target, groups: readonly string[]): boolean {
  if (granted === '*' || granted === resource) return true;
  // Of a group whose kinds are made by its users any kind counts, where the group is named.
  if (resource === '*') return groups.includes(group) && !granted.includes('/');
  const slash = resource.indexOf('/');
  return slash !== -1 && granted.startsWith('*/') && granted.slice(2) === resource.slice(slash + 1);
}

function positions(list: readonly string[], wanted: (item: string) => boolean): readonly number[] {
  const found: number[] = [];
  for (let index = 0; index < list.length; index++) if (wanted(list[index]!)) found.push(index);
  return found;
}

function inNamespace(group: string, resource: string, verbs: readonly string[]): Target {
  return { group, resource, verbs, clusterScoped: false };
}

function clusterWide(group: string, resource: string, verbs: readonly string[]): Target {
  return { group, resource, verbs, clusterScoped: true };
}
