import type { Project } from '../../engine/project.ts';
import { defineRule } from '../../engine/rule.ts';
import {
  type BindingSource,
  type Candidate,
  candidatePreparer,
  compilePolicy,
  type Parameters,
  type Policy,
  type PreparedCandidate,
  type Surroundings,
} from '../../k8s/admission/policy-decision.lazy.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { groupKind, type Resource, splitApiVersion } from '../../k8s/resource.ts';
import { isNamespaced } from '../../k8s/schema/scope.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';
import { BINDING_KINDS, POLICY_KINDS } from './_policies.ts';

export default defineRule({
  id: 'policy-vs-workload',
  title: 'Workload that an admission policy of the input refuses',
  category: 'admission',
  severity: 'info',
  preset: 'all',
  on: 'project',
  kinds: [POLICY_KINDS[0]],
  messages: {
    denied: '{kind} "{name}" is refused by policy "{policy}": {message}',
    'pods-denied': 'pods of {kind} "{name}" are refused by policy "{policy}": {message}',
    recorded: '{kind} "{name}" violates policy "{policy}", which only says {actions}: {message}',
    'pods-recorded': 'pods of {kind} "{name}" violate policy "{policy}", which only says {actions}: {message}',
    undecided: 'whether policy "{policy}" refuses {workloads} is not decided here: it depends on {reason}',
  },
  check(project, context) {
    const policies = project.ofKind(POLICY_KINDS[0]);
    const bindings = project.ofKind(BINDING_KINDS[0]);
    if (policies.length === 0 || bindings.length === 0) return;
    const around = surroundings(project);
    const forces: Force[] = [];
    for (const resource of policies) {
      const bound = bindings
        .map((binding) => ({ binding, spec: binding.root.get('spec') as AnyNode }))
        .filter(({ spec }) => spec.get('policyName').string === resource.head.name)
        .map(({ binding, spec }) => ({
          source: { name: binding.head.name, spec: spec.raw ?? null },
          actions: spec.get('validationActions').strings,
        }));
      if (bound.length === 0) continue;
      const spec: AnyNode = resource.root.get('spec');
      const compiled = compilePolicy({ name: resource.head.name, spec: spec.raw ?? null });
      // What does not compile is not in force, and vap-invalid says so; a template may compile once it is rendered.
      if ('invalid' in compiled && !isTemplate(spec.raw)) continue;
      const policy = 'invalid' in compiled ? undefined : compiled;
      forces.push({ resource, spec, bound, policy, undecided: new Undecided() });
    }
    if (forces.length === 0) return;
    const prepare = candidatePreparer(around);
    for (const workload of project.resources) {
      for (const candidate of candidatesOf(workload)) {
        const prepared = prepare(candidate);
        for (const force of forces) judge(force, prepared);
      }
    }
    for (const { resource, spec, undecided } of forces) {
      for (const { expression, reason, workloads } of undecided.entries()) {
        context.report(placeOf(resource, spec, { expression }), 'undecided', {
          data: { policy: resource.head.name, workloads: list(workloads), reason },
        });
      }
    }

    function judge({ resource, spec, bound, policy, undecided }: Force, candidate: Prepared): void {
      const { workload } = candidate;
      if (policy === undefined) {
        undecided.add(undefined, 'expressions that are filled in later', workload);
        return;
      }
      const said = new Set<string>();
      for (const { source, actions } of bound) {
        for (const decision of policy.decide(source, candidate, around)) {
          if (decision.is === 'admitted') continue;
          if (decision.is === 'unknown') {
            undecided.add(decision.expression, decision.reason, workload);
            continue;
          }
          const denies = decision.regardless === true || actions.includes('Deny');
          const key = `${decision.expression}:${decision.message}`;
          if ((!denies && actions.length === 0) || said.has(key)) continue;
          said.add(key);
          const { kind, name } = workload.head;
          const { message } = decision;
          const data = { kind, name, policy: resource.head.name, message, actions: actions.join(' and ') };
          const related = [{ at: placeOf(resource, spec, decision), message: 'this validation' }];
          const pods = candidate.controlled !== undefined;
          if (denies) context.report(workload, pods ? 'pods-denied' : 'denied', { data, related });
          else context.report(workload, pods ? 'pods-recorded' : 'recorded', { data, related });
        }
      }
    }
  },
  docs: {
    why: 'A workload that a policy beside it refuses is never created, and with a policy on pods its Deployment stays without pods while the apply succeeds. The validations are evaluated as the API server does when the object is created: matching of resources, namespaces and labels, conditions, variables, parameters, the failurePolicy, and the object with its defaults.',
    fix: 'Change the workload so that it meets the policy, or the policy so that it means what it says.',
    frameworks: { nsa: ['N4'], mitre: ['T1610'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/',
      'https://kubernetes.io/docs/reference/using-api/cel/',
    ],
    limits:
      'What decides and is not in the input is said, once for each validation: who asks and what the authorizer allows, labels of namespaces and parameters that are elsewhere, what the API server or a plugin writes into the object. Not evaluated, and said too: `authorizer`, URLs, timestamps, durations, `format`, `find`, `sortBy`, bytes. Only creating is looked at, and only workloads of Kubernetes’ own kinds with the pods that their controllers make. Mutating webhooks and policies, and a LimitRange that is not in the input, may change an object before it is validated. The limit of the API server on the cost of expressions is not reckoned with. Gatekeeper and Kyverno are not evaluated.',
    examples: {
      bad: [
        {
          title: 'a Deployment and its pods',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: images
spec:
  matchConstraints:
    resourceRules: [{ apiGroups: ["", apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods, deployments] }]
  matchConditions:
    - name: not-the-controllers-own
      expression: "!has(object.metadata.ownerReferences)"
  variables:
    - name: spec
      expression: "object.kind == 'Pod' ? object.spec : object.spec.template.spec"
  validations:
    - expression: variables.spec.containers.all(c, c.image.startsWith('registry.example.com/'))
      messageExpression: "'not from the registry: ' + variables.spec.containers.filter(c, !c.image.startsWith('registry.example.com/')).map(c, c.image).join(', ')"
    - expression: variables.spec.?securityContext.?runAsNonRoot.orValue(false) == true
      message: pods must not run as root
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: images
spec:
  policyName: images
  validationActions: [Deny]
---
apiVersion: v1
kind: Pod
metadata:
  name: debug # finding: denied, denied
  namespace: team
spec:
  containers:
    - name: debug
      image: docker.io/library/busybox:1.37
---
apiVersion: v1
kind: Pod
metadata:
  name: api
  namespace: team
spec:
  securityContext: { runAsNonRoot: true }
  containers:
    - name: api
      image: registry.example.com/api:1`,
        },
        {
          title: 'pods of a controller, an audited policy, and what is not known',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: no-host-network
spec:
  matchConstraints:
    resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }]
  validations:
    - expression: "!has(object.spec.hostNetwork) || object.spec.hostNetwork == false"
      message: pods must not use the network of their node
    - expression: request.userInfo.username.startsWith('system:serviceaccount:') # finding: undecided
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: no-host-network
spec:
  policyName: no-host-network
  validationActions: [Audit, Warn]
  matchResources:
    namespaceSelector:
      matchExpressions: [{ key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system] }]
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: agent # finding: pods-recorded
  namespace: team
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec:
      hostNetwork: true
      containers:
        - name: agent
          image: registry.example.com/agent:1`,
        },
      ],
      good: [
        {
          title: 'another namespace, and a default that the API server writes',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: strategy
spec:
  paramKind: { apiVersion: v1, kind: ConfigMap }
  matchConstraints:
    namespaceSelector: { matchLabels: { stage: production } }
    resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments] }]
  validations:
    - expression: object.spec.strategy.type == params.data.strategy
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: strategy
spec:
  policyName: strategy
  validationActions: [Deny]
  paramRef: { name: strategy, namespace: policies, parameterNotFoundAction: Deny }
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: strategy
  namespace: policies
data:
  strategy: RollingUpdate
---
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: { stage: production }
---
apiVersion: v1
kind: Namespace
metadata:
  name: sandbox
  labels: { stage: test }
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers:
        - name: api
          image: registry.example.com/api:1
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: sandbox
spec:
  strategy: { type: Recreate }
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers:
        - name: api
          image: registry.example.com/api:1`,
        },
      ],
    },
  },
});

interface WorkloadCandidate extends Candidate {
  readonly workload: Resource;
}

type Prepared = WorkloadCandidate & PreparedCandidate;

/** A policy with what puts it in force. */
interface Force {
  readonly resource: Resource;
  readonly spec: AnyNode;
  readonly bound: readonly { readonly source: BindingSource; readonly actions: readonly string[] }[];
  /** Undefined for one that is a template yet. */
  readonly policy: Policy | undefined;
  readonly undecided: Undecided;
}

/** Kinds of workloads with their resources, where they are served, and where their pods come from. */
const WORKLOADS: Readonly<Record<string, readonly [version: string, resource: string, template: readonly string[]]>> = {
  Pod: ['v1', 'pods', []],
  ReplicationController: ['v1', 'replicationcontrollers', ['spec', 'template']],
  'Deployment.apps': ['v1', 'deployments', ['spec', 'template']],
  'StatefulSet.apps': ['v1', 'statefulsets', ['spec', 'template']],
  'DaemonSet.apps': ['v1', 'daemonsets', ['spec', 'template']],
  'ReplicaSet.apps': ['v1', 'replicasets', ['spec', 'template']],
  'Job.batch': ['v1', 'jobs', ['spec', 'template']],
  'CronJob.batch': ['v1', 'cronjobs', ['spec', 'jobTemplate', 'spec', 'template']],
};

/** The object itself and a pod that its controller makes. */
function candidatesOf(workload: Resource): readonly WorkloadCandidate[] {
  const entry = Object.hasOwn(WORKLOADS, workload.groupKind) ? WORKLOADS[workload.groupKind] : undefined;
  const { group, version, kind, namespace, name } = workload.head;
  if (entry === undefined || entry[0] !== version) return [];
  const manifest = workload.root.raw as Value | undefined;
  if (!isMap(manifest)) return [];
  const where = namespace === '' || isUnresolved(namespace) ? undefined : namespace;
  const generated = name.endsWith('*');
  const own = { group, version, kind, resource: entry[1], namespace: where, name: generated ? '' : name };
  const candidate: WorkloadCandidate = { ...own, manifest, workload };
  const template = entry[2].length === 0 ? undefined : valueAt(manifest, entry[2]);
  if (!isMap(template)) return [candidate];
  const { metadata, spec } = template;
  const pod: ValueMap = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: isMap(metadata) ? metadata : {},
    spec: spec ?? {},
  };
  const controlled = changedBy(kind, manifest);
  const podIs = { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespace: where, name: '' };
  return [candidate, { ...podIs, manifest: pod, workload, controlled }];
}

/** Fields that a controller writes into the spec of its pods. */
function changedBy(kind: string, manifest: ValueMap): readonly string[] {
  switch (kind) {
    case 'StatefulSet':
      return ['hostname', 'subdomain', ...(valueAt(manifest, ['spec', 'volumeClaimTemplates']) ? ['volumes'] : [])];
    case 'DaemonSet':
      return ['affinity', 'tolerations'];
    case 'Job':
    case 'CronJob': {
      const mode = kind === 'Job' ? ['spec', 'completionMode'] : ['spec', 'jobTemplate', 'spec', 'completionMode'];
      // Pods of an indexed Job get a variable in each container.
      return valueAt(manifest, mode) === 'Indexed' ? ['hostname', 'containers', 'initContainers'] : [];
    }
    default:
      return [];
  }
}

function surroundings(project: Project): Surroundings {
  return {
    namespace(name) {
      const found = project.find('Namespace', '', name)?.head;
      if (found === undefined) return { labels: { labels: {}, open: true }, annotations: undefined };
      return { labels: { labels: found.labels }, annotations: found.annotations };
    },
    parameters: (apiVersion, kind) => parametersOf(project, apiVersion, kind),
    hasLimits: (namespace) =>
      project
        .ofKind('LimitRange')
        .some(({ head }) => namespace === undefined || ['', namespace].includes(head.namespace)),
  };
}

function parametersOf(project: Project, apiVersion: string, kind: string): Parameters {
  const { group } = splitApiVersion(apiVersion);
  const definition = project
    .ofKind('CustomResourceDefinition.apiextensions.k8s.io')
    .map(({ root }) => root.get('spec') as AnyNode)
    .find((spec) => spec.get('group').string === group && spec.get('names').get('kind').string === kind);
  const scope = definition?.get('scope').string;
  const namespaced = isNamespaced(group, kind) ?? (scope === undefined ? undefined : scope === 'Namespaced');
  // Without its definition, or with defaults in it, an object may hold more than is written.
  const open = definition === undefined || hasKey(definition.raw, 'default');
  return {
    namespaced,
    open: project.world !== 'closed',
    objects: project.ofKind(groupKind(group, kind)).flatMap(({ head, root }) => {
      const value = root.raw as Value | undefined;
      return isMap(value) ? [{ namespace: head.namespace, name: head.name, labels: head.labels, value, open }] : [];
    }),
  };
}

/** What is not decided, by validation and reason, with the workloads that it is about. */
class Undecided {
  readonly #entries = new Map<string, { expression: number | undefined; reason: string; workloads: Set<Resource> }>();

  add(expression: number | undefined, reason: string, workload: Resource): void {
    const key = `${expression}:${reason}`;
    const found = this.#entries.get(key);
    if (found === undefined) this.#entries.set(key, { expression, reason, workloads: new Set([workload]) });
    else found.workloads.add(workload);
  }

  entries() {
    return this.#entries.values();
  }
}

function list(workloads: ReadonlySet<Resource>): string {
  const names = [...workloads].map(({ head }) => `${head.kind} "${head.name}"`);
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function placeOf(
  resource: Resource,
  spec: AnyNode,
  { expression }: { readonly expression: number | undefined },
): Resource | AnyNode {
  if (expression === undefined) return resource;
  return spec.at(['validations', expression, 'expression']) as AnyNode;
}

function isTemplate(value: Value | undefined): boolean {
  if (typeof value === 'string') return /\{\{|\$\{|<%/.test(value);
  if (isList(value)) return value.some(isTemplate);
  return isMap(value) && Object.values(value).some(isTemplate);
}

function hasKey(value: Value | undefined, key: string): boolean {
  if (isList(value)) return value.some((item) => hasKey(item, key));
  return isMap(value) && (Object.hasOwn(value, key) || Object.values(value).some((item) => hasKey(item, key)));
}

function valueAt(value: Value | undefined, path: readonly string[]): Value | undefined {
  let found = value;
  for (const key of path) found = isMap(found) ? found[key] : undefined;
  return found;
}
