import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from '../control-plane/_component.ts';

export default defineRule({
  id: 'kubelet-hostname-override',
  title: 'Kubelet chooses the name of its node',
  category: 'node',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  facts: [controlPlane],
  messages: { override: 'the name of the node is chosen by --hostname-override, not by the machine' },
  check(project, context) {
    for (const view of componentsOf(project, 'kubelet')) {
      const flag = view.flag('hostname-override');
      if (flag === undefined || flag.value === '') continue;
      const { node, ...place } = flag.place;
      context.report(node, 'override', place);
    }
  },
  docs: {
    why: 'The Node authorizer goes by the name in the certificate of the kubelet. Where the name is chosen, certificate and machine no longer belong together, and one node may take the place of another.',
    fix: 'Drop the flag, unless a cloud provider asks for it.',
    frameworks: { cis: ['4.2.7'], nsa: ['N4'] },
    equivalents: { trivy: ['KCV-0086'], kubescape: ['C-0178'], checkov: ['CKV_K8S_146'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/node/'],
    examples: {
      bad: [
        {
          title: 'a chosen name',
          in: 'container',
          yaml: example('kubelet', ['--hostname-override=node-1 # finding: override']),
        },
      ],
      good: [{ title: 'the name of the machine', in: 'container', yaml: example('kubelet', ['--node-ip=10.0.0.5']) }],
    },
  },
});
