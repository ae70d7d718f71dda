import type { ContainerView } from './container.ts';
import { isFault, repositoryMatches, repositoryOf } from './image.ts';
import type { PodView } from './pod.ts';
import type { Resource } from './resource.ts';

/**
 * Agents that a node needs, such as network plugins, CSI drivers and metrics exporters, cannot do without the host.
 * A finding about one is kept, at severity info. Both have to hold: it is a DaemonSet or lives in a namespace that
 * belongs to the system, and its image comes from a repository known for such agents. A name alone proves nothing:
 * a miner may call itself calico-node.
 */
export interface NodeAgentOptions {
  /** `downgrade` to info, `report` like any other finding, or `ignore`. */
  readonly nodeAgents: 'downgrade' | 'report' | 'ignore';
  /** Repositories of further agents, as globs: `registry.example.com/mirror/calico/**`. */
  readonly nodeAgentImages: readonly string[];
}

/** The options of every rule that treats node agents apart. */
export const NODE_AGENT_OPTIONS: { readonly defaults: NodeAgentOptions; readonly schema: object } = {
  defaults: { nodeAgents: 'downgrade', nodeAgentImages: [] },
  schema: {
    type: 'object',
    properties: {
      nodeAgents: { type: 'string', enum: ['downgrade', 'report', 'ignore'] },
      nodeAgentImages: { type: 'array', items: { type: 'string' } },
    },
    additionalProperties: false,
  },
};

/** What a finding about a node agent says in addition, to follow the message. */
export const NODE_AGENT_NOTE = ' (expected of a node agent; keep its namespace to itself)';

/** How to speak about something that only node agents should do. Undefined: not at all. */
export function judgeNodeAgent<S extends string>(
  severity: S,
  subject: PodView | ContainerView,
  options: NodeAgentOptions,
): { readonly severity: S | 'info'; readonly note: string } | undefined {
  if (options.nodeAgents === 'report' || !isNodeAgent(subject, options.nodeAgentImages)) return { severity, note: '' };
  return options.nodeAgents === 'ignore' ? undefined : { severity: 'info', note: NODE_AGENT_NOTE };
}

/** Of a pod one container with the image of an agent is enough, of a container it has to be its own. */
export function isNodeAgent(subject: PodView | ContainerView, images: readonly string[] = []): boolean {
  const container = 'pod' in subject ? subject : undefined;
  const pod = container === undefined ? (subject as PodView) : container.pod;
  if (!runsOnEveryNode(pod)) return false;
  return container === undefined
    ? pod.containers.some((each) => hasAgentImage(each, images))
    : hasAgentImage(container, images);
}

/**
 * A static pod of the control plane as kubeadm writes it: by its labels, its namespace and the image of its component.
 * It runs on the host by design, and nobody hardens it by hand.
 */
export function isControlPlanePod(resource: Resource): boolean {
  const { kind, group, namespace, labels } = resource.head;
  if (kind !== 'Pod' || group !== '' || namespace !== 'kube-system' || labels['tier'] !== 'control-plane') return false;
  const wanted = `registry.k8s.io/${labels['component']}`;
  const [pod] = resource.pods;
  return (
    pod !== undefined &&
    COMPONENT_IMAGES.has(wanted) &&
    pod.containers.every(({ image }) => image !== undefined && !isFault(image) && repositoryOf(image) === wanted)
  );
}

const COMPONENT_IMAGES: ReadonlySet<string> = new Set([
  'registry.k8s.io/kube-apiserver',
  'registry.k8s.io/kube-controller-manager',
  'registry.k8s.io/kube-scheduler',
  'registry.k8s.io/etcd',
]);

/** Namespaces that hold parts of the cluster itself. */
export function isSystemNamespace(namespace: string): boolean {
  return SYSTEM_NAMESPACES.includes(namespace) || SYSTEM_PREFIXES.some((prefix) => namespace.startsWith(prefix));
}

