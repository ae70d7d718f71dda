import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { appArmorAnnotations } from '../../k8s/pod-security/apparmor.ts';
import { APPARMOR_ANNOTATION_PREFIX } from '../../k8s/pod-security/checks/app-armor-profile.ts';
import { nearest } from '../../text/nearest.ts';

export default defineRule({
  id: 'apparmor-annotation-unknown-container',
  title: 'AppArmor annotation names no container',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'pod',
  messages: {
    unknown: 'AppArmor annotation refers to container "{name}", which does not exist',
    meant: 'AppArmor annotation refers to container "{name}", which does not exist; did you mean "{closest}"?',
  },
  check(pod, context) {
    const annotations = appArmorAnnotations(pod);
    if (annotations.length === 0 || pod.partial) return;
    const names = pod.containers.map(({ node }) => node.get('name').string).filter((name) => name !== undefined);
    for (const { container: name, node } of annotations) {
      if (names.includes(name) || isUnresolved(name) || names.some(isUnresolved)) continue;
      const related = pod.containers.map((container) => ({
        at: container.node.get('name'),
        message: `container "${container.name}"`,
      }));
      const closest = nearest(name, names);
      if (closest === undefined) {
        context.report(node, 'unknown', { data: { name }, related, atKey: true });
        continue;
      }
      const without = names.filter((each) => !annotations.some(({ container }) => container === each));
      context.report(node, 'meant', {
        data: { name, closest },
        related,
        atKey: true,
        ...(without.length === 1 && without[0] === closest
          ? {
              fix: {
                title: `Name container "${closest}"`,
                safety: 'safe',
                changes: [{ op: 'rename', path: node.steps, key: APPARMOR_ANNOTATION_PREFIX + closest }],
              },
            }
          : {}),
      });
    }
  },
  docs: {
    why: 'The API server refuses the pod; where its validation is passed by, the profile simply applies to nobody.',
    fix: 'Name the container behind the slash, or use `securityContext.appArmorProfile`, which stands at the container.',
    frameworks: { cis: ['5.6.3'], nsa: ['P6'], mitre: ['T1562.001'] },
    equivalents: { kubeaudit: ['AppArmorInvalidAnnotation'] },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/tutorials/security/apparmor/'],
    examples: {
      bad: [
        {
          title: 'a slip of the pen, and no such container',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/ngnix: runtime/default # finding: meant\n    container.apparmor.security.beta.kubernetes.io/old-sidecar: runtime/default # finding: unknown\ncontainers:\n  - name: nginx\n    image: registry.example.com/nginx:1.0.0',
        },
      ],
      good: [
        {
          title: 'a container, also an init container',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/nginx: runtime/default\n    container.apparmor.security.beta.kubernetes.io/setup: runtime/default\ninitContainers:\n  - name: setup\n    image: registry.example.com/setup:1.0.0\ncontainers:\n  - name: nginx\n    image: registry.example.com/nginx:1.0.0',
        },
      ],
    },
  },
});
