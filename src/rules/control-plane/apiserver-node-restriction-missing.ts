import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from './_component.ts';
import { withoutPlugin, withWord } from './_plugin.ts';

export default defineRule({
  id: 'apiserver-node-restriction-missing',
  title: 'Admission plugin NodeRestriction is not enabled',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    missing: 'admission plugin NodeRestriction is not enabled: one kubelet may relabel other nodes and edit their pods',
  },
  check(project, context) {
    for (const view of withoutPlugin(project, 'NodeRestriction', context.minor)) {
      const flag = view.flag('enable-admission-plugins') ?? view.flag('admission-control');
      const { node, ...place } = flag?.place ?? { node: view.anchor };
      const changes = flag === undefined ? undefined : withWord(view, flag.name, 'NodeRestriction');
      const fix =
        changes === undefined
          ? {}
          : { fix: { title: 'Enable NodeRestriction', safety: 'hardening', changes } as const };
      context.report(node, 'missing', { ...place, ...fix });
    }
  },
  docs: {
    why: 'The Node authorizer lets a kubelet update nodes and pods; this plugin limits it to its own. Without it the credentials of one broken node are enough to take labels and taints off others and so to draw pods with their secrets to itself.',
    fix: 'Add `NodeRestriction` to `--enable-admission-plugins`.',
    frameworks: { cis: ['1.2.14'], nsa: ['N4'], mitre: ['T1078'] },
    equivalents: { trivy: ['KCV-0016'], kubescape: ['C-0127'], checkov: ['CKV_K8S_85'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction',
      'https://kubernetes.io/docs/reference/access-authn-authz/node/',
    ],
    examples: {
      bad: [
        {
          title: 'no plugin named',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=Node,RBAC'], 'missing'),
        },
        {
          title: 'others named',
          in: 'container',
          yaml: example('kube-apiserver', ['--enable-admission-plugins=AlwaysPullImages # finding: missing']),
        },
      ],
      good: [
        {
          title: 'as kubeadm writes it',
          in: 'container',
          yaml: example('kube-apiserver', ['--enable-admission-plugins=NodeRestriction']),
        },
      ],
    },
  },
});
