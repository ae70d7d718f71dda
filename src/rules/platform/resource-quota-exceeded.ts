import type { Project } from '../../engine/project.ts';
import { defineRule } from '../../engine/rule.ts';
import { parseQuantity } from '../../k8s/quantity.ts';
import {
  type Amounts,
  amountsOf,
  containerDefaults,
  ONE,
  podUsage,
  quotaCovers,
  silentContainers,
} from '../../k8s/quota-usage.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'resource-quota-exceeded',
  title: 'Objects that the ResourceQuota of their namespace refuses',
  category: 'platform',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: ['ResourceQuota'],
  messages: {
    silent:
      'ResourceQuota "{quota}" counts {missing}, which {containers} and no LimitRange of the namespace sets: the API server refuses the {pods}',
    exceeded:
      'ResourceQuota "{quota}" allows {hard} of {name}, and what the input has for the namespace comes to {sum}: the last of it is refused',
  },
  check(project, context) {
    for (const quota of project.ofKind('ResourceQuota')) {
      const { head } = quota;
      // Of a quota that is written twice the last is the one that counts.
      if (project.find('ResourceQuota', head.namespace, head.name) !== quota) continue;
      const spec: AnyNode = quota.root.get('spec');
      const hard = spec.get('hard').entries() as readonly (readonly [string, AnyNode])[];
      if (hard.length === 0) continue;
      const defaults = beside(project, 'LimitRange', quota).map(({ root }) => containerDefaults(root));
      const charges: Charge[] = [];
      const names = new Set(hard.map(([name]) => name));
      for (const kind of POD_KINDS) {
        for (const resource of beside(project, kind, quota)) {
          for (const pod of resource.pods) {
            const covers = quotaCovers(spec, pod.spec, defaults);
            if (covers !== true) continue;
            const silent = context.world === 'open' ? [] : silentContainers(pod.spec, names, defaults);
            if (silent.length > 0) {
              // The pods are not made at all, and count for nothing.
              const { container } = silent[0]!;
              const missing = [...new Set(silent.flatMap((each) => each.missing))];
              context.report(container.get('resources'), 'silent', {
                data: {
                  quota: head.name,
                  missing: listed(missing),
                  containers: listed(silent.map((each) => `"${each.container.get('name').string ?? ''}"`)),
                  pods: kind === 'Pod' ? 'pod' : 'pods',
                },
                related: [{ at: spec.get('hard').get(missing[0]!), message: 'the quota' }],
              });
              continue;
            }
            const count = replicasOf(project, resource);
            if (count > 0n)
              charges.push({ resource, usage: podUsage(pod.spec, defaults), count, isObject: kind === 'Pod' });
          }
        }
      }
      if (!spec.get('scopes').present && !spec.get('scopeSelector').present) {
        for (const [kind, usage] of Object.entries(OBJECTS)) {
          for (const resource of beside(project, kind, quota))
            charges.push({ resource, usage: usage(resource.root), count: 1n, isObject: true });
        }
        for (const set of beside(project, 'StatefulSet.apps', quota)) charges.push(...claimsOf(project, set));
      }
      for (const [name, node] of hard) {
        const allowed = parseQuantity(node.raw)?.nano;
        if (allowed === undefined) continue;
        const parts = charges
          .map(({ resource, usage, count, isObject }) => ({
            resource,
            isObject,
            amount: (usage.get(name) ?? 0n) * count,
          }))
          .filter(({ amount }) => amount > 0n);
        const sum = parts.reduce((total, { amount }) => total + amount, 0n);
        if (sum <= allowed) continue;
        const areObjects = parts.every(({ isObject }) => isObject);
        context.report(node, 'exceeded', {
          data: { quota: head.name, name, hard: String(node.raw), sum: shown(name, sum) },
          // Objects are refused when they are applied; pods are only fewer than was asked for.
          ...(areObjects ? {} : { severity: 'low', preset: 'strict' }),
          related: parts
            .sort((one, other) => (one.amount < other.amount ? 1 : one.amount > other.amount ? -1 : 0))
            .slice(0, 5)
            .map(({ resource, amount }) => ({ at: resource, message: `asks for ${shown(name, amount)}` })),
        });
      }
    }
  },
  docs: {
    why: 'A quota that a workload does not fit into keeps its pods from being made, quietly: the Deployment is applied, and the ReplicaSet behind it reports a failure that nobody looks at. A quota over limits refuses every pod whose containers leave them out.',
    fix: 'Raise the quota, lower what the workloads ask for, or add a LimitRange that gives containers the limits that they leave out.',
    frameworks: { nsa: ['N3'], mitre: ['T1499'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/concepts/policy/resource-quotas/',
      'https://kubernetes.io/docs/concepts/policy/limit-range/',
    ],
    limits:
      'DaemonSets and CronJobs are not added up, since the number of their pods is not in the input; custom workloads are not counted. Scopes of volumes and of affinity are not judged, nor is the scope PriorityClass for pods without one. What stands in no namespace is added up folder by folder.',
    examples: {
      bad: [
        {
          title: 'no limits under a quota that counts them',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ResourceQuota
metadata: { name: bounds, namespace: shop }
spec:
  hard:
    limits.memory: 4Gi
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1.0.0
          resources: # finding: silent
            requests: { memory: 128Mi }`,
        },
        {
          title: 'more than the quota allows',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ResourceQuota
metadata: { name: bounds, namespace: shop }
spec:
  hard:
    requests.cpu: "2" # finding: exceeded
    pods: "10"
    services.nodeports: "0" # finding: exceeded
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1.0.0
          resources: { requests: { cpu: 750m } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  type: NodePort
  selector: { app: web }
  ports: [{ port: 80 }]`,
        },
      ],
      good: [
        {
          title: 'limits by a LimitRange, and enough of everything',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ResourceQuota
metadata: { name: bounds, namespace: shop }
spec:
  hard:
    limits.memory: 1Gi
    requests.cpu: "2"
    services.nodeports: "0"
---
apiVersion: v1
kind: LimitRange
metadata: { name: defaults, namespace: shop }
spec:
  limits:
    - type: Container
      default: { memory: 256Mi }
      defaultRequest: { cpu: 100m }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 4
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1.0.0
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]`,
        },
      ],
    },
  },
});

interface Charge {
  readonly resource: Resource;
  readonly usage: Amounts;
  readonly count: bigint;
  /** It is charged when it is applied, not pod by pod by its controller. */
  readonly isObject: boolean;
}

const POD_KINDS: readonly string[] = [
  'Pod',
  'Deployment.apps',
  'StatefulSet.apps',
  'ReplicaSet.apps',
  'ReplicationController',
  'DaemonSet.apps',
  'Job.batch',
  'CronJob.batch',
];

/** Objects of a kind that are charged to the same quota; of one that is written twice the last. */
function beside(project: Project, kind: string, quota: Resource): readonly Resource[] {
  const { namespace, file } = quota.head;
  return project.ofKind(kind).filter(({ head }) => {
    if (head.namespace !== namespace) return false;
    if (head.name !== '' && !head.name.endsWith('*') && project.find(kind, namespace, head.name)?.head !== head)
      return false;
    // What names no namespace lands where it is applied, most likely together with what lies beside it.
    return namespace !== '' || folderOf(head.file) === folderOf(file);
  });
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** How many pods there will be at least. */
function replicasOf(project: Project, { root, head, groupKind }: Resource): bigint {
  const spec: AnyNode = root.get('spec');
  switch (groupKind) {
    case 'Pod':
      return 1n;
    case 'Job.batch': {
      if (spec.get('suspend').boolean === true) return 0n;
      const parallel = numberOf(spec.get('parallelism'), 1n);
      const completions: AnyNode = spec.get('completions');
      const wanted = completions.present ? numberOf(completions, 0n) : parallel;
      return wanted < parallel ? wanted : parallel;
    }
    case 'DaemonSet.apps':
    case 'CronJob.batch':
      return 0n;
    default: {
      const replicas: AnyNode = spec.get('replicas');
      const scaler = project
        .ofKind('HorizontalPodAutoscaler.autoscaling')
        .find(
          (each) =>
            each.head.namespace === head.namespace &&
            each.root.at(['spec', 'scaleTargetRef', 'kind']).string === head.kind &&
            each.root.at(['spec', 'scaleTargetRef', 'name']).string === head.name,
        );
      if (scaler === undefined) return numberOf(replicas, 1n);
      return replicas.number === 0 ? 0n : numberOf((scaler.root.get('spec') as AnyNode).get('minReplicas'), 1n);
    }
  }
}

/** The number that is written; none that can be read is no pod at all. */
function numberOf(node: AnyNode, whenAbsent: bigint): bigint {
  if (!node.present) return whenAbsent;
  return node.number !== undefined && Number.isInteger(node.number) ? BigInt(node.number) : 0n;
}

/** What an object is charged that makes no pods. */
const OBJECTS: Readonly<Record<string, (root: AnyNode) => Amounts>> = {
  Service: serviceUsage,
  PersistentVolumeClaim: (root) => claimUsage(root),
  Secret: counted('secrets', 'count/secrets'),
  ConfigMap: counted('configmaps', 'count/configmaps'),
  ReplicationController: counted('replicationcontrollers', 'count/replicationcontrollers'),
  ResourceQuota: counted('resourcequotas', 'count/resourcequotas'),
  'Deployment.apps': counted('count/deployments.apps'),
  'StatefulSet.apps': counted('count/statefulsets.apps'),
  'DaemonSet.apps': counted('count/daemonsets.apps'),
  'ReplicaSet.apps': counted('count/replicasets.apps'),
  'Job.batch': counted('count/jobs.batch'),
  'CronJob.batch': counted('count/cronjobs.batch'),
  'Ingress.networking.k8s.io': counted('count/ingresses.networking.k8s.io'),
};

function counted(...names: readonly string[]): () => Amounts {
  const amounts = new Map(names.map((name) => [name, ONE]));
  return () => amounts;
}

function serviceUsage(root: AnyNode): Amounts {
  const spec: AnyNode = root.get('spec');
  const ports = spec.get('ports').items() as readonly AnyNode[];
  const type = spec.get('type').string;
  const isBalanced = type === 'LoadBalancer';
  const none = isBalanced && spec.get('allocateLoadBalancerNodePorts').boolean === false;
  const chosen = none ? ports.filter((port) => (port.get('nodePort').number ?? 0) !== 0) : ports;
  return new Map([
    ['services', ONE],
    ['count/services', ONE],
    ['services.loadbalancers', isBalanced ? ONE : 0n],
    ['services.nodeports', isBalanced || type === 'NodePort' ? BigInt(chosen.length) * ONE : 0n],
  ]);
}

function claimUsage(root: AnyNode): Amounts {
  const spec: AnyNode = root.get('spec');
  const storage = amountsOf(spec.at(['resources', 'requests'])).get('storage') ?? 0n;
  const annotated = (root.get('metadata').get('annotations') as AnyNode).get('volume.beta.kubernetes.io/storage-class');
  const storageClass = annotated.string ?? spec.get('storageClassName').string ?? '';
  const amounts = new Map([
    ['persistentvolumeclaims', ONE],
    ['count/persistentvolumeclaims', ONE],
    ['requests.storage', storage],
  ]);
  if (storageClass === '') return amounts;
  return amounts
    .set(`${storageClass}.storageclass.storage.k8s.io/persistentvolumeclaims`, ONE)
    .set(`${storageClass}.storageclass.storage.k8s.io/requests.storage`, storage);
}

/** The claims that a StatefulSet makes for each of its pods. */
function claimsOf(project: Project, set: Resource): readonly Charge[] {
  const count = replicasOf(project, set);
  const templates = set.root.at(['spec', 'volumeClaimTemplates']).items() as readonly AnyNode[];
  return count === 0n
    ? []
    : templates.map((template) => ({ resource: set, usage: claimUsage(template), count, isObject: false }));
}

/** An amount as one would write it: `1500m`, `2Gi`, `3`. */
function shown(name: string, amount: bigint): string {
  const isBytes = /(?:memory|storage|hugepages-\w+)$/.test(name);
  if (!isBytes) return amount % ONE === 0n ? String(amount / ONE) : `${(amount + 999_999n) / 1_000_000n}m`;
  let bytes = (amount + ONE - 1n) / ONE;
  let unit = 0;
  while (unit < UNITS.length - 1 && bytes !== 0n && bytes % 1024n === 0n) {
    bytes /= 1024n;
    unit++;
  }
  return `${bytes}${UNITS[unit]}`;
}

const UNITS: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];

function listed(words: readonly string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : (words[0] ?? '');
}
