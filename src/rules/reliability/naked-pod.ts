import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'naked-pod',
  title: 'Pod without a controller',
  category: 'reliability',
  severity: 'low',
  preset: 'all',
  on: 'resource',
  kinds: ['Pod'],
  messages: { naked: 'Pod "{name}" has no controller: nobody starts it again when its node goes' },
  check(resource, context) {
    const { head, root, metadata } = resource;
    if (metadata.get('ownerReferences').present || root.at(['spec', 'restartPolicy']).string === 'Never') return;
    const hooks = [
      'helm.sh/hook',
      'kubernetes.io/config.source',
      'kubernetes.io/config.mirror',
      'argocd.argoproj.io/hook',
    ];
    if (hooks.some((key) => key in head.annotations)) return;
    // Static pods of the control plane are written as pods.
    if (head.labels['tier'] === 'control-plane') return;
    context.report(root.get('kind'), 'naked', { data: { name: head.name } });
  },
  docs: {
    why: 'A pod by itself is bound to its node. When that is drained or dies, the pod is gone.',
    fix: 'Write a Deployment, a StatefulSet or a Job.',
    frameworks: {},
    equivalents: { kubescape: ['C-0073'], polaris: ['nakedPod'] },
    references: ['https://kubernetes.io/docs/concepts/workloads/pods/#using-pods'],
    examples: {
      bad: [
        {
          title: 'a Pod',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Pod # finding\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0',
        },
      ],
      good: [
        {
          title: 'a Pod that is meant to end',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\nspec:\n  restartPolicy: Never\n  containers:\n    - name: test\n      image: registry.example.com/test:1.0.0',
        },
      ],
    },
  },
});
