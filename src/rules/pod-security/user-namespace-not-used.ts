import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import type { PodView } from '../../k8s/pod.ts';
import { forLinux } from './_hardening.ts';

export default defineRule({
  id: 'user-namespace-not-used',
  title: 'Root workload shares the user namespace of the host',
  category: 'pod-security',
  severity: 'info',
  preset: 'all',
  on: 'pod',
  messages: {
    shared: 'pod runs with privileges in the user namespace of the node; hostUsers: false would map them to nobody',
  },
  checks: [
    {
      // On by default from 1.33 on.
      since: '1.33',
      check(pod, context) {
        const hostUsers = pod.spec.get('hostUsers');
        if (hostUsers.boolean === false || hostUsers.string !== undefined || pod.partial) return;
        if (!pod.containers.some(holdsPrivileges) || sharesNode(pod) || !forLinux(pod)) return;
        context.report(hostUsers, 'shared', {
          atKey: true,
          fix: {
            title: 'Give the pod a user namespace of its own',
            safety: 'hardening',
            changes: [{ op: 'set', path: hostUsers.steps, value: false }],
          },
        });
      },
    },
  ],
  docs: {
    why: 'In a user namespace of its own the root of a pod is an unprivileged user of the node, and its capabilities reach no further than the pod.',
    fix: 'Set `hostUsers: false`. Volumes need a file system that can map ids; NFS and hostPath often cannot.',
    frameworks: { mitre: ['T1611'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/'],
    examples: {
      bad: [
        {
          title: 'root in the namespace of the node',
          in: 'pod',
          yaml: 'hostUsers: true # finding\nsecurityContext:\n  runAsUser: 0',
        },
      ],
      good: [
        { title: 'a user namespace', in: 'pod', yaml: 'hostUsers: false\nsecurityContext:\n  runAsUser: 0' },
        { title: 'no privileges', in: 'pod', yaml: 'securityContext:\n  runAsUser: 10001' },
      ],
    },
  },
});

function holdsPrivileges(container: ContainerView): boolean {
  const added = container.securityContext.get('capabilities').get('add').strings;
  // NET_BIND_SERVICE is what the level restricted leaves to anyone.
  return container.effective('runAsUser').number === 0 || added.some((name) => name !== 'NET_BIND_SERVICE');
}

/** What the API server refuses beside `hostUsers: false`, and volumes whose ids often cannot be mapped. */
function sharesNode({ spec, containers }: PodView): boolean {
  return (
    (['hostNetwork', 'hostPID', 'hostIPC'] as const).some((key) => spec.get(key).boolean === true) ||
    containers.some(({ node, privileged }) => privileged || node.get('volumeDevices').items().length > 0) ||
    spec
      .get('volumes')
      .items()
      .some((volume) => volume.get('hostPath').present || volume.get('nfs').present)
  );
}
