import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { appArmorAnnotations, isAppArmorAnnotation } from '../../k8s/pod-security/apparmor.ts';

export default defineRule({
  id: 'apparmor-annotation-invalid-value',
  title: 'Malformed AppArmor annotation',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  on: 'pod',
  messages: {
    malformed: '"{value}" is no AppArmor annotation value; a profile of the node is written "localhost/{value}"',
    default: '"{value}" is no AppArmor annotation value; the profile of the runtime is written "runtime/default"',
    nameless: '"localhost/" names no AppArmor profile',
  },
  check(pod, context) {
    for (const { value, node } of appArmorAnnotations(pod)) {
      if (value === undefined || isUnresolved(value)) continue;
      if (value === 'localhost/') {
        context.report(node, 'nameless');
        continue;
      }
      if (isAppArmorAnnotation(value)) continue;
      if (/^runtime[-_]?default$/i.test(value)) {
        context.report(node, 'default', {
          data: { value },
          fix: {
            title: 'Write runtime/default',
            safety: 'safe',
            changes: [{ op: 'set', path: node.steps, value: 'runtime/default' }],
          },
        });
        continue;
      }
      context.report(node, 'malformed', { data: { value } });
    }
  },
  docs: {
    why: 'The API server refuses a pod with a value that is neither `runtime/default`, `unconfined` nor `localhost/<profile>`.',
    fix: 'Write `localhost/<profile>`, or use the field `securityContext.appArmorProfile`.',
    frameworks: { cis: ['5.6.3'], nsa: ['P6'], pss: 'baseline' },
    equivalents: { kubeaudit: ['AppArmorBadValue'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/tutorials/security/apparmor/'],
    examples: {
      bad: [
        {
          title: 'a bare name, the word of the field, and no name',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/app: my-profile # finding: malformed\n    container.apparmor.security.beta.kubernetes.io/b: RuntimeDefault # finding: default\n    container.apparmor.security.beta.kubernetes.io/c: localhost/ # finding: nameless',
        },
      ],
      good: [
        {
          title: 'values of the annotation',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/app: localhost/my-profile\n    container.apparmor.security.beta.kubernetes.io/b: runtime/default\n    container.apparmor.security.beta.kubernetes.io/c: unconfined',
        },
      ],
    },
  },
});
