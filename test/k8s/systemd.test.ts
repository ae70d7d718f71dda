import { describe, expect, test } from 'vitest';
import type { ComponentView } from '../../src/k8s/control-plane/component-view.ts';
import { controlPlane } from '../../src/k8s/control-plane/inventory.ts';
import { podTemplates } from '../../src/k8s/kinds.ts';
import { readResources } from '../../src/k8s/read-resources.ts';
import { rules } from '../../src/rules/index.ts';
import { lintTexts } from '../../src/testing/rule-tester.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { parse } from '../../src/yaml/parse.ts';

function read(texts: Readonly<Record<string, string>>) {
  const resources = Object.entries(texts).flatMap(([path, text]) =>
    parse(new SourceFile(path, text)).flatMap((document) => readResources(document, podTemplates())),
  );
  const project = { ofKind: (kind: string) => resources.filter((resource) => resource.groupKind === kind) };
  const collected = resources.filter((resource) => controlPlane.collect(resource) !== undefined);
  return controlPlane.compute(
    project,
    collected.map((resource) => ({ resource })),
  );
}

/** Flags with the text that each value is pointed at. */
function summary(view: ComponentView) {
  const flags: Record<string, string> = {};
  const places: Record<string, string> = {};
  for (const name of view.names) {
    const flag = view.flag(name)!;
    flags[name] = flag.value;
    const { node, part } = flag.place;
    const { start, end } = node.span;
    const file = node.document.file;
    places[name] =
      `${file.path}: ${part === undefined ? file.text.slice(start, end) : file.text.slice(start + part.start, start + part.end)}`;
  }
  const { component, complete } = view;
  return { component, flags, places, complete, unresolved: view.unresolved.map(({ name }) => name) };
}

const only = (texts: Readonly<Record<string, string>>) => {
  const { components } = read(texts);
  expect(components).toHaveLength(1);
  return summary(components[0]!);
};

const flagsOf = (execStart: string) => only({ 'kubelet.service': `[Service]\nExecStart=${execStart}\n` }).flags;

const KUBEADM = `# Note: This dropin only works with kubeadm and kubelet v1.11+
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`;
const UNIT = '[Unit]\nDescription=kubelet\n\n[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\n';

describe('words', () => {
  test('blanks, quotes and escapes', () => {
    expect(flagsOf(`/usr/bin/kubelet --a=1   "--b=2 3" '--c=4' --d="5 6"x --e=\\x41\\tz --f=a\\;b --g=100%%`)).toEqual({
      a: '1',
      b: '2 3',
      c: '4',
      d: '5 6x',
      e: 'A\tz',
      f: 'a\\;b',
      g: '100%',
    });
  });

  test('continued lines, comments between them, CRLF', () => {
    const text = '/usr/bin/kubelet \\\n  --a=1 \\\n  # a comment\n  ; another\n  --b=2 \\\n\t--c 3';
    const expected = { a: '1', b: '2', c: '3' };
    expect(flagsOf(text)).toEqual(expected);
    expect(flagsOf(text.replaceAll('\n', '\r\n'))).toEqual(expected);
  });

  test('each value is found where it is written', () => {
    const { places } = only({
      'kubelet.service': '[Service]\nExecStart=/k/kubelet \\\n  --a=1 "--b=2 3" --c=x\\x41y \\\n --d e\n',
    });
    expect(places).toEqual({
      a: 'kubelet.service: 1',
      b: 'kubelet.service: 2 3',
      c: 'kubelet.service: --c=x\\x41y',
      d: 'kubelet.service: e',
    });
  });

  test('prefixes, launchers and a second name', () => {
    expect(flagsOf('-/usr/bin/kubelet --a=1')).toEqual({ a: '1' });
    expect(flagsOf('@/usr/bin/kubelet other --a=1')).toEqual({ a: '1' });
    expect(flagsOf('+/usr/bin/nice -n -10 /usr/bin/kubelet --a=1')).toEqual({ a: '1' });
  });

  test('several commands in a line', () => {
    expect(flagsOf('/bin/echo kubelet ; /usr/bin/kubelet --a=1')).toEqual({ a: '1' });
  });

  test('a shell', () => {
    const text = `/bin/bash -c "exec /usr/bin/kubelet --a='1 2' $KUBELET_ARGS --b=$(hostname -f) >>/var/log/kubelet.log 2>&1"`;
    const { flags, complete, unresolved } = only({
      'kubelet.service': `[Service]\nEnvironmentFile=/etc/default/other\nExecStart=${text}\n`,
    });
    expect({ flags, complete, unresolved }).toEqual({
      flags: { a: '1 2', b: '$(hostname -f)' },
      complete: false,
      unresolved: ['KUBELET_ARGS'],
    });
  });

  test('what only the running system knows is unknown', () => {
    const [view] = read({ 'kubelet.service': '[Service]\nExecStart=/usr/bin/kubelet --a=%H --b=1\n' }).components;
    expect([view!.flag('a')!.known, view!.flag('b')!.known]).toEqual([false, true]);
  });

  test('a blank behind a backslash ends the command', () => {
    const [view] = read({
      'kubelet.service': '[Service]\nExecStart=/usr/bin/kubelet --a=1 \\ \n  --anonymous-auth=false\n',
    }).components;
    expect([summary(view!).flags, view!.complete, view!.faults.map(({ kind, text }) => `${kind} ${text}`)]).toEqual([
      { a: '1' },
      false,
      ['positional \\'],
    ]);
  });
});

