import { defineRule } from '../../engine/rule.ts';
import { configSpecOf } from '../../k8s/control-plane/kubeadm.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'kubeadm-preflight-ignored',
  title: 'Every preflight check of kubeadm is ignored',
  category: 'control-plane',
  severity: 'low',
  preset: 'strict',
  on: 'resource',
  kinds: [
    'InitConfiguration.kubeadm.k8s.io',
    'JoinConfiguration.kubeadm.k8s.io',
    'KubeadmControlPlane.controlplane.cluster.x-k8s.io',
    'KubeadmConfig.bootstrap.cluster.x-k8s.io',
    'KubeadmConfigTemplate.bootstrap.cluster.x-k8s.io',
  ],
  messages: { all: 'every preflight check of kubeadm is ignored' },
  check(resource, context) {
    const spec = configSpecOf(resource);
    const documents: readonly AnyNode[] =
      spec === undefined ? [resource.root] : [spec.get('initConfiguration'), spec.get('joinConfiguration')];
    for (const document of documents) {
      for (const item of document.at(['nodeRegistration', 'ignorePreflightErrors']).items() as readonly AnyNode[]) {
        if (item.string?.toLowerCase() === 'all') context.report(item, 'all');
      }
    }
  },
  docs: {
    why: 'The checks find a node that runs another kubelet, a port that someone else holds, swap that is on, and manifests that are already there.',
    fix: 'Name the one check that is known to be wrong.',
    frameworks: { nsa: ['N4'] },
    references: ['https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/'],
    examples: {
      bad: [
        {
          title: 'all of them',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
nodeRegistration:
  ignorePreflightErrors: [all] # finding: all`,
        },
      ],
      good: [
        {
          title: 'one of them',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
nodeRegistration:
  ignorePreflightErrors: [NumCPU]`,
        },
      ],
    },
  },
});
