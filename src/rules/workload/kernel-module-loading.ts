import { defineRule } from '../../engine/rule.ts';
import { type Command, partOf } from '../../k8s/command.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { classifyHostPath, hostPathVolumes } from '../../k8s/host-path.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';

export default defineRule({
  id: 'kernel-module-loading',
  title: 'Container can load kernel modules',
  category: 'workload',
  severity: 'critical',
  preset: 'recommended',
  on: 'container',
  supersedes: ['capability-dangerous-added'],
  messages: {
    loads: 'container "{name}" can load kernel modules into the node: {signals}{note}',
    mounts: 'container "{name}" mounts the node\'s kernel modules {mode}{note}',
  },
  options: NODE_AGENT_OPTIONS,
  check(container, context) {
    const capability = addedModuleCapability(container);
    const command = container.commands.find(loadsModules);
    const mount = container.value['volumeMounts'] === undefined ? undefined : modulesMount(container);
    if (capability === undefined && command === undefined && mount === undefined) return;
    const { privileged } = container;

    const able = capability !== undefined || (privileged && (command !== undefined || mount !== undefined));
    const willing = command !== undefined && mount !== undefined;
    const signals = [
      ...(capability === undefined ? [] : ['it adds capability SYS_MODULE']),
      ...(privileged ? ['it is privileged'] : []),
      ...(command === undefined ? [] : [`it runs ${command.program}`]),
      ...(mount === undefined ? [] : [`it mounts ${mount.path}`]),
    ].join(', ');
    if (able || willing) {
      const judged = judgeNodeAgent(able ? 'critical' : 'medium', container, context.options);
      if (judged === undefined) return;
      const word = command?.words[0];
      const at = capability ?? word?.node ?? mount?.at ?? container.node;
      const part = capability === undefined && word !== undefined ? partOf(word) : undefined;
      context.report(at, 'loads', {
        data: { name: container.name, signals, note: judged.note },
        severity: judged.severity,
        ...(part === undefined ? {} : { part }),
      });
    } else if (mount !== undefined) {
      const judged = judgeNodeAgent(mount.readOnly ? 'info' : 'medium', container, context.options);
      if (judged === undefined) return;
      context.report(mount.at, 'mounts', {
        data: { name: container.name, mode: mount.readOnly ? 'read-only' : 'read-write', note: judged.note },
        severity: judged.severity,
        ...(mount.readOnly ? { preset: 'all' } : {}),
      });
    }
  },
  docs: {
    why: 'A kernel module is code in the kernel of the node, beyond namespaces, seccomp and every other boundary of a container.',
    fix: 'Load modules by the configuration of the node (`modules-load.d`), by Node Feature Discovery, or by an operator made for it, and take `SYS_MODULE` and `/lib/modules` out of the pod.',
    frameworks: { mitre: ['T1611', 'T1547.006'], pss: 'baseline' },
    equivalents: { trivy: ['KSV-0120'], kubescape: ['C-0046'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/linux-kernel-security-constraints/'],
    limits:
      'A mount of /lib/modules that is read-only and goes with nothing else is reported in the preset `all` alone: most network plugins have one.',
    examples: {
      bad: [
        {
          title: 'the capability',
          in: 'container',
          yaml: 'securityContext:\n  capabilities:\n    add:\n      - SYS_MODULE # finding: loads',
        },
        {
          title: 'a privileged container that runs modprobe',
          in: 'container',
          yaml: 'command:\n  - modprobe # finding: loads\n  - nbd\nsecurityContext:\n  privileged: true',
        },
        {
          title: 'a script and the modules of the node',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    command:\n      - sh\n      - -c\n      - insmod /modules/x.ko && app # finding: loads\n    volumeMounts:\n      - name: modules\n        mountPath: /modules\nvolumes:\n  - name: modules\n    hostPath:\n      path: /lib/modules',
        },
        {
          title: 'the modules of the node, writable',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: modules\n        mountPath: /lib/modules # finding: mounts\nvolumes:\n  - name: modules\n    hostPath:\n      path: /lib/modules',
        },
      ],
      good: [
        { title: 'privileged alone has its own rule', in: 'container', yaml: 'securityContext:\n  privileged: true' },
        { title: 'a command that is called something else', in: 'container', yaml: 'command: [modprobe-exporter]' },
      ],
    },
  },
});

const LOADERS: ReadonlySet<string> = new Set(['modprobe', 'insmod', 'rmmod', 'depmod']);

function loadsModules({ program, words }: Command): boolean {
  return LOADERS.has(program) || (program === 'kmod' && words[1]?.text === 'load');
}

function addedModuleCapability(container: ContainerView): AnyNode | undefined {
  const { securityContext } = container;
  const { raw } = securityContext;
  if (!isMap(raw) || !isMap(raw['capabilities']) || raw['capabilities']['add'] === undefined) return undefined;
  const added: AnyNode = securityContext.get('capabilities').get('add');
  return (added.items() as readonly AnyNode[]).find((item) => /^(?:CAP_)?SYS_MODULE$/i.test(item.string ?? ''));
}

interface ModulesMount {
  readonly path: string;
  readonly at: AnyNode;
  readonly readOnly: boolean;
}

function modulesMount(container: ContainerView): ModulesMount | undefined {
  for (const volume of hostPathVolumes(container.pod)) {
    const { kind, path } = classifyHostPath(volume.path.string!);
    if (kind !== 'modules') continue;
    const mount = volume.mounts.find((each) => each.container === container);
    if (mount !== undefined) return { path, at: mount.mount.get('mountPath'), readOnly: mount.readOnly };
  }
  return undefined;
}
