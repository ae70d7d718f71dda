import { defineRule } from '../../engine/rule.ts';
import { isFault, repositoryOf } from '../../k8s/image.ts';
import { imagesOf } from '../../k8s/images.ts';

export default defineRule({
  id: 'image-unqualified-name',
  title: 'Image name without a registry',
  category: 'image',
  severity: 'low',
  preset: 'strict',
  on: 'resource',
  messages: { unqualified: 'image "{image}" of {owner} names no registry' },
  check(resource, context) {
    for (const use of imagesOf(resource)) {
      const { image } = use;
      if (isFault(image) || image.qualified) continue;
      const { node, text, owner } = use;
      const short =
        image.path.startsWith('library/') && !text.startsWith('library/') ? image.path.slice(8) : image.path;
      const value = `${repositoryOf(image)}${text.slice(short.length)}`;
      context.report(node, 'unqualified', {
        data: { image: text, owner },
        fix: { title: `Write "${value}"`, safety: 'hardening', changes: [{ op: 'set', path: node.steps, value }] },
      });
    }
  },
  docs: {
    why: 'The runtime completes a short name. containerd takes docker.io; CRI-O and Podman walk through a list of registries, so that one name may mean different images on different nodes and the first registry to offer it wins.',
    fix: 'Write the registry out: `docker.io/library/nginx:1.29.1`, or your mirror.',
    frameworks: { cis: ['5.5.1'], nsa: ['P3'], mitre: ['T1204.003'] },
    equivalents: { kubescape: ['C-0078'] },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/docs/concepts/containers/images/#image-names'],
    examples: {
      bad: [
        {
          title: 'a short name',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: nginx:1.29.1 # finding\n    - name: cache\n      image: bitnami/redis:7 # finding',
        },
      ],
      good: [{ title: 'with its registry', in: 'container', yaml: 'image: docker.io/library/nginx:1.29.1' }],
    },
  },
});