describe('variables', () => {
  const service = (lines: string) => ({ 'kubelet.service': `[Service]\n${lines}\n` });

  test('alone as words, in braces as they are, unset as nothing', () => {
    const texts = service(`Environment="A=--a=1 --b=2" 'C=x y'
Environment=D=z
ExecStart=/usr/bin/kubelet $A --c=\${C}-\${D} --d=$D $NONE --e=$$ --f=\${NONE}`);
    expect(only(texts)).toMatchObject({
      flags: { a: '1', b: '2', c: 'x y-z', d: '$D', e: '$', f: '' },
      places: { a: 'kubelet.service: 1', b: 'kubelet.service: 2', c: `kubelet.service: --c=\${C}-\${D}` },
      unresolved: [],
    });
  });

  test('an empty Environment takes back what was said before; the last of a name counts', () => {
    const texts = service(
      'Environment=A=--a=1\nEnvironment=\nEnvironment=B=--b=1\nEnvironment=B=--b=2\nExecStart=/usr/bin/kubelet $A $B',
    );
    expect(only(texts).flags).toEqual({ b: '2' });
  });

  test('a file sets what stands in it, over what the unit says', () => {
    const texts = {
      'n/kubelet.service':
        '[Service]\nEnvironment=A=--a=1\nEnvironmentFile=-/etc/default/kubelet\nExecStart=/usr/bin/kubelet $A $B $C\n',
      'n/kubelet': '# comment\nKUBELET_X=1\nA=--a=2\n; comment\nB="--b=\\"x\\" --c=\\$y" \nC=\'--d=1\'\\\n --e=2\n',
    };
    expect(only(texts)).toEqual({
      component: 'kubelet',
      flags: { a: '2', b: 'x', c: '$y', d: '1', e: '2' },
      places: {
        a: 'n/kubelet: 2',
        b: 'n/kubelet: --b=\\"x\\"',
        c: 'n/kubelet: --c=\\$y',
        d: 'n/kubelet: 1',
        e: 'n/kubelet: 2',
      },
      complete: true,
      unresolved: [],
    });
  });

  test('a file that is not in the input leaves its variables open', () => {
    expect(only({ '10-kubeadm.conf': KUBEADM })).toMatchObject({
      complete: false,
      unresolved: ['KUBELET_KUBEADM_ARGS', 'KUBELET_EXTRA_ARGS'],
    });
  });

  test('variables without their unit', () => {
    const { components } = read({
      'kubeadm-flags.env': 'KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.1 --v=2"\n',
      'opt/kube-apiserver.conf': 'KUBE_APISERVER_OPTS="--anonymous-auth=true \\\n--profiling=true"\n',
    });
    expect(components.map(summary).map(({ component, flags, complete }) => ({ component, flags, complete }))).toEqual([
      { component: 'kubelet', flags: { 'node-ip': '10.0.0.1', v: '2' }, complete: false },
      { component: 'kube-apiserver', flags: { 'anonymous-auth': 'true', profiling: 'true' }, complete: false },
    ]);
  });

  test('etcd takes its settings from variables', () => {
    const { components } = read({
      'kube/etcd.service': '[Service]\nEnvironmentFile=/etc/etcd.env\nExecStart=/usr/local/bin/etcd --name=a\n',
      'kube/etcd.env': 'ETCD_NAME=b\nETCD_CLIENT_CERT_AUTH=true\n',
    });
    expect(components.map(summary)).toMatchObject([
      { flags: { name: 'a', 'client-cert-auth': 'true' }, complete: true },
    ]);
  });
});

