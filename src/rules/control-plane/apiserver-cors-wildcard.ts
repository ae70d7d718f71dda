import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-cors-wildcard',
  title: 'Browsers of any site may call the API server',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { wildcard: '--cors-allowed-origins "{value}" matches any origin' },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      for (const { text, place, flag } of view.words('cors-allowed-origins')) {
        if (!flag.known && !/[\^$]/.test(text)) continue;
        // An expression without an anchor matches anywhere in the origin, and a bare dot matches every character.
        if (!/^[/]*\.?[*+]/.test(text) && (/[$^]/.test(text) || text.includes('\\.'))) continue;
        const { node, ...part } = place;
        context.report(node, 'wildcard', { ...part, data: { value: text } });
      }
    }
  },
  docs: {
    why: 'The value is a regular expression. A site that it matches may read answers of the API server through the browser of an administrator who visits it, with whatever credentials the browser has.',
    fix: 'Drop the flag, or anchor the expression: `//console\\.example\\.com(:|$)`.',
    frameworks: { nsa: ['N4'], mitre: ['T1190'] },
    references: ['https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/'],
    examples: {
      bad: [
        {
          title: 'any origin',
          in: 'container',
          yaml: example('kube-apiserver', ['--cors-allowed-origins=.* # finding: wildcard']),
        },
      ],
      good: [
        {
          title: 'one site',
          in: 'container',
          yaml: example('kube-apiserver', ["'--cors-allowed-origins=//console\\.example\\.com(:|$)'"]),
        },
      ],
    },
  },
});
