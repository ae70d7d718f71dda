import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-service-account-lookup',
  title: 'Tokens of deleted service accounts stay valid',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { off: 'tokens of deleted service accounts keep working: --service-account-lookup is false' },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const flag = view.flag('service-account-lookup');
      if (flag === undefined || view.boolean('service-account-lookup', true) !== false) continue;
      const { node, ...place } = flag.place;
      const changes = flag.removal();
      const fix = changes === undefined ? {} : { fix: { title: 'Drop the flag', safety: 'safe', changes } as const };
      context.report(node, 'off', { ...place, ...fix });
    }
  },
  docs: {
    why: 'The server then checks the signature of a token alone, not whether its service account still exists. Deleting an account that leaked its token changes nothing.',
    fix: 'Drop the flag: it is true by default.',
    frameworks: { cis: ['1.2.21'], nsa: ['A1'], mitre: ['T1078'] },
    equivalents: { trivy: ['KCV-0024'], kubescape: ['C-0135'], checkov: ['CKV_K8S_96'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/'],
    examples: {
      bad: [
        {
          title: 'no lookup',
          in: 'container',
          yaml: example('kube-apiserver', ['--service-account-lookup=false # finding: off']),
        },
      ],
      good: [{ title: 'the default', in: 'container', yaml: example('kube-apiserver', ['--secure-port=6443']) }],
    },
  },
});