describe('units and drop-ins', () => {
  const node = (root: string, extra: string) => ({
    [`${root}/usr/lib/systemd/system/kubelet.service`]: UNIT,
    [`${root}/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf`]: KUBEADM,
    [`${root}/var/lib/kubelet/kubeadm-flags.env`]: 'KUBELET_KUBEADM_ARGS="--v=2"\n',
    [`${root}/etc/default/kubelet`]: `KUBELET_EXTRA_ARGS=${extra}\n`,
    [`${root}/var/lib/kubelet/config.yaml`]:
      'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nauthentication: {anonymous: {enabled: false}}\nreadOnlyPort: 0\nrotateCertificates: true\n',
  });

  test('a node as kubeadm sets it up, and another beside it', () => {
    const { kubelets, components } = read({ ...node('a', '--read-only-port=1'), ...node('b', '--read-only-port=2') });
    expect(components.map((view) => [view.value('read-only-port'), view.value('v'), view.complete])).toEqual([
      ['1', '2', true],
      ['2', '2', true],
    ]);
    expect(
      kubelets.map((kubelet) => [
        kubelet.resource.head.file,
        kubelet.setting('readOnlyPort').value,
        kubelet.boolean('anonymous', true),
      ]),
    ).toEqual([
      ['a/var/lib/kubelet/config.yaml', 1, false],
      ['b/var/lib/kubelet/config.yaml', 2, false],
    ]);
  });

  test('etc beats usr/lib, drop-ins come in the order of their names', () => {
    const [view, ...others] = read({
      'usr/lib/systemd/system/kubelet.service': '[Service]\nExecStart=/usr/bin/kubelet --a=1\n',
      'etc/systemd/system/kubelet.service': '[Service]\nExecStart=/usr/bin/kubelet --a=2 $B\n',
      'etc/systemd/system/kubelet.service.d/20-b.conf': '[Service]\nEnvironment=B=--b=20\n',
      'usr/lib/systemd/system/kubelet.service.d/30-b.conf': '[Service]\nEnvironment=B=--b=30\n',
      'usr/lib/systemd/system/kubelet.service.d/40-b.conf': '[Service]\nEnvironment=B=--b=40\n',
      'etc/systemd/system/kubelet.service.d/40-b.conf': '[Service]\n# nothing\nEnvironment=C=1\n',
    }).components;
    expect(others).toEqual([]);
    expect(summary(view!)).toMatchObject({ flags: { a: '2', b: '30' }, complete: true });
  });

  test('a unit without flags waits for its drop-in', () => {
    expect(only({ 'kubelet.service': UNIT })).toMatchObject({ flags: {}, complete: false });
  });
});

describe('what is none of these', () => {
  const findings = (path: string, text: string) =>
    lintTexts(rules, { [path]: text }).findings.map(({ ruleId }) => ruleId);

  test.each([
    ['nginx.service', "[Service]\nExecStart=/usr/sbin/nginx -g 'daemon off;'\n"],
    ['etcd-backup.service', '[Service]\nExecStart=/usr/bin/etcdctl snapshot save /backup/etcd\n'],
    ['wait.service', '[Unit]\nAfter=kubelet.service\n[Service]\nExecStart=/bin/true\n'],
    ['app.env', 'KUBECONFIG=/home/me/.kube/config\nKUBE_NAMESPACE=a\n'],
    ['my.cnf.conf', '[mysqld]\nkubelet=1\n'],
    ['install.sh', 'KUBELET_EXTRA_ARGS=--anonymous-auth=true\n'],
    ['notes', 'The kubelet takes --anonymous-auth=true from KUBELET_EXTRA_ARGS=\n'],
    ['a.conf', '[Service]\nExecStart\n=kubelet\n[\n'],
    ['kubelet.service', '[Service]\n'],
    ['kubelet.service', '[Service]\nExecStart=\n'],
    ['kubelet.service', '[Service]\nExecStart=/usr/bin/kubelet --version\n'],
  ])('%s is not accused: %j', (path, text) => {
    expect(findings(path, text)).toEqual([]);
  });

  test('a kubeconfig called kubelet.conf stays YAML', () => {
    const text = 'apiVersion: v1\nkind: Config\nclusters: []\n';
    expect(parse(new SourceFile('etc/kubernetes/kubelet.conf', text))[0]!.value).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [],
    });
  });
});

