import { defineRule } from '../../engine/rule.ts';
import { addonDangers } from '../../k8s/addons.lazy.ts';

export default defineRule({
  id: 'cluster-addon-dangerous',
  title: 'Add-on that hands the cluster to whoever reaches it',
  category: 'platform',
  severity: 'high',
  preset: 'recommended',
  on: 'container',
  messages: { danger: '{fact}' },
  check(container, context) {
    const image = container.value['image'];
    if (typeof image !== 'string' || !NAMES.test(image)) return;
    for (const { fact, node, ...more } of addonDangers(container))
      context.report(node, 'danger', { ...more, data: { fact } });
  },
  docs: {
    why: 'Add-ons with a page or a port of their own act with a service account that may do a great deal. Where they ask for no login, or take it in clear text, everyone who reaches them has that account.',
    fix: 'Replace Tiller by Helm 3, which needs no server. Leave the flag out, serve with a certificate, and let a NetworkPolicy say who may connect. Run Weave Scope with `--probe.no-controls=true`.',
    frameworks: { nsa: ['N6'], mitre: ['T1133', 'T1609'] },
    equivalents: { kubescape: ['C-0014'], checkov: ['CKV_K8S_33', 'CKV_K8S_34'] },
    cks: 'Cluster Setup',
    references: [
      'https://helm.sh/blog/helm-2-becomes-unsupported/',
      'https://nvd.nist.gov/vuln/detail/CVE-2018-18264',
      'https://kubernetes.io/docs/tasks/access-application-cluster/web-ui-dashboard/',
    ],
    limits:
      'Add-ons are known by the last part of their image. `--enable-skip-login` and `kubectl proxy` belong to `runtime-daemon-without-auth`.',
    examples: {
      bad: [
        { title: 'Tiller', in: 'container', yaml: 'image: ghcr.io/helm/tiller:v2.17.0 # finding' },
        {
          title: 'Tiller for its own pod, and with certificates',
          in: 'pod',
          yaml: `containers:
  - name: local
    image: ghcr.io/helm/tiller:v2.17.0 # finding
    command: [/tiller]
    args: [--listen=localhost:44134]
  - name: verified
    image: ghcr.io/helm/tiller:v2.17.0 # finding
    env:
      - name: TILLER_TLS_VERIFY
        value: "1"`,
        },
        {
          title: 'an old dashboard',
          in: 'container',
          yaml: `image: k8s.gcr.io/kubernetes-dashboard-amd64:v1.10.0 # finding
args:
  - --auto-generate-certificates
  - --disable-skip=false # finding`,
        },
        {
          title: 'a dashboard with a login in clear text',
          in: 'container',
          yaml: `image: docker.io/kubernetesui/dashboard:v2.7.0
args:
  - --namespace=kubernetes-dashboard
  - --enable-insecure-login # finding`,
        },
        {
          title: 'Weave Scope',
          in: 'container',
          yaml: `image: docker.io/weaveworks/scope:1.13.2 # finding
args: [--mode=probe, --probe.kubernetes=true]`,
        },
        { title: 'a window into etcd', in: 'container', yaml: 'image: evildecay/etcdkeeper:v0.7.6 # finding' },
        {
          title: 'Argo CD and the metrics server',
          in: 'container',
          yaml: `image: quay.io/argoproj/argocd:v3.1.0
command:
  - argocd-server
  - --disable-auth # finding
  - --insecure # finding`,
        },
        {
          title: 'kubelets that nobody verifies',
          in: 'container',
          yaml: `image: registry.k8s.io/metrics-server/metrics-server:v0.8.0
args:
  - --kubelet-insecure-tls # finding`,
        },
      ],
      good: [
        {
          title: 'a dashboard with login and certificate',
          in: 'container',
          yaml: `image: docker.io/kubernetesui/dashboard:v2.7.0
args: [--auto-generate-certificates, --namespace=kubernetes-dashboard, --enable-insecure-login=false]`,
        },
        {
          title: 'Weave Scope without controls; its page alone',
          in: 'container',
          yaml: `image: docker.io/weaveworks/scope:1.13.2
args: [--mode=probe, --probe.no-controls=true]`,
        },
        {
          title: 'the metrics server as it comes',
          in: 'container',
          yaml: `image: registry.k8s.io/metrics-server/metrics-server:v0.8.0
args: [--cert-dir=/tmp, --secure-port=10250, --kubelet-use-node-status-port]`,
        },
        {
          title: "an application's own dashboard",
          in: 'container',
          yaml: 'image: registry.example.com/sales/dashboard:v1.9.0',
        },
      ],
    },
  },
});

const NAMES = /dashboard|tiller|weaveworks\/scope|metrics-server|argocd|etcdkeeper|etcd-?browser/;
