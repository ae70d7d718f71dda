import { defineRule, type FixProposal } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'service-account-deprecated-field',
  title: 'serviceAccount instead of serviceAccountName',
  category: 'service-account',
  severity: 'low',
  preset: 'strict',
  on: 'pod',
  messages: {
    deprecated: '"serviceAccount" is a deprecated alias of serviceAccountName',
    conflict: '"serviceAccount" says "{old}" and serviceAccountName says "{current}", which counts',
  },
  check(pod, context) {
    const old: AnyNode = pod.spec.get('serviceAccount');
    if (old.string === undefined || old.string === '') return;
    const current: AnyNode = pod.spec.get('serviceAccountName');
    const remove: FixProposal = {
      title: 'Remove serviceAccount',
      safety: 'safe',
      changes: [{ op: 'remove', path: old.steps }],
    };
    if (!current.present) {
      context.report(old, 'deprecated', {
        atKey: true,
        fix: {
          title: 'Call it serviceAccountName',
          safety: 'safe',
          changes: [{ op: 'rename', path: old.steps, key: 'serviceAccountName' }],
        },
      });
    } else if (current.string === old.string) context.report(old, 'deprecated', { atKey: true, fix: remove });
    else if (current.string !== undefined) {
      context.report(old, 'conflict', {
        data: { old: old.string, current: current.string },
        atKey: true,
        severity: 'medium',
        fix: remove,
      });
    }
  },
  docs: {
    why: 'Two names for one thing: a reviewer, a policy or a patch that looks at the other one sees no account, or a different one from that which runs.',
    fix: 'Write `serviceAccountName`.',
    frameworks: {},
    equivalents: { 'kube-linter': ['deprecated-service-account-field'], kubescape: ['C-0294'] },
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/'],
    examples: {
      bad: [
        { title: 'the alias', in: 'pod', yaml: 'serviceAccount: web # finding: deprecated' },
        {
          title: 'both, and different',
          in: 'pod',
          yaml: 'serviceAccount: web # finding: conflict\nserviceAccountName: api',
        },
      ],
      good: [{ title: 'the field', in: 'pod', yaml: 'serviceAccountName: web' }],
    },
  },
});
