import { defineRule } from '../../engine/rule.ts';
import { isFault, repositoryMatches, repositoryOf } from '../../k8s/image.ts';
import { imagesOf } from '../../k8s/images.ts';

interface Options {
  readonly digestExempt: readonly string[];
}

export default defineRule({
  id: 'image-not-pinned-by-digest',
  title: 'Image not pinned by digest',
  category: 'image',
  severity: 'low',
  preset: 'strict',
  expectedOfControlPlane: true,
  on: 'resource',
  messages: { unpinned: 'image "{image}" of {owner} is not pinned by digest' },
  options: {
    defaults: { digestExempt: [] } as Options,
    schema: {
      type: 'object',
      properties: { digestExempt: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  check(resource, context) {
    const { digestExempt } = context.options;
    for (const use of imagesOf(resource)) {
      const { image } = use;
      if (isFault(image) || image.digest !== undefined) continue;
      if (digestExempt.some((pattern) => repositoryMatches(pattern, repositoryOf(image)))) continue;
      context.report(use.node, 'unpinned', { data: { image: use.text, owner: use.owner } });
    }
  },
  docs: {
    why: 'A tag can be moved, by the publisher or by whoever took over the account. A digest names one content: what was tried and scanned is what runs.',
    fix: 'Append the digest of the image that was tried: `app:1.4.2@sha256:…`. Tools such as Renovate keep it up to date. Option `digestExempt` takes globs of repositories that need none.',
    frameworks: { cis: ['5.5.1'], nsa: ['P3'], mitre: ['T1525', 'T1195.002'] },
    equivalents: { checkov: ['CKV_K8S_43'], kubescape: ['C-0306'] },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/docs/concepts/containers/images/#image-names'],
    examples: {
      onlyIn: ['containers'],
      bad: [{ title: 'only a tag', in: 'container', yaml: 'image: nginx:1.29.1 # finding' }],
      good: [
        {
          title: 'tag and digest',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: nginx:1.29.1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
        },
        {
          title: 'a repository that needs none',
          in: 'manifests',
          options: { digestExempt: ['registry.example.com/internal/**'] },
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/internal/web:1.2.3',
        },
      ],
    },
  },
});
