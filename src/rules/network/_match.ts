import { isSatisfiable, type LabelSelector, type Labels, matches } from '../../k8s/labels.ts';
import type { Endpoint } from '../../k8s/network/world.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { Resource } from '../../k8s/resource.ts';
import { nearest } from '../../text/nearest.ts';

/** Options of the rules about selectors that match nothing. */
export interface MatchOptions {
  /** Label keys that operators put on pods of their own making, with `*` at the end for a prefix. */
  readonly operatorLabels: readonly string[];
}

export const MATCH_OPTIONS: { readonly defaults: MatchOptions; readonly schema: object } = {
  defaults: { operatorLabels: [] },
  schema: {
    type: 'object',
    properties: { operatorLabels: { type: 'array', items: { type: 'string' } } },
    additionalProperties: false,
  },
};

/** Labels that controllers give to pods when they make them. */
const RUNTIME_LABELS: ReadonlySet<string> = new Set([
  'pod-template-hash',
  'pod-template-generation',
  'controller-revision-hash',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-completion-index',
  'job-name',
  'controller-uid',
]);

/** Labels of pods that operators make from resources of their own. */
const OPERATOR_LABELS: readonly string[] = [
  'cnpg.io/*',
  'postgres-operator.crunchydata.com/*',
  'strimzi.io/*',
  'elasticsearch.k8s.elastic.co/*',
  'kibana.k8s.elastic.co/*',
  'common.k8s.elastic.co/*',
  'operator.prometheus.io/*',
  'prometheus',
  'alertmanager',
  'thanos-ruler',
  'serving.knative.dev/*',
  'tekton.dev/*',
  'acme.cert-manager.io/*',
  'kubevirt.io/*',
  'vm.kubevirt.io/*',
  'cluster-name',
  'spilo-role',
  'gateway.networking.k8s.io/*',
  'gateway.envoyproxy.io/*',
  'istio.io/*',
  'rook_cluster',
  'rook-ceph*',
  'minio.min.io/*',
  'redis.redis.opstreelabs.in/*',
  'app.kubernetes.io/managed-by',
];

/** The pods may carry labels that no manifest shows, so that nothing can be said. */
export function mayBeLabelledLater(selector: LabelSelector, { operatorLabels }: MatchOptions): boolean {
  return selector.some(
    ({ key, operator, values }) =>
      operator !== 'DoesNotExist' &&
      (isUnresolved(key) ||
        values.some(isUnresolved) ||
        RUNTIME_LABELS.has(key) ||
        [...OPERATOR_LABELS, ...operatorLabels].some((each) =>
          each.endsWith('*') ? key.startsWith(each.slice(0, -1)) : key === each,
        )),
  );
}

/** The labels that are asked for are in use there, each of them: the selector is meant for such objects. */
export function sharesKeys(selector: LabelSelector, labels: readonly Labels[]): boolean {
  return selector
    .filter(({ operator }) => operator === 'In' || operator === 'Exists')
    .every(({ key }) => labels.some((own) => Object.hasOwn(own, key)));
}

export interface Closest {
  readonly endpoint: Endpoint<Resource>;
  readonly key: string;
  readonly value: string;
  readonly wanted: string;
}

/** Among more pods than this no guess is offered: it would be a poor one, and costs a look at each of them. */
const MOST_COMPARED = 300;

/** The pod that the selector misses by a slip in one value. */
export function closestPod(endpoints: readonly Endpoint<Resource>[], selector: LabelSelector): Closest | undefined {
  if (endpoints.length > MOST_COMPARED || !isSatisfiable(selector)) return undefined;
  for (const endpoint of endpoints) {
    const missed = selector.filter((requirement) => matches([requirement], { labels: endpoint.pod.labels }) === false);
    const [only] = missed;
    if (missed.length !== 1 || only === undefined || only.operator !== 'In' || only.values.length !== 1) continue;
    const value = endpoint.pod.labels[only.key];
    const wanted = only.values[0]!;
    if (value !== undefined && nearest(wanted, [value]) !== undefined)
      return { endpoint, key: only.key, value, wanted };
  }
  return undefined;
}

/** The slip can be mended where it is the only candidate. */
export function onlyCandidate(endpoints: readonly Endpoint<Resource>[], { key, value, wanted }: Closest): boolean {
  return endpoints.every(({ pod }) => {
    const own = pod.labels[key];
    return own === undefined || own === value || nearest(wanted, [own]) === undefined;
  });
}
