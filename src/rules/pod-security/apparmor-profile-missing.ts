import { defineRule } from '../../engine/rule.ts';
import { appArmorAnnotations, appArmorOf } from '../../k8s/pod-security/apparmor.ts';
import { forLinux, isOpaque, nameContainers } from './_hardening.ts';

export default defineRule({
  id: 'apparmor-profile-missing',
  title: 'No explicit AppArmor profile',
  category: 'pod-security',
  severity: 'info',
  preset: 'all',
  expectedOfControlPlane: true,
  on: 'pod',
  messages: { missing: 'no AppArmor profile is set for {containers}' },
  checks: [
    {
      since: '1.30',
      check(pod, context) {
        if (pod.partial || isOpaque(pod.securityContext)) return;
        const annotations = appArmorAnnotations(pod);
        const lacking = pod.containers.filter(
          (container) =>
            !container.privileged &&
            !isOpaque(container.securityContext) &&
            appArmorOf(container, annotations, context.minor) === undefined,
        );
        if (lacking.length === 0 || !forLinux(pod)) return;
        const profile = pod.securityContext.get('appArmorProfile');
        context.report(profile, 'missing', {
          data: { containers: nameContainers(lacking) },
          fix: {
            title: 'Use the profile of the runtime',
            safety: 'hardening',
            changes: [{ op: 'set', path: [...profile.steps, 'type'], value: 'RuntimeDefault' }],
          },
        });
      },
    },
  ],
  docs: {
    why: 'On nodes with AppArmor the runtime applies its profile by itself. Written out, the demand is seen, and a node without AppArmor refuses the pod.',
    fix: 'Set `securityContext.appArmorProfile: {type: RuntimeDefault}` for the pod.',
    frameworks: { cis: ['5.6.3'], nsa: ['P6'] },
    equivalents: { trivy: ['KSV-0002'], kubescape: ['C-0055'], kubeaudit: ['AppArmorAnnotationMissing'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/tutorials/security/apparmor/'],
    examples: {
      bad: [{ title: 'nothing is said', in: 'pod', yaml: 'securityContext: # finding\n  runAsNonRoot: true' }],
      good: [
        {
          title: 'the pod sets it',
          in: 'pod',
          yaml: 'securityContext:\n  appArmorProfile:\n    type: RuntimeDefault',
        },
        {
          title: 'the annotation sets it',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/app: runtime/default',
        },
      ],
    },
  },
});
