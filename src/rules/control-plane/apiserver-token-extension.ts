import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { durationSeconds } from '../../k8s/control-plane/values.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-token-extension',
  title: 'Service account tokens live for up to a year',
  category: 'control-plane',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    extended:
      'tokens that are mounted into pods are extended to a year: --service-account-extend-token-expiration is not false',
    longest: 'tokens may be asked for {value}: --service-account-max-token-expiration is more than a day',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const longest = view.flag('service-account-max-token-expiration');
      const seconds = durationSeconds(longest?.value);
      if (longest !== undefined && seconds !== undefined && seconds > 86_400) {
        const { node, ...place } = longest.place;
        context.report(node, 'longest', { ...place, data: { value: longest.value }, severity: 'medium' });
      }
      if ((view.minor ?? context.minor) < 22) continue;
      if (view.boolean('service-account-extend-token-expiration', true) !== true) continue;
      const flag = view.flag('service-account-extend-token-expiration');
      const { node, ...place } = flag?.place ?? { node: view.anchor };
      context.report(node, 'extended', { ...place, preset: 'strict' });
    }
  },
  docs: {
    why: 'A mounted token says that it expires in an hour, and the server accepts it for a year, so that old clients which never reload it keep working. A stolen token is then good for a year.',
    fix: 'Once the metric `serviceaccount_stale_tokens_total` stays at zero, set `--service-account-extend-token-expiration=false`.',
    frameworks: { cis: ['1.2.30'], nsa: ['A1'], mitre: ['T1528'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/'],
    examples: {
      bad: [
        {
          title: 'the default',
          in: 'container',
          yaml: example('kube-apiserver', ['--secure-port=6443'], 'extended'),
        },
        {
          title: 'tokens for a month',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--service-account-extend-token-expiration=false',
            '--service-account-max-token-expiration=720h # finding: longest',
          ]),
        },
      ],
      good: [
        {
          title: 'an hour is an hour',
          in: 'container',
          yaml: example('kube-apiserver', ['--service-account-extend-token-expiration=false']),
        },
      ],
    },
  },
});
