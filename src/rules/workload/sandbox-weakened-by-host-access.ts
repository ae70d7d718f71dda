import { podRuntimesFact, runtimeClassesFact } from '../../engine/facts/runtime-classes.ts';
import { defineRule } from '../../engine/rule.ts';
import { classifyHostPath, hostPathVolumes } from '../../k8s/host-path.ts';
import type { PodView } from '../../k8s/pod.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'sandbox-weakened-by-host-access',
  title: 'Sandboxed pod that is given the host again',
  category: 'workload',
  severity: 'medium',
  preset: 'strict',
  on: 'project',
  facts: [runtimeClassesFact, podRuntimesFact],
  messages: { weakened: 'the sandbox of RuntimeClass "{name}" is undermined by {what}' },
  check(project, context) {
    const classes = project.fact(runtimeClassesFact);
    for (const { resource, pod, runtimeClassName } of project.fact(podRuntimesFact).pods) {
      if (runtimeClassName === undefined || !classes.isSandboxed(runtimeClassName, [])) continue;
      for (const { node, what } of hostAccess(resource.pods[pod]!)) {
        context.report(node, 'weakened', { data: { name: runtimeClassName, what } });
      }
    }
  },
  docs: {
    why: 'The sandbox keeps the pod off the kernel of the node. What is handed through it, a namespace, a folder or a device of the host, is reached as if there were none.',
    fix: 'Take the host access out, or run the pod as an ordinary node agent that is known to be one.',
    frameworks: { mitre: ['T1611'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/containers/runtime-class/'],
    examples: {
      bad: [
        { title: 'the network of the node', in: 'pod', yaml: 'runtimeClassName: kata\nhostNetwork: true # finding' },
        {
          title: 'a folder of the node',
          in: 'pod',
          yaml: 'runtimeClassName: gvisor\nvolumes:\n  - name: data\n    hostPath:\n      path: /srv/app # finding',
        },
      ],
      good: [
        { title: 'nothing of the host', in: 'pod', yaml: 'runtimeClassName: kata' },
        { title: 'no sandbox', in: 'pod', yaml: 'hostNetwork: true' },
      ],
    },
  },
});

interface Access {
  readonly node: AnyNode;
  readonly what: string;
}

function hostAccess(pod: PodView): readonly Access[] {
  const found: Access[] = [];
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
    const node = pod.spec.get(key);
    if (node.boolean === true) found.push({ node, what: `${key}: true` });
  }
  for (const volume of hostPathVolumes(pod)) {
    const { kind, path } = classifyHostPath(volume.path.string!);
    if (kind !== 'harmless') found.push({ node: volume.path, what: `host path ${path}` });
  }
  for (const { securityContext, name } of pod.containers) {
    const node = securityContext.get('privileged');
    if (node.boolean === true) found.push({ node, what: `privileged container "${name}"` });
  }
  for (const [key, node] of (pod.metadata.get('annotations') as AnyNode).entries()) {
    const loosens =
      /^dev\.gvisor\.(?:flag|spec\.mount)\./.test(key) ||
      /^io\.katacontainers\.config\.hypervisor\.(?:path|kernel|image|initrd|jailer_path|ctlpath)$/.test(key);
    if (loosens) found.push({ node, what: `annotation ${key}` });
  }
  return found;
}
