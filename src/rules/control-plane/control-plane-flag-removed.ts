import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from './_component.ts';

export default defineRule({
  id: 'control-plane-flag-removed',
  title: 'Flag that this release no longer has',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  supersedes: ['control-plane-flag-unknown'],
  messages: {
    removed: '--{flag} was removed from {component} in 1.{removed}, so that {version} does not start{hint}',
    soon: '--{flag} is gone from {component} in 1.{removed}{hint}',
  },
  check(project, context) {
    const { components, tables } = project.fact(controlPlane);
    for (const view of components) {
      const { component } = view;
      for (const name of view.names) {
        const entry = tables.flagEntry(component, name);
        if (entry?.removed === undefined) continue;
        const { removed } = entry;
        // Without a release of its own the component counts as the target's, where that is clear by a wide margin.
        const gone = view.minor === undefined ? removed <= context.minor - MARGIN : removed <= view.minor;
        const known = tables.flagHint(component, name);
        const hint = known === undefined ? '' : `: ${known}`;
        for (const flag of view.all(name)) {
          if (flag.origin === 'kubeadm') continue;
          const { node, ...place } = flag.item;
          const data = { flag: name, component, removed, hint, version: `1.${view.minor ?? context.minor}` };
          if (!gone) {
            if (view.minor !== undefined)
              context.report(node, 'soon', { ...place, data, severity: 'low', preset: 'strict' });
            continue;
          }
          const changes = HARMLESS.has(`${name}=${flag.value}`) ? flag.removal() : undefined;
          const fix =
            changes === undefined ? {} : { fix: { title: 'Drop the flag', safety: 'safe', changes } as const };
          context.report(node, 'removed', { ...place, data, ...fix });
        }
      }
    }
  },
  docs: {
    why: 'A component that meets a flag it does not know prints its usage and exits. The control plane or the node does not come up, and whatever else the line protects is not in force.',
    fix: 'Drop the flag, or write what took its place.',
    frameworks: { unmapped: 'the component does not start, which the benchmarks do not speak of' },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/',
      'https://kubernetes.io/docs/reference/using-api/deprecation-policy/#deprecating-a-flag-or-cli',
    ],
    limits:
      'Which release has which flag is asked from the components of 1.30 and 1.33 to 1.37 and read from the sources of the others since 1.25; flags that went before are taken from the changelogs. A component without a release in its image tag is judged only where the flag has been gone for three releases.',
    examples: {
      bad: [
        {
          title: 'a port that is gone',
          in: 'container',
          yaml: `name: kube-apiserver
image: registry.k8s.io/kube-apiserver:v1.31.0
command:
  - kube-apiserver
  - --insecure-port=0 # finding: removed`,
        },
        {
          title: 'a flag that the next upgrade takes',
          in: 'container',
          yaml: `name: kube-controller-manager
image: registry.k8s.io/kube-controller-manager:v1.36.0
command:
  - kube-controller-manager
  - --concurrent-service-syncs=2 # finding: soon`,
        },
        {
          title: 'a kubelet flag in a kubeadm file',
          in: 'manifests',
          yaml: `apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: KubeadmControlPlane
metadata:
  name: cp
spec:
  version: v1.35.2
  kubeadmConfigSpec:
    initConfiguration:
      nodeRegistration:
        kubeletExtraArgs:
          pod-infra-container-image: registry.k8s.io/pause:3.10 # finding: removed`,
        },
      ],
      good: [
        {
          title: 'flags that are there',
          in: 'container',
          yaml: example('kube-apiserver', ['--secure-port=6443', '--anonymous-auth=false']),
        },
      ],
    },
  },
});

const MARGIN = 3;

/** Values that say what has become the only way. */
const HARMLESS = new Set(['insecure-port=0', 'port=0', 'kubelet-https=true', 'logtostderr=true', 'address=127.0.0.1']);
