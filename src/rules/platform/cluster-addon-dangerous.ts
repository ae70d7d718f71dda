import { defineRule } from '../../engine/rule.ts';
import { partOf } from '../../k8s/command.ts';
import { literalVariables } from '../../k8s/env.ts';
import { baseName, isFault } from '../../k8s/image.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'cluster-addon-dangerous',
  title: 'Add-on that hands the cluster to whoever reaches it',
  category: 'platform',
  severity: 'high',
  preset: 'recommended',
  on: 'container',
  messages: {
    tiller:
      'Tiller does for everyone who reaches it what its service account may, and has been without updates since 2020',
    'old-tiller': 'Tiller acts with one service account for all its users, and has been without updates since 2020',
    'old-dashboard': 'dashboard {tag} shows secrets without a login (CVE-2018-18264)',
    scope: 'Weave Scope offers {what} to whoever reaches its page, which has no login',
    etcd: '{program} shows and changes what is in etcd for whoever reaches its page, which has no login',
    flag: '{addon}: {flag} {effect}',
  },
  check(container, context) {
    const text = container.value['image'];
    if (typeof text !== 'string' || !NAMES.test(text)) return;
    const { image } = container;
    if (image === undefined || isFault(image)) return;
    const program = baseName(image);
    const { path, tag } = image;
    const node: AnyNode = container.node.get('image');
    const words = container.commands.flatMap((command) => (command.source === 'command' ? command.words : []));
    if (program === 'tiller') {
      const verified = [...literalVariables(container, (name) => name === 'TILLER_TLS_VERIFY')].some(
        ({ value }) => value !== '' && value !== '0' && value !== 'false',
      );
      const isLocal = words.some(({ text: word }) => /^-?-listen=(?:localhost|127\.|\[::1\])/.test(word));
      if (verified || isLocal) context.report(node, 'old-tiller', { severity: 'medium' });
      else context.report(node, 'tiller');
      return;
    }
    if (program === 'etcdkeeper' || program === 'etcd-browser' || program === 'etcdbrowser') {
      context.report(node, 'etcd', { data: { program }, severity: 'medium' });
      return;
    }
    if (path.endsWith('weaveworks/scope')) {
      const isSafe = words.some(({ text: word }) => /^--(?:mode=app|(?:probe\.)?no-controls(?:=true)?)$/.test(word));
      const ofCluster = words.some(({ text: word }) => word === '--probe.kubernetes.role=cluster');
      const what = ofCluster ? 'logs, scaling and deletion of workloads' : 'a shell in every container';
      if (!isSafe) context.report(node, 'scope', { data: { what } });
      return;
    }
    const isDashboard =
      /^(?:kubernetes-)?dashboard(?:-[a-z0-9]+)?$/.test(program) && /kube|k8s/.test(`${image.domain}/${path}`);
    if (isDashboard && tag !== undefined && /^v?1\.(?:\d|10\.0)(?!\d)/.test(tag)) {
      context.report(node, 'old-dashboard', { data: { tag } });
    }
    const addon = isDashboard ? 'dashboard' : program;
    const flags = FLAGS[addon];
    if (flags === undefined) return;
    for (const word of words) {
      const found = flags.find(([pattern]) => pattern.test(word.text));
      if (found === undefined) continue;
      const [, effect, severity, preset] = found;
      const part = partOf(word);
      context.report(word.node, 'flag', {
        data: { addon, flag: word.text, effect },
        severity,
        ...(preset === undefined ? {} : { preset }),
        ...(part === undefined ? {} : { part }),
      });
    }
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
        { title: 'Tiller', in: 'container', yaml: 'image: ghcr.io/helm/tiller:v2.17.0 # finding: tiller' },
        {
          title: 'Tiller for its own pod, and with certificates',
          in: 'pod',
          yaml: `containers:
  - name: local
    image: ghcr.io/helm/tiller:v2.17.0 # finding: old-tiller
    command: [/tiller]
    args: [--listen=localhost:44134]
  - name: verified
    image: ghcr.io/helm/tiller:v2.17.0 # finding: old-tiller
    env:
      - name: TILLER_TLS_VERIFY
        value: "1"`,
        },
        {
          title: 'an old dashboard',
          in: 'container',
          yaml: `image: k8s.gcr.io/kubernetes-dashboard-amd64:v1.10.0 # finding: old-dashboard
args:
  - --auto-generate-certificates
  - --disable-skip=false # finding: flag`,
        },
        {
          title: 'a dashboard with a login in clear text',
          in: 'container',
          yaml: `image: docker.io/kubernetesui/dashboard:v2.7.0
args:
  - --namespace=kubernetes-dashboard
  - --enable-insecure-login # finding: flag`,
        },
        {
          title: 'Weave Scope',
          in: 'container',
          yaml: `image: docker.io/weaveworks/scope:1.13.2 # finding: scope
args: [--mode=probe, --probe.kubernetes=true]`,
        },
        { title: 'a window into etcd', in: 'container', yaml: 'image: evildecay/etcdkeeper:v0.7.6 # finding: etcd' },
        {
          title: 'Argo CD and the metrics server',
          in: 'container',
          yaml: `image: quay.io/argoproj/argocd:v3.1.0
command:
  - argocd-server
  - --disable-auth # finding: flag
  - --insecure # finding: flag`,
        },
        {
          title: 'kubelets that nobody verifies',
          in: 'container',
          yaml: `image: registry.k8s.io/metrics-server/metrics-server:v0.8.0
args:
  - --kubelet-insecure-tls # finding: flag`,
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

type FlagRow = readonly [
  pattern: RegExp,
  effect: string,
  severity: 'low' | 'medium' | 'high' | 'critical',
  preset?: 'strict',
];

const FLAGS: Readonly<Record<string, readonly FlagRow[]>> = {
  dashboard: [
    [/^--disable-skip=false$/, 'lets everyone skip the login', 'high'],
    [/^--enable-insecure-login(?:=true)?$/, 'takes tokens over plain HTTP', 'medium'],
  ],
  argocd: [
    [/^--disable-auth(?:=true)?$/, 'asks nobody who they are', 'critical'],
    [/^--insecure(?:=true)?$/, 'serves plain HTTP: something in front of it has to end TLS', 'low', 'strict'],
  ],
  'metrics-server': [
    [/^--kubelet-insecure-tls(?:=true)?$/, 'does not verify the kubelets, whose token it sends along', 'medium'],
  ],
};
