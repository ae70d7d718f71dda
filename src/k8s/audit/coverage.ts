import { type AuditDecision, type AuditRequest, evaluate } from './evaluate.ts';
import type { AuditPolicy, AuditRule, GroupResources } from './policy.ts';
import { isResourceRule, isUnconditional, isUrlRule, STAGES } from './policy.ts';

/** A request that an auditor would ask for, and the class of requests that it stands for. */
export interface Probe {
  readonly topic: string;
  readonly request: AuditRequest;
}

export interface ProbeResult extends Probe {
  readonly decision: AuditDecision;
}

type ProbeRow = readonly [topic: string, group: string, resources: string, verbs: string, clusterScoped?: true];

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

const PROBES: readonly ProbeRow[] = [
  ['access to secrets', '', 'secrets', 'get list create update patch delete'],
  [
    'exec, attach, port-forward and proxy',
    '',
    'pods/exec pods/attach pods/portforward pods/proxy services/proxy',
    'create get',
  ],
  ['exec, attach, port-forward and proxy', '', 'nodes/proxy', 'create get', true],
  ['changes of pods and workloads', '', 'pods', 'create patch delete'],
  ['changes of pods and workloads', 'apps', 'deployments daemonsets', 'create patch delete'],
  ['changes of roles and bindings', RBAC, 'roles rolebindings', 'create update patch delete'],
  ['changes of roles and bindings', RBAC, 'clusterroles clusterrolebindings', 'create update patch delete', true],
  ['service account tokens', '', 'serviceaccounts/token', 'create'],
  ['certificate requests and their approval', 'certificates.k8s.io', 'certificatesigningrequests', 'create', true],
  [
    'certificate requests and their approval',
    'certificates.k8s.io',
    'certificatesigningrequests/approval',
    'update',
    true,
  ],
  [
    'changes of admission webhooks and policies',
    ADMISSION,
    'validatingwebhookconfigurations mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings',
    'create update delete',
    true,
  ],
  ['changes of namespaces', '', 'namespaces', 'update', true],
];

/** What an ordinary user might do, with the level that each request gets. */
export function probe(
  policy: AuditPolicy,
  user = 'alice',
  groups: readonly string[] = ['system:authenticated'],
): readonly ProbeResult[] {
  const results: ProbeResult[] = [];
  for (const [topic, apiGroup, resources, verbs, clusterScoped] of PROBES) {
    for (const word of resources.split(' ')) {
      const [resource = '', subresource = ''] = word.split('/');
      for (const verb of verbs.split(' ')) {
        const namespace = clusterScoped === true ? '' : 'app';
        const name = verb === 'create' && subresource === '' ? '' : verb === 'list' ? '' : 'sample';
        const request = { user, groups, verb, namespace, apiGroup, resource, subresource, name, path: '' };
        results.push({ topic, request, decision: evaluate(policy, request) });
      }
    }
  }
  return results;
}

/** Resources whose bodies hold credentials, with the requests whose bodies do. */
const SECRET_BODIES: readonly (readonly [group: string, word: string, reads: string, writes: string])[] = [
  ['', 'secrets', 'get list watch', 'create update patch'],
  ['', 'configmaps', 'get list watch', 'create update patch'],
  ['', 'serviceaccounts/token', '', 'create'],
  ['authentication.k8s.io', 'tokenreviews', '', 'create'],
];

export interface Leak {
  readonly rule: number;
  readonly resource: string;
  readonly bodies: 'request' | 'response' | 'request and response';
  readonly verbs: readonly string[];
}

