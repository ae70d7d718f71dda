import { defineRule } from '../../engine/rule.ts';
import { APPARMOR_ANNOTATION_PREFIX } from '../../k8s/pod-security/checks/app-armor-profile.ts';
import {
  SECCOMP_CONTAINER_ANNOTATION_PREFIX,
  SECCOMP_POD_ANNOTATION,
} from '../../k8s/pod-security/checks/seccomp-profile-baseline.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';
import { removing } from './_hardening.ts';

export default defineRule({
  id: 'security-annotation-misplaced',
  title: 'AppArmor or seccomp annotation on the controller, not on its pods',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  messages: {
    misplaced: 'annotation {key} of the {kind} is not passed to its pods: it belongs in the pod template',
  },
  check(resource, context) {
    if (resource.groupKind === 'Pod' || resource.pods.length === 0) return;
    const holders: AnyNode[] = [resource.metadata];
    if (resource.groupKind === 'CronJob.batch') holders.push(resource.root.at(['spec', 'jobTemplate', 'metadata']));
    const [pod] = resource.pods;
    for (const holder of holders) {
      const annotations: AnyNode = holder.get('annotations');
      const { raw } = annotations;
      if (!isMap(raw)) continue;
      for (const key of Object.keys(raw)) {
        const appArmor = key.startsWith(APPARMOR_ANNOTATION_PREFIX);
        if (!appArmor && key !== SECCOMP_POD_ANNOTATION && !key.startsWith(SECCOMP_CONTAINER_ANNOTATION_PREFIX))
          continue;
        const node: AnyNode = annotations.get(key);
        const name = appArmor ? key.slice(APPARMOR_ANNOTATION_PREFIX.length) : '';
        const concerned = resource.pods.length === 1 && pod!.containers.some((container) => container.name === name);
        const target = pod!.metadata.get('annotations').get(key);
        context.report(node, 'misplaced', {
          data: { key, kind: resource.head.kind },
          atKey: true,
          ...(concerned && node.string !== undefined && !target.present
            ? {
                fix: {
                  title: 'Move the annotation into the pod template',
                  safety: 'hardening',
                  changes: [{ op: 'set', path: target.steps, value: node.string }, ...removing(node)],
                },
              }
            : {}),
        });
      }
    }
  },
  docs: {
    why: 'A controller makes its pods from the template alone. A profile that is named on the controller applies to nobody, while its author believes it does.',
    fix: 'Set `securityContext.appArmorProfile` or `seccompProfile` in the template, or move the annotation to `template.metadata`.',
    frameworks: { cis: ['5.6.2', '5.6.3'], nsa: ['P6'], mitre: ['T1562.001'] },
    cks: 'System Hardening',
    references: [
      'https://kubernetes.io/docs/tutorials/security/apparmor/',
      'https://kubernetes.io/docs/tutorials/security/seccomp/',
    ],
    examples: {
      bad: [
        {
          title: 'on the Deployment',
          in: 'manifests',
          yaml: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/web: localhost/web # finding\nspec:\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.0\n',
        },
        {
          title: 'on the jobs of a CronJob',
          in: 'manifests',
          yaml: 'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: report\nspec:\n  schedule: "0 3 * * *"\n  jobTemplate:\n    metadata:\n      annotations:\n        seccomp.security.alpha.kubernetes.io/pod: runtime/default # finding\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          containers:\n            - name: report\n              image: registry.example.com/report:1.0.0\n',
        },
      ],
      good: [
        {
          title: 'in the pod template',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    container.apparmor.security.beta.kubernetes.io/app: localhost/app',
        },
      ],
    },
  },
});
