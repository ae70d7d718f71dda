import { defineRule } from '../../engine/rule.ts';
import { isFault } from '../../k8s/image.ts';

const FLOATING: ReadonlySet<string> = new Set([
  'latest',
  'stable',
  'main',
  'master',
  'dev',
  'develop',
  'edge',
  'nightly',
  'canary',
]);

export default defineRule({
  id: 'image-pull-policy-stale',
  title: 'Pull policy can run an outdated or unchecked image',
  category: 'image',
  severity: 'low',
  preset: 'strict',
  on: 'container',
  messages: {
    stale:
      'container "{name}" uses imagePullPolicy {policy} with the floating image "{image}": each node keeps whichever it pulled first',
    never:
      'container "{name}" uses imagePullPolicy Never with "{image}": it runs whatever the node happens to hold under that name',
  },
  check(container, context) {
    const given = container.value['imagePullPolicy'];
    if (given !== 'IfNotPresent' && given !== 'Never') return;
    const policy = container.node.get('imagePullPolicy');
    const { image, name } = container;
    if (image === undefined || isFault(image) || image.digest !== undefined) return;
    const text = container.node.get('image').string!;
    const floating = image.tag === undefined || FLOATING.has(image.tag);
    if (floating) {
      context.report(policy, 'stale', {
        data: { name, policy: given, image: text },
        fix: {
          title: 'Pull always',
          safety: 'hardening',
          changes: [{ op: 'set', path: policy.steps, value: 'Always' }],
        },
      });
    } else if (given === 'Never') context.report(policy, 'never', { data: { name, image: text } });
  },
  docs: {
    why: 'A floating tag that is not pulled again keeps old content on some nodes and new content on others. With Never nothing is pulled at all, so nobody ever compared the image with the registry.',
    fix: 'Pin the image by digest, which makes the policy irrelevant, or set `imagePullPolicy: Always`.',
    frameworks: { cis: ['5.5.1'], mitre: ['T1525'] },
    equivalents: { checkov: ['CKV_K8S_15'], kubescape: ['C-0075'], polaris: ['pullPolicyNotAlways'] },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy'],
    limits:
      'Only combinations that contradict themselves are reported: IfNotPresent with a version tag is the ordinary case.',
    examples: {
      bad: [
        {
          title: 'latest, kept once it is there',
          in: 'container',
          yaml: 'image: registry.example.com/app:latest\nimagePullPolicy: IfNotPresent # finding: stale',
        },
        {
          title: 'never compared with the registry',
          in: 'container',
          yaml: 'image: registry.example.com/app:1.0.0\nimagePullPolicy: Never # finding: never',
        },
      ],
      good: [
        {
          title: 'a version',
          in: 'container',
          yaml: 'image: registry.example.com/app:1.0.0\nimagePullPolicy: IfNotPresent',
        },
        { title: 'always', in: 'container', yaml: 'image: registry.example.com/app:latest\nimagePullPolicy: Always' },
        {
          title: 'a digest cannot be outdated',
          in: 'container',
          yaml: 'image: registry.example.com/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\nimagePullPolicy: Never',
        },
      ],
    },
  },
});