/** Rules by which values of secrets, or tokens, are written to the audit log: once for each rule and resource. */
export function leaks(policy: AuditPolicy): readonly Leak[] {
  const found: Leak[] = [];
  for (const [apiGroup, word, reads, writes] of SECRET_BODIES) {
    const [resource = '', subresource = ''] = word.split('/');
    const byRule = new Map<number, { readonly verbs: string[]; request: boolean; response: boolean }>();
    for (const verb of `${reads} ${writes}`.trim().split(' ')) {
      const namespace = word === 'tokenreviews' ? '' : 'app';
      const request = {
        user: 'alice',
        groups: ['system:authenticated'],
        verb,
        namespace,
        apiGroup,
        resource,
        subresource,
        name: 'sample',
        path: '',
      };
      const { level, rule } = evaluate(policy, request);
      const isWrite = writes.split(' ').includes(verb);
      const logsRequest = isWrite && (level === 'Request' || level === 'RequestResponse');
      const logsResponse = level === 'RequestResponse';
      if (rule === undefined || !(logsRequest || logsResponse)) continue;
      const entry = byRule.get(rule) ?? { verbs: [], request: false, response: false };
      byRule.set(rule, entry);
      entry.verbs.push(verb);
      entry.request ||= logsRequest;
      entry.response ||= logsResponse;
    }
    for (const [rule, { verbs, request, response }] of byRule) {
      const bodies = request && response ? 'request and response' : request ? 'request' : 'response';
      found.push({ rule, resource: word, bodies, verbs });
    }
  }
  return found;
}

/** Every stage that ordinary requests pass through is left out, so that no event comes of the rule. */
export function omitsEverything(stages: readonly string[]): boolean {
  return STAGES.filter((stage) => stage !== 'Panic').every((stage) => stages.includes(stage));
}

/** The rule that ends every request with None before any other level is reached; -1 where there is none. */
export function blanketNone({ rules }: AuditPolicy): number {
  const first = rules.findIndex(({ level }) => level !== 'None');
  const blanket = rules.findIndex((rule) => isUnconditional(rule) && rule.level === 'None');
  return blanket !== -1 && (first === -1 || blanket < first) ? blanket : -1;
}

/** No request whatever leaves an event. */
export function logsNothing(policy: AuditPolicy): boolean {
  if (omitsEverything(policy.omitStages) || blanketNone(policy) !== -1) return true;
  return policy.rules.every(
    ({ level, omitStages }) => level === 'None' || omitsEverything([...policy.omitStages, ...omitStages]),
  );
}

/** Whether every request that `later` matches is matched by `earlier` too. */
export function coversRule(earlier: AuditRule, later: AuditRule): boolean {
  return (
    coversList(earlier.users, later.users) &&
    coversList(earlier.userGroups, later.userGroups) &&
    coversList(earlier.verbs, later.verbs) &&
    coversClass(earlier, later)
  );
}

/** An empty list is for everyone. */
function coversList(earlier: readonly string[], later: readonly string[]): boolean {
  return earlier.length === 0 || (later.length > 0 && later.every((each) => earlier.includes(each)));
}

function coversClass(earlier: AuditRule, later: AuditRule): boolean {
  if (isResourceRule(earlier)) {
    return (
      isResourceRule(later) &&
      coversList(earlier.namespaces, later.namespaces) &&
      (earlier.resources.length === 0 ||
        (later.resources.length > 0 && later.resources.every((entry) => coversEntry(earlier.resources, entry))))
    );
  }
  if (!isUrlRule(earlier)) return true;
  return (
    isUrlRule(later) &&
    later.nonResourceURLs.every((url) => earlier.nonResourceURLs.some((spec) => coversPath(spec, url)))
  );
}

function coversPath(spec: string, url: string): boolean {
  if (spec === '*' || spec === url) return true;
  return spec.endsWith('*') && url !== '*' && url.startsWith(spec.replace(/\*+$/, ''));
}

function coversEntry(earlier: readonly GroupResources[], { group, resources, resourceNames }: GroupResources): boolean {
  const words = resources.length === 0 ? [undefined] : resources;
  return words.every((word) =>
    earlier.some(
      (entry) =>
        (entry.group === '*' || entry.group === group) &&
        (entry.resources.length === 0 ||
          (coversList(entry.resourceNames, resourceNames) && entry.resources.some((each) => coversWord(each, word)))),
    ),
  );
}

/** No word stands for everything in the group. */
function coversWord(earlier: string, later: string | undefined): boolean {
  if (earlier === '*') return true;
  if (later === undefined || later === '*') return false;
  if (earlier === later) return true;
  if (earlier.endsWith('/*')) {
    const resource = earlier.slice(0, -2);
    return later === resource || later.startsWith(`${resource}/`);
  }
  return earlier.startsWith('*/') && later.endsWith(earlier.slice(1));
}
