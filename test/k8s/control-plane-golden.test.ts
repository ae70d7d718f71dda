import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/engine/config.ts';
import { lint } from '../../src/engine/lint.ts';
import { compile } from '../../src/engine/plan.ts';
import type { Preset } from '../../src/engine/rule.ts';
import { rules as registry } from '../../src/rules/index.ts';
import { SourceFile } from '../../src/text/source-file.ts';

const FOLDER = join(import.meta.dirname, '..', 'fixtures', 'control-plane');

/** The control plane as `kubeadm init` writes it. */
const WRITTEN = Object.fromEntries(readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]));

const CLUSTER: readonly string[] = ['control-plane', 'node', 'encryption', 'audit'];
/** The rules about the cluster's own files: one change moves them and them alone. */
const clusterRules = registry.filter(({ category }) => CLUSTER.includes(category));

/** What the rules say: `file rule-id`, sorted. */
function findings(
  texts: Readonly<Record<string, string>>,
  preset: Preset,
  rules: typeof registry = clusterRules,
): readonly string[] {
  const files = new Map(Object.entries(texts).map(([path, text]) => [path, new SourceFile(path, text)]));
  const report = lint({
    plan: compile(rules, { ...DEFAULT_CONFIG, presets: [preset] }),
    sources: [...files.values()].map((file) => ({ kind: 'text', file })),
    reopen: (path) => files.get(path)!,
    suppressions: {
      today: '2026-01-01',
      resolve: (id) => id,
      nearest: () => undefined,
      ran: () => true,
      rule: (id) => rules.find((rule) => rule.id === id),
    },
  });
  expect(report.problems).toEqual([]);
  return report.findings.map(({ file, ruleId }) => `${file.replace('.yaml', '')} ${ruleId}`).sort();
}

const RECOMMENDED = ['kube-apiserver apiserver-audit-disabled', 'kube-apiserver apiserver-secrets-not-encrypted'];
const STRICT = [
  ...RECOMMENDED,
  'kube-apiserver apiserver-anonymous-auth',
  'kube-apiserver apiserver-kubelet-ca-missing',
  'kube-apiserver apiserver-service-external-ips',
  'kube-apiserver apiserver-token-extension',
  'kube-apiserver control-plane-profiling',
  'kube-controller-manager control-plane-profiling',
  'kube-scheduler control-plane-profiling',
  'kubelet-config kubelet-cert-rotation',
  'kubelet-config kubelet-pod-pids-limit',
  'kubelet-config kubelet-protect-kernel-defaults',
  'kubelet-config kubelet-seccomp-default',
];
const ALL = [
  ...STRICT,
  'kube-apiserver apiserver-always-pull-images',
  'kube-apiserver apiserver-event-rate-limit',
  'kube-apiserver apiserver-image-policy-webhook',
  'kube-controller-manager controller-manager-pod-gc',
];

test.each([
  ['recommended', RECOMMENDED],
  ['strict', STRICT],
  ['all', ALL],
] as const)('what kubeadm writes gives no more than its budget: %s', (preset, expected) => {
  expect(findings(WRITTEN, preset, registry)).toEqual([...expected].sort());
});

test('the same as a kubeadm file and the kubelet configuration that it fills in', () => {
  const text = `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
networking: {podSubnet: 10.244.0.0/16}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration:
  criSocket: unix:///var/run/containerd/containerd.sock
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
`;
  expect(findings({ 'kubeadm.yaml': text }, 'recommended')).toEqual([
    'kubeadm apiserver-audit-disabled',
    'kubeadm apiserver-secrets-not-encrypted',
  ]);
});

/** A file made wrong in one way, and the findings of `strict` that come and go with it. */
interface Fault {
  readonly file: string;
  /** Text to replace, and what to put there; the first one has to be there. */
  readonly change: readonly [string, string];
  readonly comes: readonly string[];
  readonly goes?: readonly string[];
}

const API = 'kube-apiserver.yaml';
const KCM = 'kube-controller-manager.yaml';
const SCHEDULER = 'kube-scheduler.yaml';
const ETCD = 'etcd.yaml';
const KUBELET = 'kubelet-config.yaml';

/** Adds a flag behind the name of the component. */
function add(file: string, ...flags: readonly string[]): readonly [string, string] {
  const first = `    - ${file.replace('.yaml', '')}\n`;
  return [first, `${first}${flags.map((flag) => `    - ${flag}\n`).join('')}`];
}

