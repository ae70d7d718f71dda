import { describe, expect, test } from 'vitest';
import type { ComponentView } from '../../src/k8s/control-plane/component-view.ts';
import { controlPlane } from '../../src/k8s/control-plane/inventory.ts';
import { hostPathOf, mountOf } from '../../src/k8s/control-plane/mounts.ts';
import { durationSeconds, hostOf } from '../../src/k8s/control-plane/values.ts';
import { podTemplates } from '../../src/k8s/kinds.ts';
import { readResources } from '../../src/k8s/read-resources.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { parse } from '../../src/yaml/parse.ts';

function read(text: string, path = 'a.yaml') {
  const documents = parse(new SourceFile(path, text));
  const resources = documents.flatMap((document) => readResources(document, podTemplates()));
  const collected = resources.filter((resource) => controlPlane.collect(resource) !== undefined);
  const project = { ofKind: (kind: string) => resources.filter((resource) => resource.groupKind === kind) };
  return controlPlane.compute(
    project,
    collected.map((resource) => ({ resource })),
  );
}

function container(lines: string): string {
  const indented = lines
    .trim()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  return `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: c\n${indented}\n`;
}

/** The component of a container with its flags as text. */
function flagsOf(
  lines: string,
): { component: string; flags: Record<string, string>; complete: boolean; lost: string[] } | undefined {
  const [view] = read(container(lines)).components;
  return view === undefined ? undefined : summary(view);
}

function summary(view: ComponentView) {
  const flags: Record<string, string> = {};
  for (const name of view.names) {
    flags[name] = view
      .all(name)
      .map(({ value }) => value)
      .join(' + ');
  }
  return { component: view.component, flags, complete: view.complete, lost: view.faults.map(({ kind }) => kind) };
}

/** The text of the file that a flag's value is said to stand at. */
function placeOf(text: string, name: string): string {
  const flag = read(text).components[0]!.flag(name)!;
  const { node, part } = flag.place;
  const { start, end } = node.span;
  return node.document.file.text.slice(start + (part?.start ?? 0), part === undefined ? end : start + part.end);
}

describe('which component a container runs', () => {
  test.each([
    ['command', 'command: [kube-apiserver, --a=b]', 'kube-apiserver'],
    ['a path', 'command: [/usr/local/bin/kube-scheduler, --a=b]', 'kube-scheduler'],
    ['args behind command', 'command: [kube-controller-manager]\nargs: [--a=b]', 'kube-controller-manager'],
    ['the image alone', 'image: registry.k8s.io/kube-proxy-arm64:v1.30.0\nargs: [--a=b]', 'kube-proxy'],
    ['a digest', 'image: registry.k8s.io/etcd@sha256:00\nargs: [--a=b]', 'etcd'],
    ['hyperkube', 'command: [/hyperkube, apiserver, --a=b]', 'kube-apiserver'],
    ['tini', 'command: [tini, --, kubelet, --a=b]', 'kubelet'],
    ['go-runner', 'command: [/go-runner, --log-file=/var/log/a.log, kube-apiserver, --a=b]', 'kube-apiserver'],
    ['kube-log-runner', 'command: [kube-log-runner, -log-file=/a, kube-scheduler, --a=b]', 'kube-scheduler'],
    ['a shell', 'command: [/bin/sh, -c, "exec kube-apiserver --a=b 2>&1 | tee /log"]', 'kube-apiserver'],
    ['busybox', 'command: [busybox, sh, -c, "kube-apiserver --a=b"]', 'kube-apiserver'],
    ['the version', 'command: [kube-apiserver, --version]', undefined],
    ['another program', 'command: [etcdctl, snapshot, save]', undefined],
    ['another program of the image', 'image: registry.k8s.io/etcd:3.6.5-0\ncommand: [etcdctl, --a=b]', undefined],
    ['something else', 'image: nginx\nargs: [--a=b]', undefined],
  ])('%s', (_, lines, expected) => {
    expect(flagsOf(lines)?.component).toBe(expected);
  });

  test('labels tell where the command is a wrapper', () => {
    const text = `apiVersion: v1
kind: Pod
metadata: {name: a, labels: {component: kube-apiserver, tier: control-plane}}
spec:
  containers:
  - {name: c, image: example, command: [/wrapper, --anonymous-auth=false]}
`;
    expect(read(text).components.map(summary)).toEqual([
      { component: 'kube-apiserver', flags: { 'anonymous-auth': 'false' }, complete: true, lost: [] },
    ]);
  });
});