describe('findings', () => {
  const clusterRules = rules.filter(({ category }) =>
    ['control-plane', 'node', 'audit', 'encryption'].includes(category),
  );
  const findings = (texts: Readonly<Record<string, string>>) =>
    lintTexts(clusterRules, texts).findings.map(
      ({ file, range, ruleId, severity }) => `${file}:${range.start.line}:${range.start.column} ${severity} ${ruleId}`,
    );
  const config = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: { enabled: false }
  webhook: { enabled: true }
  x509: { clientCAFile: /etc/kubernetes/pki/ca.crt }
authorization: { mode: Webhook }
rotateCertificates: true
`;

  test('a node as kubeadm sets it up says no more than its configuration', () => {
    const alone = findings({ 'n/var/lib/kubelet/config.yaml': config });
    const whole = findings({
      'n/var/lib/kubelet/config.yaml': config,
      'n/usr/lib/systemd/system/kubelet.service': UNIT,
      'n/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf': KUBEADM,
      'n/var/lib/kubelet/kubeadm-flags.env':
        'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///var/run/containerd/containerd.sock"\n',
      'n/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=\n',
    });
    expect(whole).toEqual(alone);
  });

  test('a flag of the unit beats the configuration and is where the finding stands', () => {
    expect(
      findings({
        'kubelet-config.yaml': config,
        'kubelet.service':
          '[Service]\nExecStart=/usr/local/bin/kubelet \\\n  --config=/var/lib/kubelet/kubelet-config.yaml \\\n  --anonymous-auth=true\n',
      }).filter((line) => line.includes('anonymous')),
    ).toEqual(['kubelet.service:4:20 high kubelet-anonymous-auth']);
  });

  test('components that systemd runs', () => {
    expect(
      findings({
        'kube-apiserver.service': `[Service]
ExecStart=/usr/local/bin/kube-apiserver \\
  --anonymous-auth=true \\
  --authorization-mode=Node,RBAC \\
  --client-ca-file=/var/lib/kubernetes/ca.crt \\
  --enable-admission-plugins=NodeRestriction,AlwaysAdmit \\
  --etcd-servers=http://10.0.0.2:2379 \\
  --kubelet-certificate-authority=/var/lib/kubernetes/ca.crt
`,
        'etcd.service': `[Service]
ExecStart=/usr/local/bin/etcd \\
  --listen-client-urls http://0.0.0.0:2379
`,
      }).filter((line) => !/ (?:low|medium) /.test(line)),
    ).toEqual([
      'etcd.service:3:24 critical etcd-client-tls',
      'kube-apiserver.service:2:1 high apiserver-kubelet-client-cert',
      'kube-apiserver.service:2:1 high apiserver-service-account-keys',
      'kube-apiserver.service:6:46 high apiserver-always-admit',
      'kube-apiserver.service:7:18 critical apiserver-etcd-tls',
    ]);
  });
});

test('a finding may be excused in the unit, and no fix is offered that would be YAML', () => {
  const text =
    '[Service]\n# kubesec-lint-ignore: control-plane-profiling -- measured\nExecStart=/usr/bin/kube-scheduler --profiling=true\n';
  const { findings } = lintTexts(
    rules.filter(({ id }) => id === 'control-plane-profiling'),
    { 'kube-scheduler.service': text },
  );
  expect(findings.map(({ suppressed, fix }) => [suppressed?.reason, fix])).toEqual([['measured', undefined]]);
});

test('no cut of a text makes anything throw', () => {
  const texts = [
    KUBEADM,
    UNIT,
    `[Service]\nExecStart=/bin/sh -c 'kubelet --a="$(x \`y\`" \\x4 %% \${A} $B'\\\n# c\n --d\\`,
    'KUBELET_EXTRA_ARGS="a\\"b\'c" \\\n d\\',
  ];
  for (const text of texts) {
    for (let end = 0; end <= text.length; end++) {
      for (const path of ['kubelet.service', 'kubelet', 'a/kubelet.service.d/b.conf']) {
        for (const view of read({ [path]: text.slice(0, end) }).components) {
          for (const name of view.names) {
            const { place, item } = view.flag(name)!;
            for (const { node, part } of [place, item]) expect(part?.end ?? 0).toBeLessThanOrEqual(node.string!.length);
          }
        }
      }
    }
  }
});
