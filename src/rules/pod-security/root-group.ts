import { defineRule } from '../../engine/rule.ts';
import type { PodView } from '../../k8s/pod.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { forLinux } from './_hardening.ts';

export default defineRule({
  id: 'root-group',
  title: 'Primary or supplementary group 0',
  category: 'pod-security',
  severity: 'low',
  preset: 'strict',
  on: 'pod',
  messages: { root: '{who} belongs to group 0 by {field}: files of group root become readable or writable' },
  check(pod, context) {
    const settings = rootGroups(pod);
    if (settings.length === 0 || !forLinux(pod)) return;
    for (const { node, who, field, user } of settings) {
      // Images after OpenShift's manner run as any UID with group 0.
      const harmless = field === 'runAsGroup' && user !== undefined && user > 0;
      context.report(node, 'root', { data: { who, field }, severity: harmless ? 'info' : 'low' });
    }
  },
  docs: {
    why: 'Files of the image and of mounted volumes often belong to group root and are open to it. A process in group 0 reads or writes them without being root.',
    fix: 'Use a group of the application, for example `runAsGroup: 10001` and `fsGroup: 10001`.',
    frameworks: { cis: ['5.6.3'], nsa: ['P1'] },
    equivalents: { trivy: ['KSV-0116'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/security-context/'],
    examples: {
      bad: [
        {
          title: 'volumes owned by group 0',
          in: 'pod',
          yaml: 'securityContext:\n  runAsUser: 1000\n  fsGroup: 0 # finding',
        },
        {
          title: 'a supplementary group',
          in: 'pod',
          yaml: 'securityContext:\n  supplementalGroups:\n    - 1000\n    - 0 # finding',
        },
        { title: 'a container', in: 'container', yaml: 'securityContext:\n  runAsGroup: 0 # finding' },
      ],
      good: [{ title: 'a group of its own', in: 'pod', yaml: 'securityContext:\n  runAsGroup: 1000\n  fsGroup: 1000' }],
    },
  },
});

interface RootGroup {
  readonly node: AnyNode;
  readonly who: string;
  readonly field: string;
  readonly user: number | undefined;
}

function rootGroups(pod: PodView): readonly RootGroup[] {
  const found: RootGroup[] = [];
  const { securityContext } = pod;
  if (securityContext.isMap) {
    const user = securityContext.get('runAsUser').number;
    for (const field of ['runAsGroup', 'fsGroup'] as const) {
      const node = securityContext.get(field);
      if (node.number === 0) found.push({ node, who: 'pod', field, user });
    }
    for (const node of securityContext.get('supplementalGroups').items()) {
      if (node.number === 0) found.push({ node, who: 'pod', field: 'supplementalGroups', user });
    }
  }
  for (const container of pod.containers) {
    const node = container.securityContext.get('runAsGroup');
    if (node.number !== 0) continue;
    const user = container.effective('runAsUser').number;
    found.push({ node, who: `container "${container.name}"`, field: 'runAsGroup', user });
  }
  return found;
}
