import { type Labels, matches, readSelector, selectorOfLabels } from '../../k8s/labels.ts';
import type { Resource } from '../../k8s/resource.ts';
import { isMap, type Value } from '../../yaml/value.ts';
import { defineFact, type Project } from '../project.ts';

/** Kinds that keep a number of equal pods running. */
export const REPLICATED: ReadonlySet<string> = new Set([
  'Deployment.apps',
  'StatefulSet.apps',
  'Rollout.argoproj.io',
  'DeploymentConfig.apps.openshift.io',
  'CloneSet.apps.kruise.io',
]);

export interface Replicated {
  readonly resource: Resource;
  /** As written; undefined where it is left out or filled in later. */
  readonly replicas: number | undefined;
  /** `replicas` is there, but no number. */
  readonly unknown: boolean;
  readonly labels: Labels;
  /** The pods are kept apart by anti-affinity or spread over nodes or zones. */
  readonly spread: boolean;
}

export interface Budget {
  readonly resource: Resource;
  readonly selector: Value;
  readonly minAvailable: Value;
  readonly maxUnavailable: Value;
}

export interface Availability {
  readonly replicated: readonly Replicated[];
  readonly budgets: readonly Budget[];
  /** A HorizontalPodAutoscaler or ScaledObject sets the number of replicas. */
  isScaled(workload: Resource): boolean;
  budgetOf(workload: Replicated): Budget | undefined;
  workloadsOf(budget: Budget): readonly Replicated[];
  /** A Service sends traffic to the pods. */
  isServed(workload: Resource, labels: Labels): boolean;
}

type Piece =
  | { readonly replicated: Omit<Replicated, 'resource'> }
  | { readonly budget: Omit<Budget, 'resource'> }
  | { readonly scales: { readonly kind: string; readonly name: string } }
  | { readonly serves: Value };

/** How many pods there are, who scales them, and what keeps them up while nodes go. */
export const availabilityFact = defineFact<Availability, Piece>({
  name: 'availability',
  kinds: [
    ...REPLICATED,
    'PodDisruptionBudget.policy',
    'HorizontalPodAutoscaler.autoscaling',
    'ScaledObject.keda.sh',
    'Service',
  ],
  collect,
  compute(_project: Project, collected) {
    const replicated: Replicated[] = [];
    const budgets: Budget[] = [];
    const scaled = new Set<string>();
    const services = new Map<string, Value[]>();
    for (const { resource, data } of collected) {
      const { namespace } = resource.head;
      if ('replicated' in data) replicated.push({ ...data.replicated, resource });
      else if ('budget' in data) budgets.push({ ...data.budget, resource });
      else if ('scales' in data) scaled.add(`${namespace}/${data.scales.kind}/${data.scales.name}`);
      else services.set(namespace, [...(services.get(namespace) ?? []), data.serves]);
    }
    const covers = (budget: Budget, workload: Replicated): boolean => {
      if (budget.resource.head.namespace !== workload.resource.head.namespace) return false;
      const selector = readSelector(budget.selector);
      return (
        selector !== undefined && !selector.invalid && matches(selector.selector, { labels: workload.labels }) !== false
      );
    };
    return {
      replicated,
      budgets,
      isScaled: ({ head }) => scaled.has(`${head.namespace}/${head.kind}/${head.name}`),
      budgetOf: (workload) => budgets.find((budget) => covers(budget, workload)),
      workloadsOf: (budget) => replicated.filter((workload) => covers(budget, workload)),
      isServed: ({ head }, labels) =>
        (services.get(head.namespace) ?? []).some(
          (selector) => matches(selectorOfLabels(selector), { labels }) !== false,
        ),
    };
  },
});

function collect(resource: Resource): Piece | undefined {
  const { root, groupKind } = resource;
  const spec = root.at(['spec']);
  switch (groupKind) {
    case 'Service': {
      const selector = spec.at(['selector']).raw;
      return isMap(selector) && Object.keys(selector).length > 0 ? { serves: selector } : undefined;
    }
    case 'PodDisruptionBudget.policy':
      return {
        budget: {
          selector: spec.at(['selector']).raw ?? null,
          minAvailable: spec.at(['minAvailable']).raw ?? null,
          maxUnavailable: spec.at(['maxUnavailable']).raw ?? null,
        },
      };
    case 'HorizontalPodAutoscaler.autoscaling':
    case 'ScaledObject.keda.sh': {
      const target = spec.at(['scaleTargetRef']);
      const name = target.at(['name']).string;
      return name === undefined ? undefined : { scales: { kind: target.at(['kind']).string ?? 'Deployment', name } };
    }
    default: {
      const [pod] = resource.pods;
      if (pod === undefined) return undefined;
      const replicas = spec.at(['replicas']);
      return {
        replicated: {
          replicas: replicas.number,
          unknown: replicas.present && replicas.number === undefined,
          labels: labelsOf(pod.metadata.get('labels').raw),
          spread:
            pod.spec.get('topologySpreadConstraints').present ||
            pod.spec.get('affinity').get('podAntiAffinity').present,
        },
      };
    }
  }
}

function labelsOf(raw: Value | undefined): Labels {
  const labels: Record<string, string> = Object.create(null);
  if (!isMap(raw)) return labels;
  for (const key of Object.keys(raw)) {
    const value = raw[key];
    if (typeof value === 'string') labels[key] = value;
  }
  return labels;
}
