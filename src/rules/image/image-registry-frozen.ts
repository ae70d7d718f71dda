import { defineRule } from '../../engine/rule.ts';
import { type ImageReference, isFault, repositoryMatches, repositoryOf } from '../../k8s/image.ts';
import { imagesOf } from '../../k8s/images.ts';

interface Options {
  /** Repositories as globs, each with what to use instead. */
  readonly frozen: Readonly<Record<string, string>>;
}

export default defineRule({
  id: 'image-registry-frozen',
  title: 'Image from a registry that is no longer served',
  category: 'image',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  messages: { frozen: 'image "{image}" of {owner}: {source} receives no updates, use {replacement}' },
  options: {
    defaults: { frozen: {} } as Options,
    schema: {
      type: 'object',
      properties: { frozen: { type: 'object', additionalProperties: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  check(resource, context) {
    for (const use of imagesOf(resource)) {
      const { image } = use;
      if (isFault(image)) continue;
      const known = frozenSource(image, context.options.frozen);
      if (known === undefined) continue;
      const { node, text, owner } = use;
      const data = { image: text, owner, source: known.source, replacement: known.replacement };
      if (image.domain !== 'k8s.gcr.io') context.report(node, 'frozen', { data });
      else {
        // The new registry took over every path and tag of the old one.
        const value = text.replace('k8s.gcr.io/', 'registry.k8s.io/');
        context.report(node, 'frozen', {
          data,
          fix: { title: `Write "${value}"`, safety: 'safe', changes: [{ op: 'set', path: node.steps, value }] },
        });
      }
    }
  },
  docs: {
    why: 'k8s.gcr.io was frozen in April 2023 and other early registries before it. What is pulled from there has known holes, and on the day such a registry is switched off no new pod starts.',
    fix: 'Take the image from the registry that replaced it: `registry.k8s.io` serves every path and tag of `k8s.gcr.io`. Option `frozen` adds registries of your own, each with its replacement.',
    frameworks: { cis: ['5.5.1'], nsa: ['P3'], mitre: ['T1195.002'] },
    equivalents: { kubescape: ['C-0253'] },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/blog/2023/03/10/image-registry-redirect/'],
    examples: {
      bad: [
        { title: 'the frozen registry of Kubernetes', in: 'container', yaml: 'image: k8s.gcr.io/pause:3.9 # finding' },
        { title: 'its predecessor', in: 'container', yaml: 'image: gcr.io/google_containers/pause:3.1 # finding' },
        {
          title: 'a registry named in the option',
          in: 'manifests',
          options: { frozen: { 'old.example.com': 'registry.example.com' } },
          yaml: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: old.example.com/web:1 # finding',
        },
      ],
      good: [{ title: 'the current registry', in: 'container', yaml: 'image: registry.k8s.io/pause:3.9' }],
    },
  },
});

const FROZEN: readonly (readonly [pattern: string, replacement: string])[] = [
  ['k8s.gcr.io', 'registry.k8s.io'],
  ['gcr.io/google_containers', 'registry.k8s.io'],
  ['gcr.io/google-containers', 'registry.k8s.io'],
  ['quay.io/coreos/flannel', 'ghcr.io/flannel-io/flannel'],
  ['quay.io/coreos/etcd', 'registry.k8s.io/etcd'],
  ['docker.pkg.github.com', 'ghcr.io'],
];

const FROZEN_DOMAINS: ReadonlySet<string> = new Set(FROZEN.map(([source]) => source.split('/')[0]!));

function frozenSource(
  image: ImageReference,
  configured: Readonly<Record<string, string>>,
): { readonly source: string; readonly replacement: string } | undefined {
  const known = Object.keys(configured);
  // Nearly every image leaves here.
  if (known.length === 0 && !FROZEN_DOMAINS.has(image.domain)) return undefined;
  const repository = repositoryOf(image);
  for (const [source, replacement] of FROZEN) {
    if (repositoryMatches(source, repository)) return { source, replacement };
  }
  for (const source of known) {
    if (repositoryMatches(source, repository)) return { source, replacement: configured[source]! };
  }
  return undefined;
}
