import { defineRule } from '../../engine/rule.ts';
import { isFault } from '../../k8s/image.ts';
import { imagesOf } from '../../k8s/images.ts';

interface Options {
  readonly floatingTags: readonly string[];
}

export default defineRule({
  id: 'image-tag-mutable',
  title: 'Image tag is latest, missing or floating',
  category: 'image',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  supersedes: ['image-not-pinned-by-digest'],
  messages: {
    untagged:
      'image "{image}" of {owner} has no tag, which means latest: its content can change without a change of the manifest',
    floating:
      'image "{image}" of {owner} uses the floating tag "{tag}": its content can change without a change of the manifest',
    majorOnly: 'image "{image}" of {owner} follows every release of major version {tag}',
  },
  options: {
    defaults: {
      floatingTags: [
        'latest',
        'stable',
        'main',
        'master',
        'dev',
        'develop',
        'edge',
        'nightly',
        'head',
        'canary',
        'release',
        'current',
        'test',
        'staging',
        'prod',
      ],
    } as Options,
    schema: {
      type: 'object',
      properties: { floatingTags: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  check(resource, context) {
    for (const use of imagesOf(resource)) {
      const { image } = use;
      if (isFault(image) || image.digest !== undefined) continue;
      const { tag } = image;
      if (tag !== undefined && !(isMajorOnly(tag) || context.options.floatingTags.includes(tag.toLowerCase())))
        continue;
      const { node, text, owner } = use;
      if (tag === undefined) context.report(node, 'untagged', { data: { image: text, owner } });
      else if (context.options.floatingTags.includes(tag.toLowerCase())) {
        context.report(node, 'floating', { data: { image: text, owner, tag } });
      } else {
        context.report(node, 'majorOnly', { data: { image: text, owner, tag }, severity: 'low', preset: 'strict' });
      }
    }
  },
  docs: {
    why: 'Such a tag is moved to new content all the time. Two nodes may run different programs under one name, a rollback brings nothing back, and whoever can push to the registry changes what the cluster runs without anyone reading a diff.',
    fix: 'Name a version, best together with the digest it had when it was tried: `app:1.4.2@sha256:…`. With a digest the tag is only a remark.',
    frameworks: { cis: ['5.5.1'], nsa: ['P3'], mitre: ['T1525', 'T1204.003', 'T1195.002'] },
    equivalents: {
      'kube-linter': ['latest-tag'],
      trivy: ['KSV-0013'],
      checkov: ['CKV_K8S_14'],
      polaris: ['tagNotSpecified'],
      kubeaudit: ['ImageTagMissing'],
    },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/docs/concepts/containers/images/#image-names'],
    limits:
      'Whether a version tag was ever moved cannot be seen in a manifest; `image-not-pinned-by-digest` (strict) asks for digests everywhere. Tags that a kustomization puts in are not followed: lint what it renders.',
    examples: {
      bad: [
        { title: 'no tag', in: 'container', yaml: 'image: nginx # finding: untagged' },
        { title: 'latest', in: 'container', yaml: 'image: registry.example.com/app:latest # finding: floating' },
        { title: 'a branch', in: 'container', yaml: 'image: registry.example.com/app:main # finding: floating' },
        { title: 'only a major version', in: 'container', yaml: 'image: postgres:16 # finding: majorOnly' },
        {
          title: 'the disk of a virtual machine',
          in: 'manifests',
          yaml: 'apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata:\n  name: vm\nspec:\n  volumes:\n    - name: root\n      containerDisk:\n        image: quay.io/containerdisks/fedora:latest # finding: floating',
        },
      ],
      good: [
        { title: 'a version', in: 'container', yaml: 'image: nginx:1.29.1' },
        {
          title: 'a digest holds whatever the tag says',
          in: 'container',
          yaml: 'image: nginx:latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
        },
        { title: "Istio's placeholder", in: 'container', yaml: 'name: istio-proxy\nimage: auto' },
      ],
    },
  },
});

/** `16`, `v3`; longer numbers are dates and builds. */
function isMajorOnly(tag: string): boolean {
  return tag.length <= 4 && /^v?\d+$/.test(tag);
}
