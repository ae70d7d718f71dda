import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'default-service-account-automount',
  title: 'ServiceAccount "default" keeps mounting its token',
  category: 'service-account',
  severity: 'low',
  preset: 'strict',
  on: 'resource',
  kinds: ['ServiceAccount'],
  messages: { automounts: 'ServiceAccount "default" mounts its token into every pod that names no account' },
  check(account, context) {
    if (account.head.name !== 'default') return;
    const automount = account.root.get('automountServiceAccountToken');
    if (automount.boolean === false || (automount.present && automount.boolean === undefined)) return;
    const at = automount.written ? automount : account.metadata.get('name');
    context.report(at, 'automounts', {
      fix: {
        title: 'Mount no token',
        safety: 'hardening',
        changes: [{ op: 'set', path: automount.steps, value: false }],
      },
    });
  },
  docs: {
    why: 'Pods that name no account run as this one, and hardly any of them calls the Kubernetes API.',
    fix: 'Set `automountServiceAccountToken: false` on it.',
    frameworks: { cis: ['5.1.5'], nsa: ['P5'], mitre: ['T1528'] },
    equivalents: { checkov: ['CKV_K8S_41'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/'],
    examples: {
      bad: [
        {
          title: 'nothing is said',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: default # finding\n  namespace: shop',
        },
      ],
      good: [
        {
          title: 'no token',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: default\nautomountServiceAccountToken: false',
        },
        {
          title: 'another account',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: web',
        },
      ],
    },
  },
});
