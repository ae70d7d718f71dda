import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { isLoopback } from '../../k8s/control-plane/values.ts';
import { componentsOf } from './_component.ts';

export default defineRule({
  id: 'apiserver-insecure-port',
  title: 'API server listens without TLS and authentication',
  category: 'control-plane',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    open: 'kube-apiserver serves on {address}:{port} without TLS, authentication or authorization',
    refused: 'kube-apiserver 1.{minor} accepts no --{flag} other than 0 and does not start',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      // From 1.24 on the flags are gone: control-plane-flag-removed.
      const minor = view.minor ?? context.minor;
      if (minor >= 24) continue;
      const port = view.flag('insecure-port') ?? view.flag('port');
      if (minor >= 20) {
        if (port === undefined || !port.known || port.value === '0') continue;
        const { node, ...place } = port.place;
        context.report(node, 'refused', { ...place, data: { minor, flag: port.name }, severity: 'high' });
        continue;
      }
      if (port === undefined ? !view.complete : !port.known || port.value === '0') continue;
      const bind = view.flag('insecure-bind-address') ?? view.flag('address');
      if (bind !== undefined && !bind.known) continue;
      const address = bind?.value ?? '127.0.0.1';
      const local = isLoopback(address);
      const { node, ...place } = (local ? port : bind)?.place ?? { node: view.anchor };
      const data = { address, port: port?.value ?? '8080' };
      context.report(node, 'open', { ...place, data, severity: local ? 'high' : 'critical' });
    }
  },
  docs: {
    why: 'Whoever reaches this port is cluster administrator: no certificate, no token, no RBAC. On the loopback address that is every process with the network of the node, pods with `hostNetwork` among them.',
    fix: 'Set `--insecure-port=0` (before 1.20, where it is 8080 by default), and upgrade: from 1.24 on the port is gone.',
    frameworks: { nsa: ['N4'], mitre: ['T1190'] },
    equivalents: { kubescape: ['C-0005'], checkov: ['CKV_K8S_86', 'CKV_K8S_88'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/security/controlling-access/'],
    examples: {
      bad: [
        {
          title: 'open on every interface',
          in: 'container',
          yaml: `name: kube-apiserver
image: registry.k8s.io/kube-apiserver:v1.18.0
command:
  - kube-apiserver
  - --insecure-port=8080
  - --insecure-bind-address=0.0.0.0 # finding: open`,
        },
        {
          title: 'the default of old releases',
          in: 'container',
          yaml: `name: kube-apiserver
image: registry.k8s.io/kube-apiserver:v1.18.0
command: # finding: open
  - kube-apiserver`,
        },
        {
          title: 'a release that refuses it',
          in: 'container',
          yaml: `name: kube-apiserver
image: registry.k8s.io/kube-apiserver:v1.22.0
command:
  - kube-apiserver
  - --insecure-port=8080 # finding: refused`,
        },
      ],
      good: [
        {
          title: 'switched off',
          in: 'container',
          yaml: `name: kube-apiserver
image: registry.k8s.io/kube-apiserver:v1.18.0
command:
  - kube-apiserver
  - --insecure-port=0`,
        },
      ],
    },
  },
});
