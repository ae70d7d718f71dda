import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { durationSeconds } from '../../k8s/control-plane/values.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'controller-manager-signing',
  title: 'Controllers sign for long or keep expired tokens',
  category: 'control-plane',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  facts: [controlPlane],
  messages: {
    long: 'certificates that are signed live longer than a year: --{flag}={value}',
    tokens: 'expired bootstrap tokens are not removed: controller tokencleaner is off',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-controller-manager')) {
      const flag = view.flag('cluster-signing-duration') ?? view.flag('experimental-cluster-signing-duration');
      const seconds = durationSeconds(flag?.value);
      if (flag !== undefined && seconds !== undefined && seconds > YEAR) {
        const { node, ...place } = flag.place;
        context.report(node, 'long', { ...place, data: { flag: flag.name, value: flag.value } });
      }
      const words = view.words('controllers');
      const off = words.find(({ text }) => /^-(?:tokencleaner|token-cleaner(?:-controller)?)$/.test(text));
      if (off === undefined) continue;
      const { node, ...place } = off.place;
      context.report(node, 'tokens', { ...place, severity: 'medium' });
    }
  },
  docs: {
    why: 'A client certificate cannot be revoked: it is good until it expires. A bootstrap token lets a machine join the cluster, and one that is past its day is only gone when the controller removes it.',
    fix: 'Drop `--cluster-signing-duration` (a year), and leave `tokencleaner` on.',
    frameworks: { cis: ['3.1.1'], nsa: ['A1'], mitre: ['T1078'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/'],
    examples: {
      bad: [
        {
          title: 'ten years',
          in: 'container',
          yaml: example('kube-controller-manager', ['--cluster-signing-duration=87600h # finding: long']),
        },
        {
          title: 'tokens for ever',
          in: 'container',
          yaml: example('kube-controller-manager', ["'--controllers=*,-tokencleaner' # finding: tokens"]),
        },
      ],
      good: [
        {
          title: 'as kubeadm writes it',
          in: 'container',
          yaml: example('kube-controller-manager', ["'--controllers=*,bootstrapsigner,tokencleaner'"]),
        },
      ],
    },
  },
});

const YEAR = 8760 * 3600;
