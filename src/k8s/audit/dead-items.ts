import { type AuditRule, isResourceRule, type Path } from './policy.ts';

/** An entry of a matcher that equals no request there is. */
export interface DeadItem {
  /** From the rule. */
  readonly path: Path;
  readonly value: string;
  /** To follow the value: `is compared as it is`. */
  readonly why: string;
  /** Its list holds nothing else, so that the rule as a whole matches nothing. */
  readonly whole: boolean;
}

export function deadItems(rule: AuditRule): readonly DeadItem[] {
  const dead: DeadItem[] = [];
  const list = (key: string, values: readonly string[], judge: (value: string) => string | undefined): void => {
    const found = values.flatMap((value, index) => {
      const why = judge(value);
      return why === undefined ? [] : [{ path: [key, index], value, why }];
    });
    const whole = found.length === values.length;
    // One finding says it for a list that is dead as a whole.
    for (const each of whole ? found.slice(0, 1) : found) dead.push({ ...each, whole });
  };
  list('users', rule.users, judgeName);
  list('userGroups', rule.userGroups, judgeGroup);
  list('verbs', rule.verbs, (verb) => judgeVerb(verb, rule));
  list('namespaces', rule.namespaces, judgeName);
  if (!isResourceRule(rule)) list('nonResourceURLs', rule.nonResourceURLs, judgePath);
  const words: DeadItem[] = [];
  let count = 0;
  for (const [index, { group, resources }] of rule.resources.entries()) {
    if (resources.length === 0) count++;
    for (const [position, word] of resources.entries()) {
      count++;
      const why = judgeResource(word, group);
      if (why !== undefined)
        words.push({ path: ['resources', index, 'resources', position], value: word, why, whole: false });
    }
  }
  if (words.length > 0 && words.length === count) dead.push({ ...words[0]!, whole: true });
  else dead.push(...words);
  return dead;
}

const AS_IT_IS = 'is compared as it is, and an empty list means all';

function judgeName(value: string): string | undefined {
  return value.includes('*') ? AS_IT_IS : undefined;
}

function judgeGroup(value: string): string | undefined {
  if (value.includes('*')) return AS_IT_IS;
  return /^(?:masters|authenticated|unauthenticated|nodes|serviceaccounts)$/.test(value)
    ? `is no group of Kubernetes, which is called system:${value}`
    : undefined;
}

const RESOURCE_VERBS = new Set([
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'proxy',
]);
/** Verbs of requests that are for no resource are the methods of HTTP in lower case. */
const PATH_VERBS = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'connect', 'trace']);

function judgeVerb(verb: string, rule: AuditRule): string | undefined {
  if (verb.includes('*')) return AS_IT_IS;
  const isPathRule = !isResourceRule(rule) && rule.nonResourceURLs.length > 0;
  const known = isResourceRule(rule)
    ? RESOURCE_VERBS.has(verb)
    : isPathRule
      ? PATH_VERBS.has(verb)
      : RESOURCE_VERBS.has(verb) || PATH_VERBS.has(verb);
  if (known) return undefined;
  if (RESOURCE_VERBS.has(verb.toLowerCase()) || PATH_VERBS.has(verb.toLowerCase())) {
    if (verb !== verb.toLowerCase()) return 'is compared as it is, and verbs are in lower case';
    return isPathRule ? 'is no method of HTTP' : 'is a method of HTTP, where requests for resources have verbs';
  }
  return 'is no verb of a request';
}

