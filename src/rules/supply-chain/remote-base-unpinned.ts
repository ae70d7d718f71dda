import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'remote-base-unpinned',
  title: 'Remote kustomize source without a fixed revision',
  category: 'supply-chain',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: ['Kustomization.kustomize.config.k8s.io', 'Component.kustomize.config.k8s.io'],
  messages: {
    branch: '"{url}" follows {ref}: what is applied can change under you',
    unpinned: '"{url}" names no revision: what is applied can change under you',
    tag: '"{url}" is pinned to the tag {ref}, which can be moved',
    'clear-text': '"{url}" is fetched without TLS: whoever is on the way decides what is applied',
    chart: 'helm chart "{name}" has no version: each build takes the newest',
    'chart-clear-text': 'helm chart "{name}" is fetched without TLS from "{url}"',
    exec: 'a program is run when this kustomization is built: exec function "{path}"',
  },
  check({ root }, context) {
    for (const key of LISTS) {
      for (const node of root.get(key).items() as readonly AnyNode[]) {
        const url = node.string;
        if (url !== undefined) checkSource(node, url);
        const exec: AnyNode = node.get('exec').get('path');
        if (exec.string !== undefined) context.report(exec, 'exec', { data: { path: exec.string }, severity: 'high' });
      }
    }
    for (const key of PATCHES) {
      for (const patch of root.get(key).items() as readonly AnyNode[]) {
        const node: AnyNode = patch.string === undefined ? patch.get('path') : patch;
        if (node.string?.includes('\n') === false) checkSource(node, node.string);
      }
    }
    const schema: AnyNode = root.get('openapi').get('path');
    if (schema.string !== undefined) checkSource(schema, schema.string);
    for (const chart of root.get('helmCharts').items() as readonly AnyNode[]) {
      const name = chart.get('name').string;
      const repo: AnyNode = chart.get('repo');
      if (name === undefined || !repo.present) continue;
      const version: AnyNode = chart.get('version');
      if (!version.present || version.string === '') context.report(version, 'chart', { data: { name } });
      const url = repo.string;
      if (url?.startsWith('http://') === true) {
        context.report(repo, 'chart-clear-text', { data: { name, url }, severity: 'high' });
      }
    }

    function checkSource(node: AnyNode, url: string): void {
      const source = readSource(url);
      if (source === undefined) return;
      const shown = url.replace(/\/\/[^/@]*@/, '//…@');
      if (source.clearText) context.report(node, 'clear-text', { data: { url: shown }, severity: 'high' });
      else if (source.ref === undefined) context.report(node, 'unpinned', { data: { url: shown } });
      else if (source.ref === '') return;
      else if (isBranch(source.ref)) context.report(node, 'branch', { data: { url: shown, ref: source.ref } });
      else if (!/^[0-9a-f]{40}$/.test(source.ref)) {
        context.report(node, 'tag', { data: { url: shown, ref: source.ref }, severity: 'low', preset: 'strict' });
      }
    }
  },
  docs: {
    why: 'A base that follows a branch is somebody else’s write access to your cluster: what they push, or who takes over their account, is applied by your next build.',
    fix: 'Pin a commit: `?ref=` with its 40 digits, or vendor the files. Give helm charts a version.',
    frameworks: { nsa: ['U1'], mitre: ['T1195.001', 'T1195.002'] },
    cks: 'Supply Chain Security',
    references: [
      'https://github.com/kubernetes-sigs/kustomize/blob/master/examples/remoteBuild.md',
      'https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/',
    ],
    limits:
      'A word that is no commit counts as a branch where it looks like one (`main`, `release-1.2`), otherwise as a tag; a file by URL whose path holds a version counts as pinned.',
    examples: {
      bad: [
        {
          title: 'branches, none, and no TLS',
          in: 'manifests',
          path: 'kustomization.yaml',
          yaml: `resources:
  - https://github.com/acme/base//deploy?ref=main # finding: branch
  - github.com/acme/base//deploy # finding: unpinned
  - git@github.com:acme/base.git # finding: unpinned
  - https://raw.githubusercontent.com/acme/base/master/install.yaml # finding: branch
  - https://github.com/acme/base/releases/latest/download/install.yaml # finding: branch
  - http://acme.example.com/base.yaml # finding: clear-text
  - https://acme.example.com/base.yaml # finding: unpinned
  - https://github.com/acme/base//deploy?ref=v1.2.3 # finding: tag
helmCharts:
  - name: web # finding: chart
    repo: http://charts.example.com # finding: chart-clear-text
transformers:
  - exec:
      path: ./mutate.sh # finding: exec`,
        },
      ],
      good: [
        {
          title: 'commits and local files',
          in: 'manifests',
          path: 'kustomization.yaml',
          yaml: `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../base
  - deployment.yaml
  - https://github.com/acme/base//deploy?ref=0123456789abcdef0123456789abcdef01234567
  - https://raw.githubusercontent.com/acme/base/0123456789abcdef0123456789abcdef01234567/install.yaml
  - https://github.com/acme/base/releases/download/v1.2.3/install.yaml
helmCharts:
  - name: web
    version: 1.2.3
    repo: https://charts.example.com
  - name: local`,
        },
      ],
    },
  },
});

const LISTS = [
  'resources',
  'bases',
  'components',
  'configurations',
  'crds',
  'generators',
  'transformers',
  'validators',
];
const PATCHES = ['patches', 'patchesStrategicMerge', 'patchesJson6902', 'replacements'];

interface Source {
  readonly clearText: boolean;
  /** Undefined where none is named; '' where the address itself is as good as one. */
  readonly ref: string | undefined;
}

/** Where a kustomization takes something from that is not in its own tree. */
function readSource(text: string): Source | undefined {
  const isUrl = /^(?:git::)?(?:https?|ssh|git):\/\//.test(text);
  const isShort = /^(?:git::)?(?:[\w-]+@[\w.-]+:|(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org)[/:])/.test(text);
  if ((!isUrl && !isShort) || /\{\{|\$\{|\$\(/.test(text)) return undefined;
  const url = text.replace(/^git::/, '');
  const clearText = /^(?:http|git):\/\//.test(url);
  const query = /[?&](?:ref|version)=([^&#]*)/.exec(url)?.[1];
  if (query !== undefined) return { clearText, ref: query === '' ? undefined : query };
  const raw = /^https:\/\/raw\.githubusercontent\.com\/[^/]+\/[^/]+\/(?:refs\/(?:heads|tags)\/)?([^/]+)\//.exec(
    url,
  )?.[1];
  const blob = /^https:\/\/(?:github\.com\/[^/]+\/[^/]+\/raw|gitlab\.com\/.+?\/-\/raw)\/([^/]+)\//.exec(url)?.[1];
  if (raw !== undefined || blob !== undefined) return { clearText, ref: raw ?? blob };
  if (/\/releases\/latest\//.test(url)) return { clearText, ref: 'latest' };
  const release = /\/releases\/download\/([^/]+)\//.exec(url)?.[1];
  if (release !== undefined) return { clearText, ref: '' };
  const isFile = /\.(?:ya?ml|json)$/.test(url);
  if (isFile && /\/v?\d+\.\d+[^/]*\//.test(url)) return { clearText, ref: '' };
  return { clearText, ref: undefined };
}

function isBranch(ref: string): boolean {
  return /^(?:main|master|trunk|HEAD|latest|stable|devel(?:op(?:ment)?)?|dev|next|edge|nightly|staging|production|release[-/].*|(?:feature|hotfix)\/.*)$/.test(
    ref,
  );
}