describe('flags', () => {
  test.each([
    ['two words', '[kube-apiserver, --secure-port, "6443"]', { 'secure-port': '6443' }, []],
    ['a number', '[kube-apiserver, --secure-port, 6443]', { 'secure-port': '6443' }, []],
    ['underscores', '[kube-apiserver, --secure_port=6443]', { 'secure-port': '6443' }, []],
    ['a bare boolean', '[kube-apiserver, --profiling, --v=2]', { profiling: 'true', v: '2' }, []],
    [
      'a split boolean',
      '[kube-apiserver, --profiling, "false", --v=2]',
      { profiling: 'true', v: '2' },
      ['split-boolean'],
    ],
    ['repeated', '[kube-apiserver, --v=1, --v=2]', { v: '1 + 2' }, []],
    ['short', '[kube-apiserver, -v, "2", --profiling=false]', { profiling: 'false' }, []],
    ['single dash', '[kube-apiserver, -profiling=false]', {}, ['single-dash']],
    ['a blank', '["kube-apiserver", "--profiling false"]', { profiling: 'false' }, ['blank']],
    ['a blank and a list', '["kube-apiserver", "--feature-gates  A=true"]', { 'feature-gates': 'A=true' }, ['blank']],
    ['a blank behind no flag', '["kube-apiserver", "--no-such-flag false"]', { 'no-such-flag false': 'true' }, []],
    ['etcd, a blank', '["etcd", "-name a"]', { name: 'a' }, ['blank']],
    ['behind --', '[kube-apiserver, --, --profiling=false]', {}, ['positional']],
    ['a loose word', '[kube-apiserver, profiling]', {}, ['positional']],
    ['no value', '[kube-apiserver, --secure-port]', {}, ['no-value']],
    ['two in one', '["kube-apiserver", "--v=1 --profiling=false"]', { v: '1 --profiling=false' }, ['joined']],
    ['quotes inside', `[kube-apiserver, "--cert-dir='/a'"]`, { 'cert-dir': "'/a'" }, ['quoted']],
    ['csv quotes', `[kube-apiserver, '--authorization-mode="RBAC"']`, { 'authorization-mode': '"RBAC"' }, []],
    [
      'csv quotes around a comma',
      `[kube-apiserver, '--authorization-mode="Node,RBAC"']`,
      { 'authorization-mode': '"Node,RBAC"' },
      ['quoted'],
    ],
    ['no boolean', '[kube-apiserver, --profiling=off]', { profiling: 'off' }, ['not-boolean']],
    ['a mapping', '[kube-apiserver, {--profiling: false}]', {}, ['mapping']],
    ['etcd, one dash', '[etcd, -client-cert-auth, -name, a]', { 'client-cert-auth': 'true', name: 'a' }, []],
    [
      'etcd, a split boolean',
      '[etcd, --client-cert-auth, "true", --name=a]',
      { 'client-cert-auth': 'true' },
      ['split-boolean'],
    ],
  ])('%s', (_, command, flags, lost) => {
    expect(flagsOf(`command: ${command}`)).toMatchObject({ flags, lost });
  });

  test('a script: quotes are taken off, redirections are none of its words', () => {
    const script = `command:
- /bin/bash
- -ec
- |
  # start
  ulimit -n 65536
  if [ -f /x ]; then rm /x; fi
  exec /usr/local/bin/kube-apiserver \\
    --anonymous-auth=false --audit-log-path="/var/log/a b.log" \\
    '--service-account-issuer=https://a' 1>>/var/log/kube.log 2>&1
`;
    expect(flagsOf(script)).toEqual({
      component: 'kube-apiserver',
      flags: { 'anonymous-auth': 'false', 'audit-log-path': '/var/log/a b.log', 'service-account-issuer': 'https://a' },
      complete: true,
      lost: [],
    });
    expect(placeOf(container(script), 'anonymous-auth')).toBe('false');
  });

  test('variables: what the container sets is put in, the rest makes the set incomplete', () => {
    const lines = `env:
- {name: MODE, value: RBAC}
- {name: PORT, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
command: [kube-apiserver, '--authorization-mode=Node,$(MODE)', --secure-port=$(PORT), $$(A), $(EXTRA)]`;
    const view = flagsOf(lines)!;
    expect(view.flags).toEqual({ 'authorization-mode': 'Node,RBAC', 'secure-port': '$(PORT)' });
    expect(view.complete).toBe(false);
    expect(flagsOf('command: [kube-apiserver, "--v={{ .Values.v }}"]')?.complete).toBe(true);
    expect(flagsOf('command: [kube-apiserver, "{{ .Values.flags }}"]')?.complete).toBe(false);
  });

  test('etcd reads its environment, and flags beat it', () => {
    const lines = `env:
- {name: ETCD_CLIENT_CERT_AUTH, value: "true"}
- {name: ETCD_NAME, value: b}
command: [etcd, --name=a]`;
    expect(flagsOf(lines)?.flags).toEqual({ name: 'a', 'client-cert-auth': 'true' });
  });

  test('values are found where they stand', () => {
    const text = container('command:\n- kube-apiserver\n- "--authorization-mode=Node,RBAC"\n- --secure-port\n- 6443');
    expect(placeOf(text, 'authorization-mode')).toBe('Node,RBAC');
    expect(placeOf(text, 'secure-port')).toBe('6443');
    const [node, rbac] = read(text).components[0]!.words('authorization-mode');
    expect([node!.text, rbac!.text]).toEqual(['Node', 'RBAC']);
    const { part } = rbac!.place;
    const { start } = rbac!.place.node.span;
    expect(text.slice(start + part!.start, start + part!.end)).toBe('RBAC');
  });

  test('the release is the tag of the image', () => {
    const minor = (image: string) =>
      read(container(`image: ${image}\ncommand: [kube-apiserver, --v=1]`)).components[0]!.minor;
    expect(['a/kube-apiserver:v1.31.2', 'a:5000/x:1.25.0-rc.1', 'a/x:latest', 'a/x'].map(minor)).toEqual([
      31,
      25,
      undefined,
      undefined,
    ]);
  });
});

