import { defineRule } from '../../engine/rule.ts';
import type { Command } from '../../k8s/command.ts';
import type { ContainerView } from '../../k8s/container.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'privileged-init-sysctl',
  title: 'Privileged init container used only to set sysctls',
  category: 'workload',
  severity: 'medium',
  preset: 'strict',
  on: 'container',
  messages: {
    pod: 'init container "{name}" is privileged only to set {keys}: securityContext.sysctls of the pod does that without privileges',
    node: 'init container "{name}" is privileged only to set {keys}, which changes the whole node',
  },
  check(container, context) {
    if (container.kind !== 'init' || !isPowerful(container)) return;
    const keys: string[] = [];
    for (const command of container.commands) {
      if (isShell(command)) continue;
      const set = settingsOf(command);
      // Something else is done as well, so the privilege has another purpose.
      if (set === undefined) return;
      keys.push(...set);
    }
    if (keys.length === 0) return;
    const namespaced = keys.every((key) => NAMESPACED.test(key));
    context.report(container.node.get('name'), namespaced ? 'pod' : 'node', {
      data: { name: container.name, keys: [...new Set(keys)].join(', ') },
    });
  },
  docs: {
    why: 'For a moment a container with every privilege runs on each node the pod comes to, with an image that is trusted for a one-line command. Settings without a namespace stay changed for every other pod of the node.',
    fix: 'Set namespaced sysctls by `spec.securityContext.sysctls`. Set the others, such as `vm.max_map_count`, where the node is configured.',
    frameworks: { mitre: ['T1611'], pss: 'baseline' },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/'],
    examples: {
      bad: [
        {
          title: 'a setting of the node',
          in: 'pod',
          yaml: 'initContainers:\n  - name: sysctl # finding: node\n    image: busybox:1.37.0\n    command: [sysctl, -w, vm.max_map_count=262144]\n    securityContext:\n      privileged: true',
        },
        {
          title: 'a setting that a pod may have of its own',
          in: 'pod',
          yaml: 'initContainers:\n  - name: sysctl # finding: pod\n    image: busybox:1.37.0\n    command: [sh, -c, "sysctl -w net.core.somaxconn=1024"]\n    securityContext:\n      privileged: true',
        },
      ],
      good: [
        {
          title: 'it does something else too',
          in: 'pod',
          yaml: 'initContainers:\n  - name: sysctl\n    image: busybox:1.37.0\n    command: [sh, -c, "sysctl -w vm.max_map_count=262144; mount /dev/sdb /data"]\n    securityContext:\n      privileged: true',
        },
        { title: 'without privileges', in: 'container', yaml: 'command: [sysctl, -w, net.core.somaxconn=1024]' },
      ],
    },
  },
});

/** Groups of which every pod has its own. */
const NAMESPACED = /^(?:kernel\.(?:shm|msg|sem)|fs\.mqueue\.|net\.)/;
/** What surrounds a setting in such scripts and does nothing itself. */
const IDLE: ReadonlySet<string> = new Set(['echo', 'set', 'true', 'exit', ':', 'sleep', 'test', '[']);

function isPowerful(container: ContainerView): boolean {
  if (container.privileged) return true;
  const added: AnyNode = container.securityContext.get('capabilities').get('add');
  return added.strings.some((name) => /^(?:CAP_)?SYS_ADMIN$/i.test(name));
}

/** The argument vector `sh -c …`, whose commands follow by themselves. */
function isShell(command: Command): boolean {
  return !command.shell && /^(?:ba|da|a)?sh$/.test(command.program);
}

/** The keys that a command sets; none for one that does nothing, undefined for one that does something else. */
function settingsOf(command: Command): readonly string[] | undefined {
  const written = command.writes.filter(({ text }) => text.startsWith('/proc/sys/'));
  if (written.length > 0) return written.map(({ text }) => text.slice('/proc/sys/'.length).replaceAll('/', '.'));
  if (command.program === 'sysctl') {
    const keys = command.words.slice(1).flatMap(({ text }) => /^([a-z0-9][\w./-]*)=/i.exec(text)?.[1] ?? []);
    return keys.map((key) => key.replaceAll('/', '.'));
  }
  return IDLE.has(command.program) || command.program === '' ? [] : undefined;
}
