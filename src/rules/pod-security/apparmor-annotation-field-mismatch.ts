import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { appArmorAnnotations, isAppArmorAnnotation } from '../../k8s/pod-security/apparmor.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { removing } from './_hardening.ts';

export default defineRule({
  id: 'apparmor-annotation-field-mismatch',
  title: 'AppArmor annotation and field disagree',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'pod',
  supersedes: ['apparmor-unconfined'],
  messages: {
    refused:
      'container "{name}": the annotation says "{annotation}", appArmorProfile says "{field}"; the API server refuses the pod',
    overrides:
      'container "{name}": annotation "{annotation}" overrides the appArmorProfile of the pod, which says "{field}"',
  },
  checks: [
    {
      // The field exists from 1.30 on.
      since: '1.30',
      check(pod, context) {
        const annotations = appArmorAnnotations(pod);
        if (annotations.length === 0 || pod.isWindows) return;
        for (const container of pod.containers) {
          const annotation = annotations.find((each) => each.container === container.node.get('name').string);
          const value = annotation?.value;
          if (value === undefined || !isAppArmorAnnotation(value) || isUnresolved(value)) continue;
          const own: AnyNode = container.securityContext.get('appArmorProfile');
          const profile: AnyNode = container.effective('appArmorProfile');
          const field = describeField(profile);
          if (field === undefined || field === value || isUnresolved(field)) continue;
          // What an annotation says is copied into the empty field of its container, before the two are compared.
          const copied = !own.present && value !== '' && value !== 'localhost/';
          const { node } = annotation!;
          context.report(node, copied ? 'overrides' : 'refused', {
            data: { name: container.name, annotation: value, field },
            related: [{ at: profile, message: `appArmorProfile says "${field}"` }],
            // An empty annotation asks for nothing.
            ...(value === ''
              ? { fix: { title: 'Delete the annotation', safety: 'safe', changes: removing(node) } }
              : {}),
          });
        }
      },
    },
  ],
  docs: {
    why: 'From 1.30 on the API server refuses a pod whose annotation and field name different profiles for a container; a template with such a pair is accepted, and its pods are not. Where only the pod has a field, the annotation wins without a word.',
    fix: 'Keep the field and delete the annotation.',
    frameworks: { cis: ['5.6.3'], nsa: ['P6'], mitre: ['T1562.001'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/tutorials/security/apparmor/'],
    examples: {
      bad: [
        {
          title: 'the field of the container',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/app: unconfined # finding: refused\ncontainers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    securityContext:\n      appArmorProfile:\n        type: RuntimeDefault',
        },
        {
          title: 'the field of the pod loses',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/app: localhost/one # finding: overrides\nsecurityContext:\n  appArmorProfile:\n    type: Localhost\n    localhostProfile: two',
        },
      ],
      good: [
        {
          title: 'both say the same',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/app: localhost/one\nsecurityContext:\n  appArmorProfile:\n    type: Localhost\n    localhostProfile: one',
        },
        {
          title: 'the field alone',
          in: 'pod',
          yaml: 'securityContext:\n  appArmorProfile:\n    type: RuntimeDefault',
        },
      ],
    },
  },
});

/** The field in the words of the annotation; undefined where there is none that admission compares. */
function describeField(profile: AnyNode): string | undefined {
  switch (profile.get('type').string) {
    case 'RuntimeDefault':
      return 'runtime/default';
    case 'Unconfined':
      return 'unconfined';
    case 'Localhost':
      return `localhost/${profile.get('localhostProfile').string ?? ''}`;
    default:
      return undefined;
  }
}
