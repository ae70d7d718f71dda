import { type NetworkFacts, networkFact } from '../../engine/facts/network.ts';
import { labelOf, type RbacFacts, rbacFact, type Workload } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { type Site, siteAt } from '../../engine/site.ts';
import { targetPorts } from '../../k8s/network/connections.ts';
import { UNKNOWN_POD } from '../../k8s/network/engine.ts';
import type { Endpoint, Service } from '../../k8s/network/world.ts';
import { describePath, type Goal, NODE_KEY, type Path, type Step } from '../../k8s/rbac/escalation.ts';
import type { Resource } from '../../k8s/resource.ts';

export default defineRule({
  id: 'attack-path-exposed-workload',
  title: 'Exposed workload that leads to a node or to cluster-admin',
  category: 'attack-path',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  kinds: ['Service'],
  facts: [networkFact, rbacFact],
  options: {
    defaults: { maxPathCost: 6 },
    schema: { type: 'object', properties: { maxPathCost: { type: 'integer' } }, additionalProperties: false },
  },
  messages: {
    admin: '{label} is open to {entry}, and whoever breaks into it can become cluster-admin: {steps}',
    node: '{label} is open to {entry}, and whoever breaks into it has its node: {steps}',
  },
  check(project, ctx) {
    const facts = project.fact(rbacFact);
    const candidates = candidatesOf(facts, ctx.options.maxPathCost * 10);
    if (candidates.length === 0) return;
    const network = project.fact(networkFact);
    const dangerous = new Set(candidates.map(({ workload }) => workload.resource));
    const endpoints = new Map<Resource, Endpoint<Resource>[]>();
    for (const endpoint of network.world.endpoints) {
      if (!dangerous.has(endpoint.ref)) continue;
      const same = endpoints.get(endpoint.ref);
      if (same === undefined) endpoints.set(endpoint.ref, [endpoint]);
      else same.push(endpoint);
    }
    const exposed = exposures(network, [...endpoints.values()].flat());
    const reported = new Set<Resource>();
    for (const { workload, goal, clauses, evidence, maybe } of candidates) {
      const { resource, index } = workload;
      if (reported.has(resource) || resource.head.annotations[ACCEPT] !== undefined) continue;
      const endpoint = endpoints.get(resource)?.find((each) => each.podIndex === index);
      const exposure = endpoint === undefined ? undefined : exposed.get(endpoint);
      if (endpoint === undefined || exposure === undefined) continue;
      reported.add(resource);
      const certain = !maybe && exposure.open && exposure.certain;
      const spec = resource.pods[index]!.spec;
      ctx.report(spec, goal === 'node' ? 'node' : 'admin', {
        data: { label: labelOf(workload), entry: exposure.text, steps: clauses.join(' → ') },
        severity: !certain ? 'medium' : goal === 'node' ? 'high' : 'critical',
        related: [
          { at: exposure.ref, message: 'exposed by it' },
          ...evidence.flatMap(({ step, text }) => {
            const at = step === undefined ? undefined : placeOf(step, facts);
            return at === undefined ? [] : [{ at, message: text }];
          }),
        ],
      });
    }
  },
  docs: {
    why: 'Each piece has a reason of its own: a Service for the customers, a token for the program, a right for the account. Together they are a way from the outside to the top, and one flaw in the program is enough to walk it.',
    fix: 'Cut the way where it costs least: mount no token, take the right from the account, or the privilege from the pod; put the program behind something that lets in whom it is for.',
    frameworks: {
      cis: ['5.1.1', '5.2.2', '5.3.2'],
      nsa: ['P4', 'P5', 'A1', 'N2'],
      mitre: ['T1190', 'T1611', 'T1528', 'T1078'],
    },
    equivalents: { kubescape: ['workload-external-track', 'external-workload-with-cluster-takeover-roles'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/concepts/security/rbac-good-practices/#minimize-distribution-of-privileged-tokens',
    ],
    limits:
      'Ways over other pods, over mounted Secrets and over the credentials of the cloud are not followed. Annotation `kubesec-lint.dev/accept-path` on the workload, with a reason, silences the rule.',
    examples: {
      bad: [
        {
          title: 'from a load balancer to cluster-admin',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata: { name: a }
---
apiVersion: v1
kind: Service
metadata: { name: s, namespace: a }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a, labels: { app: web } }
spec: # finding: admin
  serviceAccountName: app
  containers: [{ name: c, image: web, ports: [{ containerPort: 80 }] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [serviceaccounts/token]
    verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: ServiceAccount, name: app, namespace: a }`,
        },
        {
          title: 'from a load balancer to the node',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata: { name: a }
---
apiVersion: v1
kind: Service
metadata: { name: s, namespace: a }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a, labels: { app: web } }
spec: # finding: node
  automountServiceAccountToken: false
  containers: [{ name: c, image: web, ports: [{ containerPort: 80 }], securityContext: { privileged: true } }]`,
        },
      ],
      good: [
        {
          title: 'no token',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata: { name: a }
---
apiVersion: v1
kind: Service
metadata: { name: s, namespace: a }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a, labels: { app: web } }
spec:
  serviceAccountName: app
  automountServiceAccountToken: false
  containers: [{ name: c, image: web, ports: [{ containerPort: 80 }] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r }
rules:
  - apiGroups: [""]
    resources: [serviceaccounts/token]
    verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: b }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: r
subjects:
  - { kind: ServiceAccount, name: app, namespace: a }`,
        },
        {
          title: 'not exposed',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata: { name: a }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a, labels: { app: web } }
spec:
  containers: [{ name: c, image: web, securityContext: { privileged: true } }]`,
        },
        {
          title: 'a policy keeps the outside out',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Namespace
metadata: { name: a }
---
apiVersion: v1
kind: Service
metadata: { name: s, namespace: a }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: a, labels: { app: web } }
spec:
  containers: [{ name: c, image: web, ports: [{ containerPort: 80 }], securityContext: { privileged: true } }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p, namespace: a }
spec: { podSelector: {}, policyTypes: [Ingress] }`,
        },
      ],
    },
  },
});

const ACCEPT = 'kubesec-lint.dev/accept-path';

interface Candidate {
  readonly workload: Workload;
  readonly goal: Goal;
  readonly clauses: readonly string[];
  readonly evidence: readonly { readonly step: Step | undefined; readonly text: string }[];
  readonly maybe: boolean;
}

/** Workloads from which somebody gets on, the worst way of each first. */
function candidatesOf(facts: RbacFacts, limit: number): readonly Candidate[] {
  const candidates: Candidate[] = [];
  const strong = facts.hasRbac && facts.analysis.bindings.length > 0;
  if (!strong && facts.workloads.every(({ control }) => control === undefined)) return [];
  const graph = strong ? facts.escalation() : undefined;
  for (const workload of facts.workloads) {
    const { control, namespace, account } = workload;
    const key = `ServiceAccount ${namespace}/${account}`;
    const token = graph !== undefined && facts.mountsToken(workload);
    const over = (goal: Goal): Path | undefined => (token ? within(graph.path(key, goal), limit) : undefined);
    const fromNode =
      control === undefined || graph === undefined
        ? undefined
        : within(graph.path(NODE_KEY, 'cluster-admin'), limit - 10);
    const admin = over('cluster-admin') ?? fromNode;
    if (admin !== undefined) {
      const first = admin === fromNode ? [control!.reason] : [`ServiceAccount "${namespace}/${account}"`];
      candidates.push(candidate(workload, 'cluster-admin', first, admin));
    } else if (control !== undefined) {
      candidates.push({ workload, goal: 'node', clauses: [control.reason], evidence: [], maybe: false });
    } else {
      const node = over('node');
      if (node !== undefined)
        candidates.push(candidate(workload, 'node', [`ServiceAccount "${namespace}/${account}"`], node));
    }
  }
  return candidates;
}

function candidate(workload: Workload, goal: Goal, first: readonly string[], path: Path): Candidate {
  const evidence = path.steps
    .filter((step) => step.holdings.length > 0 || step.workload !== undefined)
    .map((step) => ({ step, text: step.text }));
  return { workload, goal, clauses: [...first, describePath(path)], evidence, maybe: path.maybe };
}

/** Certain, and not too long to be walked. */
function within(path: Path | undefined, limit: number): Path | undefined {
  return path !== undefined && !path.maybe && path.length <= limit ? path : undefined;
}

interface Exposure {
  readonly text: string;
  readonly ref: Resource;
  /** To the internet, and not to some addresses or to the nodes' network alone. */
  readonly open: boolean;
  /** No policy that is not known, or is not evaluated, may keep the outside out. */
  readonly certain: boolean;
}

/** Which of some pods something outside the cluster reaches, and by what; the widest way where there are several. */
function exposures(
  network: NetworkFacts,
  endpoints: readonly Endpoint<Resource>[],
): ReadonlyMap<Endpoint<Resource>, Exposure> {
  const found = new Map<Endpoint<Resource>, Exposure>();
  const behind = new Map<Service<Resource>, Endpoint<Resource>[]>();
  for (const endpoint of endpoints) {
    for (const service of network.servicesOn(endpoint)) {
      const same = behind.get(service);
      if (same === undefined) behind.set(service, [endpoint]);
      else same.push(endpoint);
    }
  }
  const add = (service: Service<Resource>, ref: Resource, text: string, open: boolean, fromOutside: boolean): void => {
    for (const endpoint of behind.get(service) ?? []) {
      if (found.get(endpoint)?.open === true) continue;
      const pod = network.engine.classOf(endpoint);
      if (!lets(network, service, pod, fromOutside)) continue;
      const isolated = network.mayBeIsolatedByVendor('ingress', pod);
      found.set(endpoint, { text, ref, open, certain: !isolated && network.isKept(endpoint.namespace) });
    }
  };
  for (const service of network.world.services) {
    const { reach, restricted } = service.data;
    if (reach === 'public' || reach === 'unknown') {
      const from = restricted ? 'the addresses that it lets in' : 'the internet';
      add(service, service.ref, `${from} by Service "${service.name}"`, !restricted, true);
    } else if (reach === 'node')
      add(service, service.ref, `whoever reaches a node by Service "${service.name}"`, false, true);
  }
  for (const entryPoint of network.world.entryPoints) {
    for (const { service } of network.entriesOf(entryPoint)) {
      add(service, entryPoint.ref, `the internet by ${entryPoint.kind} "${entryPoint.name}"`, true, false);
    }
  }
  return found;
}

/** Unless policies are known to keep it out, traffic from there arrives at some port of the Service. */
function lets({ engine }: NetworkFacts, service: Service<Resource>, pod: number, fromOutside: boolean): boolean {
  const peers = fromOutside ? engine.externalPeers() : [UNKNOWN_POD];
  return service.data.ports.some((port) => {
    const target = targetPorts(engine, port, pod, 'upper');
    return engine.letsThrough('ingress', pod, 'upper', target, peers);
  });
}

/** Where a step is written: the rule that grants it, or the pod that makes it. */
function placeOf(step: Step, facts: RbacFacts): Site | undefined {
  const [holding] = step.holdings;
  if (holding !== undefined) {
    const role = facts.resourceOf(holding.rule.role);
    if (role !== undefined) return siteAt(role, ['rules', holding.rule.index]);
    const bound = facts.resourceOf(holding.binding);
    return bound === undefined ? undefined : siteAt(bound, ['roleRef', 'name']);
  }
  const workload = step.workload === undefined ? undefined : facts.workloads[step.workload];
  return workload === undefined ? undefined : siteAt(workload.resource, ['metadata', 'name']);
}