function drop(flag: string): readonly [string, string] {
  return [`    - ${flag}\n`, ''];
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'anonymous requests asked for': {
    file: API,
    change: add(API, '--anonymous-auth=true'),
    comes: ['apiserver-anonymous-auth'],
    goes: ['apiserver-anonymous-auth'],
  },
  'anonymous requests refused, probes left as they are': {
    file: API,
    change: add(API, '--anonymous-auth=false'),
    comes: ['apiserver-anonymous-auth'],
    goes: ['apiserver-anonymous-auth'],
  },
  'tokens in a file': {
    file: API,
    change: add(API, '--token-auth-file=/etc/kubernetes/pki/tokens.csv'),
    comes: ['apiserver-static-credentials'],
  },
  'no authority for clients': {
    file: API,
    change: drop('--client-ca-file=/etc/kubernetes/pki/ca.crt'),
    comes: ['apiserver-client-ca-missing'],
  },
  'front proxy without names': {
    file: API,
    change: drop('--requestheader-allowed-names=front-proxy-client'),
    comes: ['apiserver-requestheader-open'],
  },
  'no key for tokens': {
    file: API,
    change: drop('--service-account-key-file=/etc/kubernetes/pki/sa.pub'),
    comes: ['apiserver-service-account-keys'],
  },
  'no lookup of accounts': {
    file: API,
    change: add(API, '--service-account-lookup=false'),
    comes: ['apiserver-service-account-lookup'],
  },
  'no authorization': {
    file: API,
    change: ['--authorization-mode=Node,RBAC', '--authorization-mode=AlwaysAllow'],
    comes: ['apiserver-authorization-always-allow'],
    goes: ['apiserver-anonymous-auth'],
  },
  'authorization by default': {
    file: API,
    change: drop('--authorization-mode=Node,RBAC'),
    comes: ['apiserver-authorization-always-allow'],
    goes: ['apiserver-anonymous-auth'],
  },
  'no Node authorizer': {
    file: API,
    change: ['--authorization-mode=Node,RBAC', '--authorization-mode=RBAC'],
    comes: ['apiserver-authorization-modes-incomplete'],
  },
  'no RBAC': {
    file: API,
    change: ['--authorization-mode=Node,RBAC', '--authorization-mode=Node'],
    comes: ['apiserver-authorization-modes-incomplete'],
  },
  'an insecure port': {
    file: API,
    change: add(API, '--insecure-port=8080'),
    comes: ['control-plane-flag-removed'],
  },
  'secure port off': {
    file: API,
    change: ['--secure-port=6443', '--secure-port=0'],
    comes: ['apiserver-secure-port-zero'],
  },
  'NodePorts over the ports of the node': {
    file: API,
    change: add(API, '--service-node-port-range=2000-3000'),
    comes: ['apiserver-nodeport-range'],
  },
  'any origin': {
    file: API,
    change: add(API, '"--cors-allowed-origins=.*"'),
    comes: ['apiserver-cors-wildcard'],
  },
  'every alpha feature': {
    file: API,
    change: add(API, '--feature-gates=AllAlpha=true'),
    comes: ['control-plane-risky-gates'],
  },
  AlwaysAdmit: {
    file: API,
    change: ['--enable-admission-plugins=NodeRestriction', '--enable-admission-plugins=NodeRestriction,AlwaysAdmit'],
    comes: ['apiserver-always-admit'],
  },
  'Pod Security disabled': {
    file: API,
    change: add(API, '--disable-admission-plugins=PodSecurity'),
    comes: ['apiserver-default-plugin-disabled'],
  },
  'no NodeRestriction': {
    file: API,
    change: drop('--enable-admission-plugins=NodeRestriction'),
    comes: ['apiserver-node-restriction-missing'],
  },
  'a plugin that is gone': {
    file: API,
    change: ['=NodeRestriction', '=NodeRestriction,PodSecurityPolicy'],
    comes: ['apiserver-admission-plugin-unknown'],
    goes: ['apiserver-service-external-ips'],
  },
  'a plugin without its file': {
    file: API,
    change: ['=NodeRestriction', '=NodeRestriction,ImagePolicyWebhook'],
    comes: ['apiserver-admission-config-inconsistent'],
  },
  'audit by half': {
    file: API,
    change: add(API, '--audit-policy-file=/etc/kubernetes/pki/policy.yaml'),
    comes: ['apiserver-audit-ineffective'],
    goes: ['apiserver-audit-disabled'],
  },
  'audit to the output and to a webhook': {
    file: API,
    change: add(
      API,
      '--audit-policy-file=/etc/kubernetes/pki/policy.yaml',
      '--audit-log-path=-',
      '--audit-webhook-config-file=/etc/kubernetes/pki/webhook.conf',
    ),
    comes: [],
    goes: ['apiserver-audit-disabled'],
  },
  'a policy that is not mounted': {
    file: API,
    change: add(API, '--audit-policy-file=/etc/kubernetes/audit/policy.yaml', '--audit-log-path=-'),
    comes: ['control-plane-file-not-mounted'],
    goes: ['apiserver-audit-disabled'],
  },
  'a second mount of the same volume, which is no fault': {
    file: API,
    change: [
      '      name: k8s-certs\n      readOnly: true\n',
      '      name: k8s-certs\n    - mountPath: /etc/kubernetes/enc\n      name: k8s-certs\n',
    ],
    comes: [],
  },
  'etcd without TLS': {
    file: API,
    change: ['--etcd-servers=https://127.0.0.1:2379', '--etcd-servers=http://127.0.0.1:2379'],
    comes: ['apiserver-etcd-tls'],
  },
  'etcd not verified': {
    file: API,
    change: drop('--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt'),
    comes: ['apiserver-etcd-tls'],
  },
  'no certificate for kubelets': {
    file: API,
    change: drop('--kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key'),
    comes: ['apiserver-kubelet-client-cert'],
  },
  'no serving certificate': {
    file: API,
    change: drop('--tls-cert-file=/etc/kubernetes/pki/apiserver.crt'),
    comes: ['apiserver-serving-cert'],
  },
  'weak suites': {
    file: API,
    change: add(API, '--tls-cipher-suites=TLS_RSA_WITH_3DES_EDE_CBC_SHA'),
    comes: ['tls-weak-ciphers'],
  },
  'an old TLS': {
    file: API,
    change: add(API, '--tls-min-version=VersionTLS11'),
    comes: ['tls-min-version'],
  },
  'a boolean in two arguments': {
    file: API,
    change: add(API, '--profiling', '"false"'),
    comes: ['control-plane-flag-value-lost'],
    goes: ['control-plane-profiling'],
  },
  'one flag with two values': {
    file: API,
    change: add(API, '--allow-privileged=false'),
    comes: ['control-plane-flag-conflict'],
  },
  'a flag that nobody knows': {
    file: API,
    change: add(API, '--anonymous-auths=false'),
    comes: ['control-plane-flag-unknown'],
  },
  'a request timeout of an hour': {
    file: API,
    change: add(API, '--request-timeout=1h'),
    comes: ['apiserver-request-timeout'],
  },
  'one identity for all controllers': {
    file: KCM,
    change: ['--use-service-account-credentials=true', '--use-service-account-credentials=false'],
    comes: ['controller-manager-sa-credentials'],
  },
  'no root authority': {
    file: KCM,
    change: drop('--root-ca-file=/etc/kubernetes/pki/ca.crt'),
    comes: ['controller-manager-root-ca'],
  },
  'no key to sign tokens': {
    file: KCM,
    change: drop('--service-account-private-key-file=/etc/kubernetes/pki/sa.key'),
    comes: ['apiserver-service-account-keys'],
  },
  'controllers on every interface': {
    file: KCM,
    change: ['--bind-address=127.0.0.1', '--bind-address=0.0.0.0'],
    comes: ['control-plane-bind-address'],
  },
  'finished pods for ever': {
    file: KCM,
    change: add(KCM, '--terminated-pod-gc-threshold=0'),
    comes: ['controller-manager-pod-gc'],
  },
  'certificates for ten years': {
    file: KCM,
    change: add(KCM, '--cluster-signing-duration=87600h'),
    comes: ['controller-manager-signing'],
  },
  'metrics for everyone': {
    file: KCM,
    change: add(KCM, '--authorization-always-allow-paths=/healthz,/metrics'),
    comes: ['control-plane-always-allow-paths'],
  },
  'a scheduler on every interface': {
    file: SCHEDULER,
    change: drop('--bind-address=127.0.0.1'),
    comes: ['control-plane-bind-address'],
  },
  'a scheduler without its kubeconfig': {
    file: SCHEDULER,
    change: ['mountPath: /etc/kubernetes/scheduler.conf', 'mountPath: /etc/kubernetes/other.conf'],
    comes: ['control-plane-file-not-mounted'],
  },
  'etcd in plain text': {
    file: ETCD,
    change: [
      '--listen-client-urls=https://127.0.0.1:2379,https://192.168.10.11:2379',
      '--listen-client-urls=http://192.168.10.11:2379',
    ],
    comes: ['etcd-client-tls'],
  },
  'etcd for everyone': {
    file: ETCD,
    change: ['--client-cert-auth=true', '--client-cert-auth=false'],
    comes: ['etcd-client-tls'],
  },
  'certificates of its own making': {
    file: ETCD,
    change: add(ETCD, '--auto-tls=true'),
    comes: ['etcd-auto-tls'],
  },
  'peers without certificates': {
    file: ETCD,
    change: drop('--peer-client-cert-auth=true'),
    comes: ['etcd-peer-tls'],
  },
  'the authority of the cluster for etcd': {
    file: ETCD,
    change: [
      '    - --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt',
      '    - --trusted-ca-file=/etc/kubernetes/pki/ca.crt',
    ],
    comes: ['control-plane-file-not-mounted', 'etcd-shared-ca'],
  },
  'metrics of etcd for everyone': {
    file: ETCD,
    change: ['--listen-metrics-urls=http://127.0.0.1:2381', '--listen-metrics-urls=http://0.0.0.0:2381'],
    comes: ['etcd-listen-exposed'],
  },
  'a kubelet for everyone': {
    file: KUBELET,
    change: ['  anonymous:\n    enabled: false', '  anonymous:\n    enabled: true'],
    comes: ['kubelet-anonymous-auth'],
  },
  'a kubelet that allows everything': {
    file: KUBELET,
    change: ['  mode: Webhook', '  mode: AlwaysAllow'],
    comes: ['kubelet-authorization-always-allow'],
  },
  'a kubelet without an authority': {
    file: KUBELET,
    change: ['    clientCAFile: /etc/kubernetes/pki/ca.crt', '    clientCAFile: ""'],
    comes: ['kubelet-client-ca-missing'],
  },
  'a read-only port': {
    file: KUBELET,
    change: ['rotateCertificates: true', 'readOnlyPort: 10255\nrotateCertificates: true'],
    comes: ['kubelet-read-only-port'],
  },
  'certificates that are not renewed': {
    file: KUBELET,
    change: ['rotateCertificates: true', 'rotateCertificates: false'],
    comes: ['kubelet-cert-rotation'],
  },
  'unsafe sysctls': {
    file: KUBELET,
    change: ['rotateCertificates: true', 'allowedUnsafeSysctls: [kernel.*]\nrotateCertificates: true'],
    comes: ['kubelet-unsafe-sysctls'],
  },
  'static pods from the network': {
    file: KUBELET,
    change: ['rotateCertificates: true', 'staticPodURL: http://boot.example.com\nrotateCertificates: true'],
    comes: ['kubelet-static-pod-url'],
  },
  'a kubelet that does not start': {
    file: KUBELET,
    change: ['rotateCertificates: true', 'maxPods: -1\nrotateCertificates: true'],
    comes: ['kubelet-config-invalid'],
  },
  'a static pod with an account': {
    file: API,
    change: ['  hostNetwork: true\n', '  hostNetwork: true\n  serviceAccountName: apiserver\n'],
    comes: ['static-pod-references-api-object'],
  },
  'logs of the node': {
    file: KUBELET,
    change: ['rotateCertificates: true', 'enableSystemLogQuery: true\nrotateCertificates: true'],
    comes: ['kubelet-debug-endpoints'],
  },
  'events without limit': {
    file: KUBELET,
    change: ['rotateCertificates: true', 'eventRecordQPS: 0\nrotateCertificates: true'],
    comes: ['kubelet-event-qps'],
  },
  'images for whoever knows their name': {
    file: KUBELET,
    change: [
      'rotateCertificates: true',
      'imagePullCredentialsVerificationPolicy: NeverVerify\nrotateCertificates: true',
    ],
    comes: ['kubelet-image-pull-reuse'],
  },
  'no chains': {
    file: KUBELET,
    change: ['rotateCertificates: true', 'makeIPTablesUtilChains: false\nrotateCertificates: true'],
    comes: ['kubelet-iptables-util-chains'],
  },
  'a certificate for the kubelet that is not asked for': {
    file: KUBELET,
    change: ['rotateCertificates: true', 'serverTLSBootstrap: true\nrotateCertificates: true'],
    comes: [],
    goes: ['kubelet-cert-rotation'],
  },
};

