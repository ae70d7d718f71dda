import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';
import { withoutWord } from './_plugin.ts';

export default defineRule({
  id: 'apiserver-always-admit',
  title: 'Admission plugin AlwaysAdmit is enabled',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { enabled: 'admission plugin AlwaysAdmit is enabled: it is deprecated and admits everything' },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      for (const name of ['enable-admission-plugins', 'admission-control']) {
        const word = view.words(name).find(({ text }) => text === 'AlwaysAdmit');
        if (word === undefined) continue;
        const { node, ...place } = word.place;
        const changes = withoutWord(word);
        const fix =
          changes === undefined ? {} : { fix: { title: 'Drop AlwaysAdmit', safety: 'safe', changes } as const };
        context.report(node, 'enabled', { ...place, ...fix });
      }
    }
  },
  docs: {
    why: 'It takes part in admission and refuses nothing; with `--admission-control` it once stood for having no admission at all. Where it is enabled, someone meant to switch admission off.',
    fix: 'Take `AlwaysAdmit` out of the list.',
    frameworks: { cis: ['1.2.10'], nsa: ['N4'], mitre: ['T1562.001'] },
    equivalents: { trivy: ['KCV-0011'], kubescape: ['C-0122'], checkov: ['CKV_K8S_79'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#alwaysadmit'],
    examples: {
      bad: [
        {
          title: 'in the list',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--enable-admission-plugins=NodeRestriction,AlwaysAdmit # finding: enabled',
          ]),
        },
      ],
      good: [
        {
          title: 'not in the list',
          in: 'container',
          yaml: example('kube-apiserver', ['--enable-admission-plugins=NodeRestriction']),
        },
      ],
    },
  },
});
