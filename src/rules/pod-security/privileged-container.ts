import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'privileged-container',
  title: 'Privileged container',
  category: 'pod-security',
  severity: 'critical',
  preset: 'recommended',
  on: 'container',
  messages: { privileged: 'container "{name}" runs privileged' },
  check(container, context) {
    const privileged = container.securityContext.get('privileged');
    if (privileged.boolean !== true) return;
    context.report(privileged, 'privileged', {
      data: { name: container.name },
      fix: {
        title: 'Remove privileged',
        safety: 'hardening',
        changes: [{ op: 'remove', path: privileged.steps }],
      },
    });
  },
  docs: {
    why: 'A privileged container holds every capability, sees every device of the node and is confined by neither seccomp nor AppArmor: whoever runs code in it owns the node.',
    fix: 'Remove `privileged: true` and add the one capability or device that the program needs.',
    frameworks: { cis: ['5.2.2'], nsa: ['P1'], mitre: ['T1611'], pss: 'baseline' },
    equivalents: { checkov: ['CKV_K8S_16'], trivy: ['KSV-0017'], 'kube-linter': ['privileged-container'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/'],
    examples: {
      bad: [{ title: 'privileged is true', in: 'container', yaml: 'securityContext:\n  privileged: true # finding' }],
      good: [
        { title: 'privileged is false', in: 'container', yaml: 'securityContext:\n  privileged: false' },
        { title: 'nothing is said', in: 'container', yaml: 'image: nginx:1.29.1' },
      ],
    },
  },
});
