import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'helm-dependency-unpinned',
  title: 'Helm chart that floats or comes without TLS',
  category: 'supply-chain',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: [
    'Chart.helm.sh',
    'HelmRelease.helm.toolkit.fluxcd.io',
    'HelmRepository.source.toolkit.fluxcd.io',
    'HelmChart.source.toolkit.fluxcd.io',
    'HelmChart.helm.cattle.io',
    'Application.argoproj.io',
  ],
  messages: {
    none: 'chart "{name}" has no version: each build takes the newest',
    floating: 'chart "{name}" floats ({version}): what is installed can change under you',
    range: 'chart "{name}" takes a range of versions ({version}): without Chart.lock it floats',
    'clear-text': '"{url}" is fetched without TLS: whoever is on the way decides what is installed',
    credentials: 'passCredentials sends the credentials of this repository to whatever host its index names',
    insecure: 'the repository is read without verifying its certificate',
  },
  check({ root, groupKind }, context) {
    const spec: AnyNode = root.get('spec');
    switch (groupKind) {
      case 'Chart.helm.sh':
        for (const item of root.get('dependencies').items() as readonly AnyNode[]) {
          const name = item.get('name').string ?? '';
          const repository: AnyNode = item.get('repository');
          const url = repository.string ?? '';
          if (url === '' || url.startsWith('file:') || url.startsWith('@') || url.startsWith('alias:')) continue;
          checkUrl(repository);
          checkVersion(item.get('version'), name, true);
        }
        return;
      case 'HelmRelease.helm.toolkit.fluxcd.io': {
        const chart: AnyNode = spec.at(['chart', 'spec']);
        const kind = chart.at(['sourceRef', 'kind']).string;
        if (chart.isMap && kind !== 'GitRepository' && kind !== 'Bucket') {
          checkVersion(chart.get('version'), chart.get('chart').string ?? '', false);
        }
        return;
      }
      case 'HelmChart.source.toolkit.fluxcd.io':
        if (spec.at(['sourceRef', 'kind']).string === 'HelmRepository') {
          checkVersion(spec.get('version'), spec.get('chart').string ?? '', false);
        }
        return;
      case 'HelmChart.helm.cattle.io':
        checkUrl(spec.get('repo'));
        checkUrl(spec.get('chart'));
        if (spec.get('chart').string?.includes('://') === false) {
          checkVersion(spec.get('version'), spec.get('chart').string ?? '', false);
        }
        return;
      case 'HelmRepository.source.toolkit.fluxcd.io': {
        checkUrl(spec.get('url'));
        if (spec.get('passCredentials').boolean === true) context.report(spec.get('passCredentials'), 'credentials');
        if (spec.get('insecure').boolean === true) context.report(spec.get('insecure'), 'insecure');
        return;
      }
      default:
        for (const source of [spec.get('source') as AnyNode, ...(spec.get('sources').items() as readonly AnyNode[])]) {
          checkUrl(source.get('repoURL'));
          const chart = source.get('chart').string;
          if (chart !== undefined) checkVersion(source.get('targetRevision'), chart, false);
        }
    }

    function checkUrl(node: AnyNode): void {
      const url = node.string;
      if (url === undefined || !/^(?:git\+)?http:\/\//.test(url) || /\.svc(?:\.|:|\/|$)|localhost/.test(url)) return;
      const shown = url.replace(/\/\/[^/@]*@/, '//…@');
      context.report(node, 'clear-text', { data: { url: shown }, severity: 'high' });
    }

    function checkVersion(node: AnyNode, name: string, hasLock: boolean): void {
      if (!node.present || node.string === '') {
        context.report(node, 'none', { data: { name } });
        return;
      }
      const version = node.string;
      if (version === undefined || isUnresolved(version)) return;
      if (/^(?:\*|x|latest|>=?\s*v?0(?:\.0){0,2}(?:-0)?)$/i.test(version.trim())) {
        context.report(node, 'floating', { data: { name, version } });
      } else if (/[\^~<>*|]|\s-\s|\.[xX](?:\.|$)/.test(version)) {
        // Chart.lock pins what Chart.yaml leaves open, and helm writes it.
        if (hasLock) context.report(node, 'range', { data: { name, version }, severity: 'low', preset: 'strict' });
        else context.report(node, 'floating', { data: { name, version } });
      }
    }
  },
  docs: {
    why: 'A chart without a fixed version installs whatever its repository serves that day, with the rights of whoever installs it.',
    fix: 'Name one version, commit `Chart.lock`, and fetch over TLS.',
    frameworks: { nsa: ['U1'], mitre: ['T1195.001', 'T1195.002'] },
    cks: 'Supply Chain Security',
    references: [
      'https://helm.sh/docs/topics/charts/#chart-dependencies',
      'https://fluxcd.io/flux/components/source/helmrepositories/',
    ],
    limits: 'Chart.lock is not read: a range in Chart.yaml is reported in the preset strict alone.',
    examples: {
      bad: [
        {
          title: 'a chart',
          in: 'manifests',
          path: 'Chart.yaml',
          yaml: `apiVersion: v2
name: web
version: 1.0.0
dependencies:
  - name: redis
    version: "*" # finding: floating
    repository: http://charts.example.com # finding: clear-text
  - name: postgresql # finding: none
    repository: https://charts.example.com
  - name: common
    version: ^2.0.0 # finding: range
    repository: https://charts.example.com`,
        },
        {
          title: 'Flux and Argo CD',
          in: 'manifests',
          yaml: `apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata:
  name: charts
spec:
  url: http://charts.example.com # finding: clear-text
  passCredentials: true # finding: credentials
  insecure: true # finding: insecure
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
spec:
  chart:
    spec:
      chart: web
      version: ">=1.0.0" # finding: floating
      sourceRef: { kind: HelmRepository, name: charts }
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
spec:
  source:
    repoURL: https://charts.example.com
    chart: web
    targetRevision: 1.x # finding: floating`,
        },
      ],
      good: [
        {
          title: 'fixed',
          in: 'manifests',
          path: 'Chart.yaml',
          yaml: `apiVersion: v2
name: web
version: 1.0.0
dependencies:
  - name: redis
    version: 20.1.0
    repository: https://charts.example.com
  - name: own
    repository: file://../own`,
        },
      ],
    },
  },
});
