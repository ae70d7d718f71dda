import { markIn, podRuntimesFact, runtimeClassesFact } from '../../engine/facts/runtime-classes.ts';
import { defineRule, type FixProposal } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { PodView } from '../../k8s/pod.ts';
import type { Resource } from '../../k8s/resource.ts';

interface Options {
  /** `key=value` of labels or annotations, of pods or namespaces. */
  readonly untrustedSelectors: readonly string[];
  readonly untrustedNamespaces: readonly string[];
  readonly sandboxHandlers: readonly string[];
}

export default defineRule({
  id: 'untrusted-workload-not-sandboxed',
  title: 'Untrusted workload on the kernel of the node',
  category: 'workload',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [runtimeClassesFact, podRuntimesFact],
  messages: {
    shared: '{kind} "{name}" is marked untrusted ({mark}) but runs with {runtime}, which shares the kernel of the node',
  },
  options: {
    defaults: { untrustedSelectors: [], untrustedNamespaces: [], sandboxHandlers: [] } as Options,
    schema: {
      type: 'object',
      properties: {
        untrustedSelectors: { type: 'array', items: { type: 'string' } },
        untrustedNamespaces: { type: 'array', items: { type: 'string' } },
        sandboxHandlers: { type: 'array', items: { type: 'string' } },
      },
      additionalProperties: false,
    },
  },
  check(project, context) {
    const { options } = context;
    const classes = project.fact(runtimeClassesFact);
    const marked = new Map<PodView, string>();
    for (const { resource, pod, untrusted } of project.fact(podRuntimesFact).pods) {
      if (untrusted !== undefined) marked.set(resource.pods[pod]!, untrusted);
    }
    for (const [namespace, mark] of untrustedNamespaces(project.ofKind('Namespace'), options)) {
      for (const resource of project.resources) {
        if (resource.head.namespace !== namespace) continue;
        for (const pod of resource.pods) if (!marked.has(pod)) marked.set(pod, mark);
      }
    }
    if (options.untrustedSelectors.length > 0) markSelected(project.resources, options.untrustedSelectors, marked);

    const sandboxes = [...classes.byName.keys()].filter((name) => classes.isSandboxed(name, options.sandboxHandlers));
    for (const [pod, mark] of marked) {
      const node = pod.spec.get('runtimeClassName');
      const name = node.string;
      if (pod.partial || (name !== undefined && isUnresolved(name))) continue;
      if (classes.isSandboxed(name, options.sandboxHandlers)) continue;
      const { head } = pod.resource;
      const only = sandboxes.length === 1 ? sandboxes[0] : undefined;
      const fix: FixProposal | undefined =
        only === undefined
          ? undefined
          : {
              title: `Run it in ${only}`,
              safety: 'hardening',
              changes: [{ op: 'set', path: node.steps, value: only }],
            };
      context.report(node, 'shared', {
        data: {
          kind: head.kind,
          name: head.name,
          mark,
          runtime: name === undefined || name === '' ? 'the default runtime' : `RuntimeClass "${name}"`,
        },
        ...(fix === undefined ? {} : { fix }),
      });
    }
  },
  docs: {
    why: 'Code that nobody vouches for is one kernel flaw away from the node and from every other pod on it. A sandbox (gVisor, Kata Containers) puts a boundary of its own in between.',
    fix: 'Set `runtimeClassName` to a RuntimeClass whose handler starts a sandbox. Options: `untrustedSelectors` (`key=value` of labels or annotations of pods and namespaces), `untrustedNamespaces`, `sandboxHandlers`.',
    frameworks: { cis: ['5.6.3'], nsa: ['P6'], mitre: ['T1611'] },
    equivalents: { kubescape: ['C-0297', 'C-0242'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/containers/runtime-class/'],
    limits:
      'Silent without a mark: agent sandboxes, `security.kubernetes.io/untrusted: "true"`, `workload-trust: untrusted`, `sandbox.gke.io/runtime` and what the options add. A RuntimeClass that is not among the files is judged by its name.',
    examples: {
      bad: [
        {
          title: 'an agent sandbox without a sandbox',
          in: 'manifests',
          yaml: 'apiVersion: agents.x-k8s.io/v1alpha1\nkind: Sandbox\nmetadata:\n  name: agent\nspec:\n  podTemplate:\n    spec: # finding\n      containers:\n        - name: agent\n          image: registry.example.com/agent:1.0.0',
        },
        {
          title: 'a class of that name, with an ordinary handler',
          in: 'manifests',
          yaml: 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: kata\nhandler: runc\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: job\n  labels:\n    workload-trust: untrusted\nspec:\n  runtimeClassName: kata # finding\n  containers:\n    - name: job\n      image: registry.example.com/job:1.0.0',
        },
        {
          title: 'a namespace that is marked',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: students\n  labels:\n    workload-trust: untrusted\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: job\n  namespace: students\nspec: # finding\n  containers:\n    - name: job\n      image: registry.example.com/job:1.0.0',
        },
      ],
      good: [
        {
          title: 'gVisor',
          in: 'manifests',
          yaml: 'apiVersion: agents.x-k8s.io/v1alpha1\nkind: Sandbox\nmetadata:\n  name: agent\nspec:\n  podTemplate:\n    spec:\n      runtimeClassName: gvisor\n      containers:\n        - name: agent\n          image: registry.example.com/agent:1.0.0',
        },
        { title: 'no mark', in: 'pod', yaml: 'restartPolicy: Always' },
      ],
    },
  },
});

function untrustedNamespaces(namespaces: readonly Resource[], options: Options): ReadonlyMap<string, string> {
  const marks = new Map<string, string>();
  for (const { head } of namespaces) {
    const mark =
      markIn(head.labels) ??
      markIn(head.annotations) ??
      selected(head.labels, head.annotations, options.untrustedSelectors);
    if (mark !== undefined) marks.set(head.name, `namespace with ${mark}`);
  }
  for (const name of options.untrustedNamespaces) marks.set(name, `namespace "${name}"`);
  return marks;
}

/** Selectors of the configuration are not known when facts are collected, so the trees are looked at again. */
function markSelected(
  resources: readonly Resource[],
  selectors: readonly string[],
  marked: Map<PodView, string>,
): void {
  for (const resource of resources) {
    for (const pod of resource.pods) {
      const mark = selected(pod.metadata.get('labels').raw, pod.metadata.get('annotations').raw, selectors);
      if (mark !== undefined && !marked.has(pod)) marked.set(pod, mark);
    }
  }
}

function selected(labels: unknown, annotations: unknown, selectors: readonly string[]): string | undefined {
  for (const selector of selectors) {
    const at = selector.indexOf('=');
    const key = at === -1 ? selector : selector.slice(0, at);
    const value = at === -1 ? undefined : selector.slice(at + 1);
    for (const map of [labels, annotations]) {
      if (typeof map !== 'object' || map === null) continue;
      const found = (map as Readonly<Record<string, unknown>>)[key];
      if (found !== undefined && (value === undefined || found === value)) return selector;
    }
  }
  return undefined;
}