/** `/api/v1/…` and `/apis/GROUP/VERSION/…` are requests for resources. */
function judgePath(url: string): string | undefined {
  return /^\/(?:api\/[^/*]+|apis\/[^/*]+\/[^/*]+)\/[^/*]/.test(url)
    ? 'is a request for a resource, which only resources and namespaces match'
    : undefined;
}

/** The built-in resources that policies name, by group. */
const BUILT_IN: Readonly<Record<string, string>> = {
  '': 'bindings componentstatuses configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services',
  apps: 'controllerrevisions daemonsets deployments replicasets statefulsets',
  batch: 'cronjobs jobs',
  autoscaling: 'horizontalpodautoscalers',
  policy: 'poddisruptionbudgets podsecuritypolicies',
  'networking.k8s.io': 'ingresses ingressclasses networkpolicies ipaddresses servicecidrs',
  'rbac.authorization.k8s.io': 'roles rolebindings clusterroles clusterrolebindings',
  'authentication.k8s.io': 'tokenreviews selfsubjectreviews',
  'authorization.k8s.io':
    'subjectaccessreviews localsubjectaccessreviews selfsubjectaccessreviews selfsubjectrulesreviews',
  'certificates.k8s.io': 'certificatesigningrequests clustertrustbundles podcertificaterequests',
  'admissionregistration.k8s.io':
    'validatingwebhookconfigurations mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings mutatingadmissionpolicies mutatingadmissionpolicybindings',
  'apiextensions.k8s.io': 'customresourcedefinitions',
  'apiregistration.k8s.io': 'apiservices',
  'coordination.k8s.io': 'leases leasecandidates',
  'discovery.k8s.io': 'endpointslices',
  'events.k8s.io': 'events',
  'node.k8s.io': 'runtimeclasses',
  'scheduling.k8s.io': 'priorityclasses',
  'storage.k8s.io': 'storageclasses volumeattachments csidrivers csinodes csistoragecapacities volumeattributesclasses',
};

/** Groups that were served once. */
const OLD_GROUPS = new Set(['extensions']);

function judgeResource(word: string, group: string): string | undefined {
  if (word === '*' || word === '') return undefined;
  if (word === '*/*') return 'matches no resource: "*" alone is everything';
  const slash = word.indexOf('/');
  const resource = slash === -1 ? word : word.slice(0, slash);
  if (resource === '*') return undefined;
  if (word !== word.toLowerCase()) return 'is a kind, where requests have the plural in lower case';
  if (word.includes('*') && !word.endsWith('/*')) return 'has a `*` that stands for nothing there';
  const plural = SINGULARS[resource];
  if (plural !== undefined) return `is no resource: it is called ${plural}`;
  if (resource.includes('.')) {
    const [first, ...rest] = resource.split('.');
    return SUBRESOURCES.has(rest.join('.'))
      ? `is no resource: a subresource is written ${first}/${rest.join('.')}`
      : 'is no resource: the group has a field of its own';
  }
  if (SUBRESOURCES.has(resource) && group === '') return `is no resource: a subresource is written pods/${resource}`;
  if (group === '*' || !(Object.hasOwn(BUILT_IN, group) || OLD_GROUPS.has(group))) return undefined;
  const groups = Object.keys(BUILT_IN).filter((each) => BUILT_IN[each]!.split(' ').includes(resource));
  if (groups.length === 0 || groups.includes(group)) return undefined;
  const home = groups[0] === '' ? 'the core group, which is written ""' : groups[0];
  // Old policies name the old group beside the new one, which is no fault of theirs.
  return OLD_GROUPS.has(group) ? undefined : `is a resource of ${home}`;
}

const SUBRESOURCES = new Set(['exec', 'attach', 'portforward', 'log', 'eviction', 'ephemeralcontainers']);

const SINGULARS: Readonly<Record<string, string>> = {
  pod: 'pods',
  secret: 'secrets',
  configmap: 'configmaps',
  cm: 'configmaps',
  service: 'services',
  svc: 'services',
  namespace: 'namespaces',
  ns: 'namespaces',
  node: 'nodes',
  serviceaccount: 'serviceaccounts',
  sa: 'serviceaccounts',
  deployment: 'deployments',
  deploy: 'deployments',
  daemonset: 'daemonsets',
  ds: 'daemonsets',
  statefulset: 'statefulsets',
  sts: 'statefulsets',
  replicaset: 'replicasets',
  job: 'jobs',
  cronjob: 'cronjobs',
  ingress: 'ingresses',
  networkpolicy: 'networkpolicies',
  netpol: 'networkpolicies',
  role: 'roles',
  rolebinding: 'rolebindings',
  clusterrole: 'clusterroles',
  clusterrolebinding: 'clusterrolebindings',
  event: 'events',
  endpoint: 'endpoints',
  persistentvolume: 'persistentvolumes',
  pv: 'persistentvolumes',
  persistentvolumeclaim: 'persistentvolumeclaims',
  pvc: 'persistentvolumeclaims',
  certificatesigningrequest: 'certificatesigningrequests',
  csr: 'certificatesigningrequests',
  tokenreview: 'tokenreviews',
};