describe('kubeadm', () => {
  const old = `apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: v1.30.4
apiServer:
  extraArgs:
    anonymous-auth: "false"
    authorization-mode: RBAC
etcd:
  external: {endpoints: ["http://10.0.0.5:2379"]}
`;

  test('its defaults, with what the file says in their place', () => {
    const { components } = read(old);
    expect(components.map(({ component, minor }) => [component, minor])).toEqual([
      ['kube-apiserver', 30],
      ['kube-controller-manager', 30],
      ['kube-scheduler', 30],
    ]);
    const [api, manager] = components;
    expect(
      ['anonymous-auth', 'authorization-mode', 'etcd-servers', 'enable-admission-plugins'].map((name) =>
        api!.value(name),
      ),
    ).toEqual(['false', 'RBAC', 'http://10.0.0.5:2379', 'NodeRestriction']);
    expect(api!.lacks('etcd-cafile')).toBe(true);
    expect(manager!.value('use-service-account-credentials')).toBe('true');
    expect(api!.flag('anonymous-auth')!.node.path).toBe('apiServer.extraArgs.anonymous-auth');
    expect(api!.anchor.path).toBe('apiServer.extraArgs');
    expect(manager!.anchor.path).toBe('kind');
  });

  test('lists, and a file for authorization instead of modes', () => {
    const [api] = read(`apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer:
  extraArgs:
    - {name: authorization-config, value: /etc/kubernetes/authz.yaml}
    - {name: service-account-issuer, value: "https://a"}
    - {name: service-account-issuer, value: "https://b"}
  extraVolumes:
    - {name: authz, hostPath: /srv/authz.yaml, mountPath: /etc/kubernetes/authz.yaml, readOnly: true, pathType: File}
`).components;
    expect(api!.has('authorization-mode')).toBe(false);
    expect(api!.all('service-account-issuer').map(({ value }) => value)).toEqual(['https://a', 'https://b']);
    expect(mountOf(api!.mounts, '/etc/kubernetes/authz.yaml')?.readOnly).toBe(true);
    expect(hostPathOf(api!.mounts, '/etc/kubernetes/authz.yaml')).toBe('/srv/authz.yaml');
    expect(mountOf(api!.mounts, '/etc/kubernetes/pki/etcd/ca.crt')?.mountPath).toBe('/etc/kubernetes/pki');
  });

  test('Cluster API holds the same objects', () => {
    const { components } = read(`apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: KubeadmControlPlane
metadata: {name: cp}
spec:
  version: v1.33.1
  kubeadmConfigSpec:
    clusterConfiguration:
      apiServer: {extraArgs: {profiling: "false"}}
    initConfiguration:
      nodeRegistration: {kubeletExtraArgs: {read-only-port: "10255"}}
`);
    expect(components.map(({ component, minor }) => [component, minor])).toEqual([
      ['kube-apiserver', 33],
      ['kube-controller-manager', 33],
      ['kube-scheduler', 33],
      ['etcd', undefined],
      ['kubelet', 33],
    ]);
    expect(components[0]!.value('profiling')).toBe('false');
    expect(components[4]!.value('read-only-port')).toBe('10255');
  });
});

