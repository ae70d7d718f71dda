import { defineRule } from '../../engine/rule.ts';
import { durationSeconds } from '../../k8s/control-plane/values.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'kubelet-config-invalid',
  title: 'Kubelet refuses its configuration',
  category: 'node',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['KubeletConfiguration.kubelet.config.k8s.io'],
  messages: { invalid: '{fact}, so the kubelet does not start with this file' },
  check(resource, context) {
    const { root } = resource;
    const of = (field: string): AnyNode => root.at(field.split('.'));
    const invalid = (node: AnyNode, fact: string): void => context.report(node, 'invalid', { data: { fact } });
    for (const [field, low, high] of RANGES) {
      const node = of(field);
      const { number } = node;
      // Where zero means unset, the default takes its place.
      if (number === undefined || (number === 0 && ZERO_IS_UNSET.has(field))) continue;
      if (number < low || number > high) {
        const bounds = high === MANY ? `is less than ${low}` : `is not between ${low} and ${high}`;
        invalid(node, `${field} ${number} ${bounds}`);
      }
    }
    for (const [field, words] of WORDS) {
      const node = of(field);
      const text = node.string;
      if (text === undefined || text === '' || isUnresolved(text) || words.includes(text)) continue;
      invalid(node, `${field} "${text}" is none of ${words.join(', ')}`);
    }
    if (of('runOnce').boolean === true) invalid(of('runOnce'), 'runOnce is no longer supported');
    if (of('systemCgroups').string && !of('cgroupRoot').string)
      invalid(of('systemCgroups'), 'systemCgroups needs cgroupRoot');
    const [low, high] = [of('imageGCLowThresholdPercent').number ?? 80, of('imageGCHighThresholdPercent').number ?? 85];
    if (low >= high) {
      const node = of('imageGCLowThresholdPercent');
      invalid(
        node.written ? node : of('imageGCHighThresholdPercent'),
        `imageGCLowThresholdPercent ${low} is not less than imageGCHighThresholdPercent ${high}`,
      );
    }
    const pulls = of('maxParallelImagePulls');
    if ((pulls.number ?? 0) > 1 && of('serializeImagePulls').boolean === true) {
      invalid(pulls, `maxParallelImagePulls ${pulls.number} is more than serializeImagePulls allows`);
    }
    checkShutdown(of, invalid);
    checkEnforcement(of, invalid);
  },
  docs: {
    why: 'The kubelet validates its file when it starts and ends at the first fault. A node that is set up with it never joins, and one that is restarted is gone.',
    fix: 'Correct the field; `kubelet --config FILE` on a machine without a cluster tells the same faults.',
    frameworks: { unmapped: 'the kubelet does not start' },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/',
      'https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/apis/config/validation/validation.go',
    ],
    limits: 'Taints, reserved memory, logging, tracing and settings behind feature gates are not validated here.',
    examples: {
      bad: [
        {
          title: 'numbers out of range, unknown words',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
readOnlyPort: 70000 # finding: invalid
maxPods: -1 # finding: invalid
topologyManagerPolicy: strict # finding: invalid
runOnce: true # finding: invalid`,
        },
        {
          title: 'settings that do not go together',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
imageGCLowThresholdPercent: 90 # finding: invalid
serializeImagePulls: true
maxParallelImagePulls: 5 # finding: invalid
shutdownGracePeriod: 10s
shutdownGracePeriodCriticalPods: 20s # finding: invalid
enforceNodeAllocatable:
  - pods
  - system-reserved # finding: invalid`,
        },
      ],
      good: [
        {
          title: 'valid',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
readOnlyPort: 0
topologyManagerPolicy: single-numa-node
serializeImagePulls: false
maxParallelImagePulls: 5
shutdownGracePeriod: 30s
shutdownGracePeriodCriticalPods: 10s
enforceNodeAllocatable: [pods, system-reserved]
systemReservedCgroup: /system.slice`,
        },
      ],
    },
  },
});

const MANY = Number.MAX_SAFE_INTEGER;

/** pkg/kubelet/apis/config/validation of kubernetes/kubernetes. */
const RANGES: readonly (readonly [field: string, low: number, high: number])[] = [
  ['port', 1, 65_535],
  ['readOnlyPort', 0, 65_535],
  ['healthzPort', 0, 65_535],
  ['imageGCHighThresholdPercent', 0, 100],
  ['imageGCLowThresholdPercent', 0, 100],
  ['iptablesDropBit', 0, 31],
  ['iptablesMasqueradeBit', 0, 31],
  ['oomScoreAdj', -1000, 1000],
  ['maxPods', 0, MANY],
  ['podsPerCore', 0, MANY],
  ['maxOpenFiles', 0, MANY],
  ['eventBurst', 0, MANY],
  ['eventRecordQPS', 0, MANY],
  ['registryBurst', 0, MANY],
  ['registryPullQPS', 0, MANY],
  ['kubeAPIBurst', 0, MANY],
  ['kubeAPIQPS', 0, MANY],
  ['nodeStatusMaxImages', -1, MANY],
  ['maxParallelImagePulls', 1, MANY],
  ['nodeLeaseDurationSeconds', 1, MANY],
];

const ZERO_IS_UNSET = new Set(['port', 'nodeLeaseDurationSeconds']);

const WORDS: readonly (readonly [field: string, words: readonly string[]])[] = [
  ['topologyManagerPolicy', ['none', 'best-effort', 'restricted', 'single-numa-node']],
  ['topologyManagerScope', ['container', 'pod']],
  ['hairpinMode', ['none', 'hairpin-veth', 'promiscuous-bridge']],
  ['memorySwap.swapBehavior', ['NoSwap', 'LimitedSwap', 'UnlimitedSwap']],
  [
    'imagePullCredentialsVerificationPolicy',
    ['NeverVerify', 'NeverVerifyPreloadedImages', 'NeverVerifyAllowlistedImages', 'AlwaysVerify'],
  ],
];

type Of = (field: string) => AnyNode;
type Invalid = (node: AnyNode, fact: string) => void;

function checkShutdown(of: Of, invalid: Invalid): void {
  const [whole, critical] = [of('shutdownGracePeriod'), of('shutdownGracePeriodCriticalPods')];
  const [wholeSeconds = 0, criticalSeconds = 0] = [durationSeconds(whole.string), durationSeconds(critical.string)];
  if (criticalSeconds > wholeSeconds) {
    invalid(
      critical,
      `shutdownGracePeriodCriticalPods ${critical.string} is more than shutdownGracePeriod ${whole.string ?? '0'}`,
    );
  }
  for (const [node, seconds] of [
    [whole, wholeSeconds],
    [critical, criticalSeconds],
  ] as const) {
    if (seconds < 0 || (seconds > 0 && seconds < 1))
      invalid(node, `${String(node.key)} ${node.string} is neither zero nor a second or more`);
  }
}

function checkEnforcement(of: Of, invalid: Invalid): void {
  const items = of('enforceNodeAllocatable').items() as readonly AnyNode[];
  // Pods are enforced where nothing is said.
  if (!of('enforceNodeAllocatable').present && of('cgroupsPerQOS').boolean === false) {
    invalid(of('cgroupsPerQOS'), 'enforceNodeAllocatable is pods by default, which needs cgroupsPerQOS');
  }
  const seen = new Set<string>();
  for (const item of items) {
    const word = item.string;
    if (word === undefined || isUnresolved(word)) continue;
    if (seen.has(word)) {
      invalid(item, `enforceNodeAllocatable lists ${word} twice`);
      continue;
    }
    seen.add(word);
    const reserved = /^(system|kube)-reserved(?:-compressible)?$/.exec(word)?.[1];
    if (word === 'none') {
      if (items.length > 1) invalid(item, 'enforceNodeAllocatable lists none beside others');
    } else if (reserved !== undefined) {
      const cgroup = `${reserved}ReservedCgroup`;
      if (!of(cgroup).string) invalid(item, `enforceNodeAllocatable ${word} needs ${cgroup}`);
    } else if (word !== 'pods') invalid(item, `enforceNodeAllocatable "${word}" is not known`);
    if (word !== 'none' && of('cgroupsPerQOS').boolean === false)
      invalid(item, `enforceNodeAllocatable ${word} needs cgroupsPerQOS`);
  }
}
