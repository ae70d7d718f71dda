import { defineRule } from '../../engine/rule.ts';
import { appArmorAnnotations, appArmorField } from '../../k8s/pod-security/apparmor.ts';
import { removing } from './_hardening.ts';

export default defineRule({
  id: 'apparmor-annotation-deprecated',
  title: 'Legacy AppArmor annotation',
  category: 'pod-security',
  severity: 'low',
  preset: 'strict',
  on: 'pod',
  messages: {
    deprecated: 'the AppArmor annotation is deprecated since Kubernetes 1.30; use securityContext.appArmorProfile',
  },
  checks: [
    {
      since: '1.30',
      check(pod, context) {
        const annotations = appArmorAnnotations(pod);
        if (annotations.length === 0) return;
        for (const { container: name, value, node } of annotations) {
          const container = pod.containers.find((each) => each.node.get('name').string === name);
          const field = value === undefined ? undefined : appArmorField(value);
          // What is malformed, names nobody or contradicts a field is told by other rules.
          if (container === undefined || field === undefined) continue;
          if (container.effective('appArmorProfile').present) continue;
          context.report(node, 'deprecated', {
            atKey: true,
            fix: {
              title: 'Write the field and delete the annotation',
              safety: 'safe',
              changes: [
                { op: 'set', path: [...container.securityContext.steps, 'appArmorProfile'], value: { ...field } },
                ...removing(node),
              ],
            },
          });
        }
      },
    },
  ],
  docs: {
    why: 'The annotation is read for the sake of old manifests and will go. A field is checked by the API server as it is written.',
    fix: "Move the profile to the container's `securityContext.appArmorProfile`.",
    frameworks: { cis: ['5.6.3'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/tutorials/security/apparmor/'],
    examples: {
      bad: [
        {
          title: 'an annotation in force',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/app: runtime/default # finding',
        },
      ],
      good: [
        {
          title: 'the field',
          in: 'container',
          yaml: 'securityContext:\n  appArmorProfile:\n    type: RuntimeDefault',
        },
        {
          title: 'a cluster that does not know the field',
          in: 'pod',
          since: '1.29',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/app: runtime/default',
        },
      ],
    },
  },
});