describe('kubelets', () => {
  test('a file starts from safe defaults, flags alone from the old ones', () => {
    const file = read(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
maxPods: 10
clusterDNS: [10.0.0.1]
`).kubelets[0]!;
    const flags = read(container('command: [kubelet, --kubeconfig=/a]')).kubelets[0]!;
    const both = read(container('command: [kubelet, --config=/a]')).kubelets[0]!;
    expect([file, flags, both].map((each) => each.boolean('anonymous', false, true))).toEqual([false, true, undefined]);
    expect([file, flags, both].map((each) => each.setting('readOnlyPort').missing)).toEqual([true, true, false]);
  });

  test('flags of the same file beat the configuration', () => {
    const [kubelet] = read(`apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration:
  kubeletExtraArgs: [{name: anonymous-auth, value: "false"}]
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}}
`).kubelets;
    expect(kubelet!.boolean('anonymous', false)).toBe(false);
    expect(kubelet!.setting('anonymous').name).toBe('--anonymous-auth');
  });

  test('a short document is a patch, and kubeadm fills in the rest', () => {
    const patch = read('apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 5\n')
      .kubelets[0]!;
    expect(patch.setting('seccompDefault').missing).toBe(false);
  });
});

test('hosts and durations', () => {
  expect(['http://10.0.0.5:2379', '[::1]:10249', '::', ':80', '0.0.0.0'].map(hostOf)).toEqual([
    '10.0.0.5',
    '::1',
    '::',
    '',
    '0.0.0.0',
  ]);
  expect(['1h30m', '0', '500ms', '-1s', '1d', ''].map(durationSeconds)).toEqual([
    5400,
    0,
    0.5,
    -1,
    undefined,
    undefined,
  ]);
});
