import { defineRule } from '../../engine/rule.ts';
import { hostPathVolumes } from '../../k8s/host-path.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';
import type { PodView } from '../../k8s/pod.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'control-plane-toleration',
  title: 'Pod may be placed on control-plane nodes',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  on: 'pod',
  messages: {
    tolerates: 'the pod may be placed on control-plane nodes: it tolerates {taint}{note}',
    demands: 'the pod asks to be placed on control-plane nodes: {what}{note}',
  },
  options: NODE_AGENT_OPTIONS,
  check(pod, context) {
    const tolerations = pod.spec.get('tolerations');
    if (tolerations.present) {
      for (const toleration of tolerations.items() as readonly AnyNode[]) {
        const key = toleration.get('key').string ?? '';
        const everything = key === '' && toleration.get('operator').string === 'Exists';
        if (!everything && !CONTROL_PLANE.has(key)) continue;
        const effect = toleration.get('effect').string;
        // Eviction and preference do not keep pods off these nodes in the first place.
        if (effect === 'NoExecute' || effect === 'PreferNoSchedule') continue;
        const judged = judgeNodeAgent(isPowerful(pod) ? 'medium' : 'low', pod, context.options);
        if (judged === undefined) return;
        context.report(toleration, 'tolerates', {
          data: { taint: everything ? 'every taint' : key, note: judged.note },
          severity: judged.severity,
        });
      }
    }
    const selector = pod.spec.get('nodeSelector') as AnyNode;
    if (!selector.present) return;
    for (const [key, value] of selector.entries()) {
      if (!CONTROL_PLANE.has(key)) continue;
      const judged = judgeNodeAgent('medium', pod, context.options);
      if (judged === undefined) return;
      context.report(value, 'demands', {
        data: { what: `nodeSelector ${key}`, note: judged.note },
        severity: judged.severity,
        atKey: true,
      });
    }
  },
  docs: {
    why: 'On such a node run the API server and etcd, with their keys on its disk. A pod that escapes there holds the cluster.',
    fix: 'Tolerate the taints that are meant, by key. Only agents that every node needs have reason to tolerate all.',
    frameworks: { mitre: ['T1610', 'T1611'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/'],
    examples: {
      bad: [
        { title: 'every taint', in: 'pod', yaml: 'tolerations:\n  - operator: Exists # finding: tolerates' },
        {
          title: 'the taint of control-plane nodes',
          in: 'pod',
          yaml: 'tolerations:\n  - key: node-role.kubernetes.io/control-plane # finding: tolerates\n    effect: NoSchedule',
        },
        {
          title: 'there and nowhere else',
          in: 'pod',
          yaml: 'nodeSelector:\n  node-role.kubernetes.io/control-plane: "" # finding: demands',
        },
      ],
      good: [
        {
          title: 'another taint',
          in: 'pod',
          yaml: 'tolerations:\n  - key: gpu\n    operator: Exists\n    effect: NoSchedule',
        },
        { title: 'only eviction', in: 'pod', yaml: 'tolerations:\n  - operator: Exists\n    effect: NoExecute' },
      ],
    },
  },
});

const CONTROL_PLANE: ReadonlySet<string> = new Set([
  'node-role.kubernetes.io/control-plane',
  'node-role.kubernetes.io/master',
]);

function isPowerful(pod: PodView): boolean {
  const { spec } = pod;
  return (
    spec.get('hostNetwork').boolean === true ||
    spec.get('hostPID').boolean === true ||
    pod.containers.some(({ privileged }) => privileged) ||
    hostPathVolumes(pod).length > 0
  );
}
