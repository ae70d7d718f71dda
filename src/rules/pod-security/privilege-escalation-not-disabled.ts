import { defineRule } from '../../engine/rule.ts';
import { addsCapability, forLinux, inUserNamespace, isOpaque } from './_hardening.ts';

export default defineRule({
  id: 'privilege-escalation-not-disabled',
  title: 'allowPrivilegeEscalation left at its default, which is true',
  category: 'pod-security',
  severity: 'medium',
  preset: 'strict',
  expectedOfControlPlane: true,
  on: 'container',
  messages: {
    unset: 'container "{name}" does not set securityContext.allowPrivilegeEscalation, and the default is true',
  },
  check(container, context) {
    const { securityContext, pod } = container;
    const allowed = securityContext.get('allowPrivilegeEscalation');
    if (allowed.present || isOpaque(securityContext) || container.privileged || !forLinux(pod)) return;
    const severity = inUserNamespace(pod, context.minor) ? 'low' : 'medium';
    const data = { name: container.name };
    if (addsCapability(container, 'SYS_ADMIN')) {
      context.report(allowed, 'unset', { data, severity });
      return;
    }
    context.report(allowed, 'unset', {
      data,
      severity,
      fix: {
        title: 'Set allowPrivilegeEscalation to false',
        safety: 'hardening',
        changes: [{ op: 'set', path: allowed.steps, value: false }],
      },
    });
  },
  docs: {
    why: 'Unless a container says otherwise, setuid programs and file capabilities of its image may raise a process above the user it was started as.',
    fix: 'Set `allowPrivilegeEscalation: false` in the `securityContext` of the container.',
    frameworks: { cis: ['5.2.6'], nsa: ['P4'], mitre: ['T1068', 'T1611'], pss: 'restricted' },
    equivalents: {
      trivy: ['KSV-0001'],
      checkov: ['CKV_K8S_20'],
      kubescape: ['C-0016'],
      polaris: ['privilegeEscalationAllowed'],
      kubeaudit: ['AllowPrivilegeEscalationNil'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/security-context/'],
    examples: {
      bad: [
        {
          title: 'with and without a securityContext',
          in: 'pod',
          yaml: 'containers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext: # finding\n      runAsNonRoot: true\n  - name: bare # finding\n    image: registry.example.com/bare:1.0.0',
        },
      ],
      good: [
        {
          title: 'false',
          in: 'pod',
          yaml: 'containers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext:\n      allowPrivilegeEscalation: false',
        },
        {
          title: 'Windows containers may not set it',
          in: 'pod',
          yaml: 'os:\n  name: windows',
        },
        {
          title: 'a template that is not rendered yet',
          in: 'pod',
          yaml: 'containers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext:\n      allowPrivilegeEscalation: "{{ .Values.escalation }}"',
        },
      ],
    },
  },
});
