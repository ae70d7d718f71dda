import { defineRule, type RuleContext } from '../../engine/rule.ts';
import { literalVariables } from '../../k8s/env.ts';
import { classifyHostPath, hostPathVolumes, mountersOf } from '../../k8s/host-path.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS, type NodeAgentOptions } from '../../k8s/node-agent.ts';
import type { PodView } from '../../k8s/pod.ts';

const messages = {
  mounted:
    'volume "{volume}" hands the container runtime socket ({path}) to {containers}: any process there can start a privileged container on the node{note}',
  unmounted: 'volume "{volume}" holds the container runtime socket ({path}); no container mounts it yet',
  dockerHost:
    'environment variable {name} of container "{container}" points at a Docker daemon without authentication ({value})',
} as const;

export default defineRule({
  id: 'container-runtime-socket-mounted',
  title: 'Container runtime socket in a pod',
  category: 'workload',
  severity: 'critical',
  preset: 'recommended',
  on: 'pod',
  messages,
  options: NODE_AGENT_OPTIONS,
  check(pod, context) {
    checkVolumes(pod, context);
    for (const container of pod.containers) {
      for (const { name, value, valueNode } of literalVariables(container, isOpenDaemon)) {
        const own = /^tcp:\/\/(?:localhost|127\.0\.0\.1|\[::1\]):/.test(value);
        context.report(valueNode, 'dockerHost', {
          data: { name, container: container.name, value },
          severity: own ? 'medium' : 'high',
        });
      }
    }
  },
  docs: {
    why: 'Whoever reaches the socket of containerd, CRI-O or Docker tells the runtime what to start: a container with every privilege and the root of the node mounted. Mounting it read-only changes nothing, since connecting to a socket is no write.',
    fix: 'Build images with a builder that needs no daemon (rootless BuildKit, Buildah), read container facts from the kubelet or the API server, and let node agents that truly need the socket run in a namespace of their own.',
    frameworks: { cis: ['5.2.11'], mitre: ['T1611', 'T1610'], pss: 'baseline' },
    equivalents: {
      'kube-linter': ['docker-sock'],
      trivy: ['KSV-0006'],
      checkov: ['CKV_K8S_27'],
      kubescape: ['C-0074'],
      kubeaudit: ['SensitivePathsMounted'],
    },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/concepts/storage/volumes/#hostpath'],
    limits:
      'Folders above a socket count where they are known to hold one: `/run`, `/var/run`, `/run/containerd` and the like.',
    examples: {
      bad: [
        {
          title: 'the socket of Docker, read-only or not',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: docker\n        mountPath: /var/run/docker.sock\n        readOnly: true\nvolumes:\n  - name: docker\n    hostPath:\n      path: /var/run/docker.sock # finding: mounted',
        },
        {
          title: 'the folder of the socket',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: run\n        mountPath: /host/run\nvolumes:\n  - name: run\n    hostPath:\n      path: /run/containerd/ # finding: mounted',
        },
        {
          title: 'nobody mounts it yet',
          in: 'pod',
          yaml: 'volumes:\n  - name: crio\n    hostPath:\n      path: /run/crio/crio.sock # finding: unmounted',
        },
        {
          title: 'a daemon that asks for no password',
          in: 'container',
          yaml: 'env:\n  - name: DOCKER_HOST\n    value: tcp://build.example.com:2375 # finding: dockerHost',
        },
      ],
      good: [
        {
          title: 'a socket of the application',
          in: 'pod',
          yaml: 'containers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    volumeMounts:\n      - name: sock\n        mountPath: /sock\nvolumes:\n  - name: sock\n    emptyDir: {}',
        },
        {
          title: 'a daemon behind TLS',
          in: 'container',
          yaml: 'env:\n  - name: DOCKER_HOST\n    value: tcp://build.example.com:2376',
        },
      ],
    },
  },
});

function isOpenDaemon(name: string, value: string): boolean {
  return name === 'DOCKER_HOST' && /^tcp:\/\/[^/]*:2375\/?$/.test(value);
}

function checkVolumes(pod: PodView, context: RuleContext<typeof messages, NodeAgentOptions>): void {
  for (const volume of hostPathVolumes(pod)) {
    const { kind, path } = classifyHostPath(volume.path.string!);
    if (kind !== 'runtime-socket') continue;
    if (volume.mounts.length === 0) {
      context.report(volume.path, 'unmounted', { data: { volume: volume.name, path }, severity: 'info' });
      continue;
    }
    const judged = judgeNodeAgent('critical', pod, context.options);
    if (judged === undefined) continue;
    context.report(volume.path, 'mounted', {
      data: { volume: volume.name, path, containers: mountersOf(volume), note: judged.note },
      severity: judged.severity,
      related: volume.mounts.map(({ mount }) => ({ at: mount, message: 'mounted here' })),
    });
  }
}
