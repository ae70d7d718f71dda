import { defineRule } from '../../engine/rule.ts';
import { isFault, repositoryMatches, repositoryOf } from '../../k8s/image.ts';
import { imagesOf } from '../../k8s/images.ts';

interface Options {
  readonly allow: readonly string[];
}

export default defineRule({
  id: 'image-registry-not-allowed',
  title: 'Image from a registry outside the allow list',
  category: 'image',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  messages: { notAllowed: 'image "{image}" of {owner} comes from {repository}, which is not on the allow list' },
  options: {
    defaults: { allow: [] } as Options,
    schema: {
      type: 'object',
      properties: { allow: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  check(resource, context) {
    const { allow } = context.options;
    // Without a list everything is allowed.
    if (allow.length === 0) return;
    for (const use of imagesOf(resource)) {
      const { image } = use;
      if (isFault(image)) continue;
      const repository = repositoryOf(image);
      if (allow.some((pattern) => repositoryMatches(pattern, repository))) continue;
      context.report(use.node, 'notAllowed', { data: { image: use.text, owner: use.owner, repository } });
    }
  },
  docs: {
    why: 'Anybody can publish an image under a likely name in a public registry. A cluster that takes images only from registries that someone answers for is not open to that.',
    fix: 'List what is trusted in the option `allow`, as globs over `registry/repository`: `registry.example.com/**`. Matching goes by whole segments, so `ghcr.io/acme` does not admit `ghcr.io/acme-evil`. Images without a registry come from `docker.io`, those without a namespace from `docker.io/library`.',
    frameworks: { cis: ['5.5.1'], nsa: ['P3'], mitre: ['T1525', 'T1204.003'] },
    equivalents: {
      trivy: ['KSV-0125', 'KSV-0032', 'KSV-0033', 'KSV-0034', 'KSV-0035'],
      kubescape: ['C-0078', 'C-0001'],
    },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/docs/concepts/containers/images/'],
    limits: 'Silent until the option `allow` is set.',
    examples: {
      bad: [
        {
          title: 'a registry that is not on the list',
          in: 'manifests',
          options: { allow: ['ghcr.io/acme', 'registry.example.com/**'] },
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: ghcr.io/acme-evil/web:1 # finding\n    - name: log\n      image: fluentd:1 # finding',
        },
      ],
      good: [
        {
          title: 'registries of the list',
          in: 'manifests',
          options: { allow: ['ghcr.io/acme', 'registry.example.com/**', 'docker.io/library/*'] },
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: ghcr.io/acme/team/web:1\n    - name: log\n      image: fluentd:1',
        },
        { title: 'no list', in: 'container', yaml: 'image: evil.example/x:1' },
      ],
    },
  },
});