test.each(Object.entries(FAULTS))('%s', (_, { file, change, comes, goes = [] }) => {
  const text = WRITTEN[file]!;
  expect(text.includes(change[0])).toBe(true);
  const before = [...findings(WRITTEN, 'strict')];
  const after = [...findings({ ...WRITTEN, [file]: text.replace(change[0], () => change[1]) }, 'strict')];
  const name = file.replace('.yaml', '');
  for (const id of goes) before.splice(before.indexOf(`${name} ${id}`), 1);
  expect(after).toEqual([...before, ...comes.map((id) => `${name} ${id}`)].sort());
});

/** Files that other installers hand to kubeadm, whose findings are what is worth saying about them. */
const INSTALLERS: Readonly<Record<string, { readonly text: string; readonly says: readonly string[] }>> = {
  'kind, with the token of its documentation': {
    text: `apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
metadata: {name: config}
kubernetesVersion: v1.32.2
clusterName: kind
controlPlaneEndpoint: kind-control-plane:6443
apiServer:
  certSANs: [localhost, 127.0.0.1]
  extraArgs:
    runtime-config: ""
controllerManager:
  extraArgs:
    enable-hostpath-provisioner: "true"
networking: {podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/16}
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: InitConfiguration
metadata: {name: config}
bootstrapTokens:
- token: abcdef.0123456789abcdef
localAPIEndpoint: {advertiseAddress: 172.18.0.2, bindPort: 6443}
nodeRegistration:
  criSocket: unix:///run/containerd/containerd.sock
  kubeletExtraArgs:
    node-ip: 172.18.0.2
    node-labels: ""
    provider-id: kind://docker/kind/kind-control-plane
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
metadata: {name: config}
cgroupDriver: systemd
cgroupRoot: /kubelet
failSwapOn: false
imageGCHighThresholdPercent: 100
evictionHard: {nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%}
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
metadata: {name: config}
mode: iptables
conntrack: {maxPerCore: 0}
`,
    says: ['apiserver-audit-disabled', 'apiserver-secrets-not-encrypted', 'kubeadm-credentials-committed'],
  },
  'minikube, whose metrics of kube-proxy are for everyone': {
    text: `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 192.168.49.2, bindPort: 8443}
bootstrapTokens:
  - groups: [system:bootstrappers:kubeadm:default-node-token]
    ttl: 24h0m0s
    usages: [signing, authentication]
nodeRegistration:
  criSocket: unix:///var/run/cri-dockerd.sock
  name: minikube
  kubeletExtraArgs:
    - {name: node-ip, value: 192.168.49.2}
  taints: []
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer:
  certSANs: [127.0.0.1, localhost, 192.168.49.2]
  extraArgs:
    - name: enable-admission-plugins
      value: NamespaceLifecycle,LimitRanger,ServiceAccount,DefaultStorageClass,DefaultTolerationSeconds,NodeRestriction,MutatingAdmissionWebhook,ValidatingAdmissionWebhook,ResourceQuota
controllerManager:
  extraArgs:
    - {name: allocate-node-cidrs, value: "true"}
    - {name: leader-elect, value: "false"}
scheduler:
  extraArgs:
    - {name: leader-elect, value: "false"}
certificatesDir: /var/lib/minikube/certs
clusterName: mk
controlPlaneEndpoint: control-plane.minikube.internal:8443
etcd: {local: {dataDir: /var/lib/minikube/etcd}}
kubernetesVersion: v1.34.0
networking: {dnsDomain: cluster.local, podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/12}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {x509: {clientCAFile: /var/lib/minikube/certs/ca.crt}}
cgroupDriver: systemd
hairpinMode: hairpin-veth
runtimeRequestTimeout: 15m
clusterDomain: cluster.local
imageGCHighThresholdPercent: 100
evictionHard: {nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%}
failSwapOn: false
staticPodPath: /etc/kubernetes/manifests
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clusterCIDR: 10.244.0.0/16
metricsBindAddress: 0.0.0.0:10249
conntrack: {maxPerCore: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
`,
    says: ['apiserver-audit-disabled', 'apiserver-secrets-not-encrypted', 'kube-proxy-metrics-exposed'],
  },
};

test.each(Object.entries(INSTALLERS))('%s', (_, { text, says }) => {
  expect(findings({ 'kubeadm.yaml': text }, 'recommended')).toEqual(says.map((id) => `kubeadm ${id}`).sort());
});
