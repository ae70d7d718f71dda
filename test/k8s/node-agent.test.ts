import { describe, expect, test } from 'vitest';
import { podTemplates } from '../../src/k8s/kinds.ts';
import { isNodeAgent, isSystemNamespace, judgeNodeAgent, NODE_AGENT_NOTE } from '../../src/k8s/node-agent.ts';
import type { PodView } from '../../src/k8s/pod.ts';
import { readResources } from '../../src/k8s/read-resources.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { parse } from '../../src/yaml/parse.ts';

function pod(kind: string, namespace: string, ...images: readonly string[]): PodView {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  const spec = kind === 'Pod' ? { containers } : { template: { spec: { containers } } };
  const text = JSON.stringify({
    apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
    kind,
    metadata: { name: 'x', namespace },
    spec,
  });
  return readResources(parse(new SourceFile('x.json', text))[0]!, podTemplates())[0]!.pods[0]!;
}

describe('a node agent is known by where it runs and by its image', () => {
  test.each<[string, string, readonly string[], boolean]>([
    ['DaemonSet', 'shop', ['quay.io/calico/node:v3.29.0'], true],
    ['DaemonSet', '', ['calico/node:v3.29.0'], true],
    ['Deployment', 'kube-system', ['registry.k8s.io/sig-storage/csi-provisioner:v5.0.0'], true],
    ['Deployment', 'openshift-storage', ['quay.io/cephcsi/cephcsi:v3'], true],
    ['Deployment', 'shop', ['quay.io/calico/node:v3.29.0'], false],
    ['DaemonSet', 'shop', ['evil.example/calico/node:v3.29.0'], false],
    ['DaemonSet', 'shop', ['quay.io/calico/node/../x:1'], false],
    ['DaemonSet', 'shop', ['quay.io/calico/node-evil:1'], false],
    ['DaemonSet', 'shop', ['quay.io/calico/node/evil:1'], false],
    ['DaemonSet', 'shop', ['calico-node:1'], false],
    ['DaemonSet', 'shop', ['602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1'], true],
    ['DaemonSet', 'shop', ['mcr.microsoft.com/oss/kubernetes-csi/livenessprobe:v1'], true],
    ['DaemonSet', 'shop', ['r.example.com/proxy:1', 'quay.io/prometheus/node-exporter:v1'], true],
    ['DaemonSet', 'shop', ['{{ .image }}'], false],
  ])('%s in "%s" with %s: %s', (kind, namespace, images, expected) => {
    expect(isNodeAgent(pod(kind, namespace, ...images))).toBe(expected);
  });

  test('of a container its own image is asked', () => {
    const view = pod('DaemonSet', 'shop', 'r.example.com/proxy:1', 'quay.io/prometheus/node-exporter:v1');
    expect(view.containers.map((container) => isNodeAgent(container))).toEqual([false, true]);
  });

  test('mirrors are named in the option', () => {
    expect(
      isNodeAgent(pod('DaemonSet', 'shop', 'r.example.com/mirror/calico/node:1'), ['r.example.com/mirror/**']),
    ).toBe(true);
  });
});

test('what is said of one is kept, at info, unless the options say otherwise', () => {
  const agent = pod('DaemonSet', 'shop', 'calico/node:v3.29.0');
  const judged = (['downgrade', 'report', 'ignore'] as const).map((nodeAgents) =>
    judgeNodeAgent('critical', agent, { nodeAgents, nodeAgentImages: [] }),
  );
  expect(judged).toEqual([{ severity: 'info', note: NODE_AGENT_NOTE }, { severity: 'critical', note: '' }, undefined]);
});

test('namespaces of the system', () => {
  expect(
    ['kube-system', 'openshift-x', 'openshift', 'rook-ceph', 'default', 'gke-managed-system'].map(isSystemNamespace),
  ).toEqual([true, true, false, true, false, true]);
});
