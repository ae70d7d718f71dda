import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from '../control-plane/_component.ts';
import { fixOf, kubeletsOf } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-anonymous-auth',
  title: 'Kubelet accepts anonymous requests',
  category: 'node',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    open: 'kubelet accepts anonymous requests and allows them all: anyone who reaches its port may run commands in any pod of the node',
    decided: 'kubelet accepts anonymous requests: what system:anonymous may do is left to RBAC',
  },
  check(project, context) {
    for (const kubelet of kubeletsOf(project)) {
      if (kubelet.boolean('anonymous', false, true) !== true) continue;
      const mode = kubelet.setting('authorizationMode');
      const always = mode.written ? mode.value === 'AlwaysAllow' : mode.missing && kubelet.defaults === 'flags';
      const setting = kubelet.setting('anonymous');
      const { node, ...place } = setting.place;
      const fix = fixOf(setting, 'Refuse anonymous requests', 'safe', false);
      if (always) context.report(node, 'open', { ...place, ...fix });
      else context.report(node, 'decided', { ...place, severity: 'high', ...fix });
    }
  },
  docs: {
    why: 'The kubelet lists the pods of its node, shows their logs and runs commands in their containers. Open to anonymous callers this is a shell in every pod, and with a privileged one on the node, for anyone who reaches port 10250.',
    fix: 'Set `authentication.anonymous.enabled: false` (the default of the configuration file), or `--anonymous-auth=false` for a kubelet without one.',
    frameworks: { cis: ['4.2.1'], nsa: ['N4'], mitre: ['T1133', 'T1609'] },
    equivalents: { trivy: ['KCV-0079'], kubescape: ['C-0069', 'C-0172'], checkov: ['CKV_K8S_138'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/'],
    limits:
      'Of a unit of systemd what is missing is told where all of its variables are known: see `control-plane-arguments-unresolved`.',
    examples: {
      bad: [
        {
          title: 'open',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous:
    enabled: true # finding: decided`,
        },
        {
          title: 'open to everything',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous:
    enabled: true # finding: open
authorization:
  mode: AlwaysAllow`,
        },
        {
          title: 'the old defaults of flags',
          in: 'container',
          yaml: example('kubelet', ['--kubeconfig=/etc/kubernetes/kubelet.conf'], 'open'),
        },
        {
          title: 'in the extra arguments of a node',
          in: 'manifests',
          path: 'etc/default/kubelet',
          yaml: 'KUBELET_EXTRA_ARGS=--node-ip=10.0.0.7 --anonymous-auth=true # finding: decided',
        },
        {
          title: 'in a unit of systemd',
          in: 'manifests',
          path: 'kubelet.service',
          yaml: `[Service]
ExecStart=/usr/local/bin/kubelet \\
  --kubeconfig=/var/lib/kubelet/kubeconfig \\
  "--authorization-mode=AlwaysAllow" \\
  --anonymous-auth=true # finding: open`,
        },
        {
          title: 'in a ConfigMap',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: kubelet-config
  namespace: kube-system
data:
  kubelet: |
    apiVersion: kubelet.config.k8s.io/v1beta1
    kind: KubeletConfiguration
    authentication:
      anonymous:
        enabled: true # finding: decided`,
        },
      ],
      good: [
        {
          title: 'closed',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous:
    enabled: false`,
        },
        {
          title: 'flags with a file',
          in: 'container',
          yaml: example('kubelet', ['--config=/var/lib/kubelet/config.yaml']),
        },
      ],
    },
  },
});