/** Namespaces that every cluster has from the start. */
export const BUILT_IN_NAMESPACES: readonly string[] = ['kube-system', 'kube-public', 'kube-node-lease'];

const SYSTEM_NAMESPACES: readonly string[] = [
  ...BUILT_IN_NAMESPACES,
  'calico-system',
  'tigera-operator',
  'cilium',
  'kube-flannel',
  'gmp-system',
  'istio-system',
  'longhorn-system',
  'rook-ceph',
  'metallb-system',
  'gpu-operator',
  'falco',
];
const SYSTEM_PREFIXES: readonly string[] = ['gke-managed-', 'openshift-', 'cattle-'];

/** Repositories as `domain/path` with the registry written out; see `repositoryMatches`. */
const AGENT_IMAGES: readonly string[] = [
  'docker.io/calico/node',
  'docker.io/calico/cni',
  'docker.io/calico/node-driver-registrar',
  'docker.io/calico/csi',
  'quay.io/calico/node',
  'quay.io/calico/cni',
  'quay.io/calico/node-driver-registrar',
  'quay.io/calico/csi',
  'quay.io/cilium/*',
  'registry.k8s.io/kube-proxy',
  'registry.k8s.io/etcd',
  'registry.k8s.io/kube-apiserver',
  'registry.k8s.io/kube-controller-manager',
  'registry.k8s.io/kube-scheduler',
  'registry.k8s.io/dns/k8s-dns-node-cache',
  'registry.k8s.io/node-problem-detector/*',
  'registry.k8s.io/nfd/*',
  'registry.k8s.io/sig-storage/*',
  'registry.k8s.io/provider-*/*',
  'docker.io/flannel/*',
  'ghcr.io/flannel-io/*',
  'docker.io/cloudnativelabs/kube-router',
  'docker.io/antrea/*',
  'ghcr.io/k8snetworkplumbingwg/*',
  'quay.io/metallb/*',
  'quay.io/prometheus/node-exporter',
  'docker.io/fluent/*',
  'cr.fluentbit.io/fluent/*',
  'docker.io/grafana/promtail',
  'docker.io/grafana/alloy',
  'docker.io/timberio/vector',
  'gcr.io/datadoghq/agent',
  'public.ecr.aws/datadog/agent',
  'docker.io/datadog/agent',
  'docker.io/falcosecurity/*',
  'nvcr.io/nvidia/k8s-device-plugin',
  'nvcr.io/nvidia/gpu-operator',
  'nvcr.io/nvidia/driver',
  'nvcr.io/nvidia/cloud-native/*',
  'docker.io/longhornio/*',
  'docker.io/ceph/*',
  'quay.io/ceph/*',
  'quay.io/cephcsi/*',
  'ghcr.io/kubereboot/kured',
  '*.dkr.ecr.*.amazonaws.com/amazon-k8s-cni',
  '*.dkr.ecr.*.amazonaws.com/amazon-k8s-cni-init',
  '*.dkr.ecr.*.amazonaws.com/eks/*',
  'public.ecr.aws/ebs-csi-driver/*',
  'mcr.microsoft.com/oss/**',
  'mcr.microsoft.com/aks/**',
  'mcr.microsoft.com/azuremonitor/**',
  'gke.gcr.io/**',
];

function runsOnEveryNode(pod: PodView): boolean {
  const { head } = pod.resource;
  return head.kind === 'DaemonSet' || isSystemNamespace(head.namespace);
}

function hasAgentImage(container: ContainerView, images: readonly string[]): boolean {
  const { image } = container;
  if (image === undefined || isFault(image)) return false;
  const repository = repositoryOf(image);
  // An exact entry of the built-in list is that one repository, not a tree.
  return (
    AGENT_IMAGES.some((pattern) =>
      pattern.includes('*') ? repositoryMatches(pattern, repository) : pattern === repository,
    ) || images.some((pattern) => repositoryMatches(pattern, repository))
  );
}
