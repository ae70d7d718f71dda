import { defineRule } from '../../engine/rule.ts';
import { addsCapability, forLinux } from './_hardening.ts';

export default defineRule({
  id: 'privilege-escalation-allowed',
  title: 'allowPrivilegeEscalation: true written out',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'container',
  messages: { allowed: 'container "{name}" allows its processes to gain privileges above those of their parent' },
  check(container, context) {
    const allowed = container.securityContext.get('allowPrivilegeEscalation');
    if (allowed.boolean !== true || container.privileged || !forLinux(container.pod)) return;
    const data = { name: container.name };
    // With SYS_ADMIN processes may always gain privileges, whatever the field says.
    if (addsCapability(container, 'SYS_ADMIN')) {
      context.report(allowed, 'allowed', { data });
      return;
    }
    context.report(allowed, 'allowed', {
      data,
      fix: {
        title: 'Set allowPrivilegeEscalation to false',
        safety: 'hardening',
        changes: [{ op: 'set', path: allowed.steps, value: false }],
      },
    });
  },
  docs: {
    why: 'With `allowPrivilegeEscalation: true` a setuid program or a file capability raises a process above the user the container was started as, so a bug in any such program of the image makes an attacker root.',
    fix: 'Set `allowPrivilegeEscalation: false`. Only programs that rely on setuid, such as `sudo` or `ping` of old images, notice.',
    frameworks: { cis: ['5.2.6'], nsa: ['P4'], mitre: ['T1068', 'T1611'], pss: 'restricted' },
    equivalents: {
      'kube-linter': ['privilege-escalation-container'],
      trivy: ['KSV-0001'],
      checkov: ['CKV_K8S_20'],
      kubescape: ['C-0016'],
      polaris: ['privilegeEscalationAllowed'],
      kubeaudit: ['AllowPrivilegeEscalationTrue'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/security-context/'],
    examples: {
      bad: [{ title: 'true', in: 'container', yaml: 'securityContext:\n  allowPrivilegeEscalation: true # finding' }],
      good: [
        { title: 'false', in: 'container', yaml: 'securityContext:\n  allowPrivilegeEscalation: false' },
        {
          title: 'a privileged container is reported as such',
          in: 'container',
          yaml: 'securityContext:\n  allowPrivilegeEscalation: true\n  privileged: true',
        },
        { title: 'not set: another rule', in: 'container', yaml: 'securityContext: {}' },
      ],
    },
  },
});
