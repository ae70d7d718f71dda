import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'secret-env-from-whole',
  title: 'Whole Secret imported into the environment',
  category: 'secret',
  severity: 'low',
  preset: 'strict',
  on: 'container',
  messages: { whole: 'container "{name}" imports every key of Secret "{secret}" as environment variables' },
  check(container, context) {
    if (container.value['envFrom'] === undefined) return;
    const sources = container.node.get('envFrom');
    for (const source of sources.items() as readonly AnyNode[]) {
      const reference: AnyNode = source.get('secretRef');
      if (!reference.present) continue;
      context.report(reference, 'whole', {
        data: { name: container.name, secret: reference.get('name').string ?? '' },
        atKey: true,
      });
    }
  },
  docs: {
    why: 'Every key that is ever added to the Secret appears in the process, needed or not, and may replace a variable that something else relies on, such as `PATH` or `LD_PRELOAD`.',
    fix: 'Name the keys that are needed, or mount them as files.',
    frameworks: { cis: ['5.4.1'], mitre: ['T1552.007'] },
    equivalents: { kubescape: ['C-0207'], checkov: ['CKV_K8S_35'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/configuration/secret/'],
    examples: {
      bad: [{ title: 'a whole Secret', in: 'container', yaml: 'envFrom:\n  - secretRef: # finding\n      name: db' }],
      good: [{ title: 'a ConfigMap', in: 'container', yaml: 'envFrom:\n  - configMapRef:\n      name: web' }],
    },
  },
});
