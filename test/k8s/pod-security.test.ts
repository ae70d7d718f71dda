import { describe, expect, test } from 'vitest';
import { podTemplates } from '../../src/k8s/kinds.ts';
import type { PodView } from '../../src/k8s/pod.ts';
import type { PodSecurityCheck } from '../../src/k8s/pod-security/check.ts';
import { readPodSecurityConfiguration } from '../../src/k8s/pod-security/configuration.ts';
import { createDecoder } from '../../src/k8s/pod-security/decode.ts';
import { dependsOnVersion } from '../../src/k8s/pod-security/depends-on-version.ts';
import { describeOffenders, evaluate, levelOf, resolved } from '../../src/k8s/pod-security/evaluate.ts';
import { policyOf } from '../../src/k8s/pod-security/labels.ts';
import { formatLevelVersion, parsePolicyVersion, policyMinor } from '../../src/k8s/pod-security/level.ts';
import { mapPodSecurityPolicy } from '../../src/k8s/pod-security/pod-security-policy.ts';
import { defineRegistry, POD_SECURITY_STANDARDS } from '../../src/k8s/pod-security/registry.ts';
import { createResponder } from '../../src/k8s/pod-security/requests.ts';
import { createAssessor } from '../../src/k8s/pod-security/standing.ts';
import { subjectOf } from '../../src/k8s/pod-security/subject.ts';
import { sysctlNamespace } from '../../src/k8s/pod-security/sysctl-namespace.ts';
import { readResources } from '../../src/k8s/read-resources.ts';
import type { Resource } from '../../src/k8s/resource.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { parse } from '../../src/yaml/parse.ts';

const HARDENED_CONTAINER = '{name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}';
const HARDENED_POD = 'securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}';

function resource(yaml: string): Resource {
  const [document] = parse(new SourceFile('test.yaml', yaml));
  expect(document!.errors).toEqual([]);
  return readResources(document!, podTemplates())[0]!;
}

/** A pod with the spec given; `annotations` is a flow mapping. */
function pod(spec: string, annotations = '{}'): PodView {
  return resource(`apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: ${annotations}}\nspec: {${spec}}`)
    .pods[0]!;
}

function failing(level: 'baseline' | 'restricted', minor: number, view: PodView, server?: number): readonly string[] {
  return evaluate(level, minor, view, server).map(({ check }) => check);
}

describe('the registry', () => {
  const check = (id: string, level: 'baseline' | 'restricted', ...since: `1.${number}`[]): PodSecurityCheck => ({
    id,
    level,
    versions: since.map((each) => ({ since: each, test: () => undefined })),
  });
  const overriding = (id: string, ...lists: string[][]): PodSecurityCheck => ({
    id,
    level: 'restricted',
    versions: lists.map((overrides, index) => ({ since: `1.${index}`, test: () => undefined, overrides })),
  });

  test('orders checks by level and id, as admission reports them', () => {
    expect(POD_SECURITY_STANDARDS.checks.map(({ id }) => id)).toEqual([
      'appArmorProfile',
      'capabilities_baseline',
      'hostNamespaces',
      'hostPathVolumes',
      'hostPorts',
      'hostProbesAndHostLifecycle',
      'privileged',
      'procMount',
      'seLinuxOptions',
      'seccompProfile_baseline',
      'sysctls',
      'windowsHostProcess',
      'allowPrivilegeEscalation',
      'capabilities_restricted',
      'procMount_restricted',
      'restrictedVolumes',
      'runAsNonRoot',
      'runAsUser',
      'seccompProfile_restricted',
    ]);
  });

  test.each<[string, readonly PodSecurityCheck[], string]>([
    ['an id twice', [check('a', 'baseline', '1.0'), check('a', 'restricted', '1.0')], 'check a is registered twice'],
    ['no version', [check('a', 'baseline')], 'check a has no version'],
    ['versions that stand still', [check('a', 'baseline', '1.3', '1.3')], 'versions that do not increase: 1.3, 1.3'],
    ['versions that go back', [check('a', 'baseline', '1.30', '1.4')], 'versions that do not increase: 1.30, 1.4'],
    [
      'a baseline check that overrides',
      [{ ...overriding('a', ['b']), level: 'baseline' }, check('b', 'baseline', '1.0')],
      'check a overrides b but is not restricted',
    ],
    ['an override of nothing', [overriding('a', ['b'])], 'check a overrides b, no baseline check'],
    [
      'an override of a restricted check',
      [overriding('a', ['b']), check('b', 'restricted', '1.0')],
      'check a overrides b, no baseline check',
    ],
    [
      'an override that ceases',
      [overriding('a', ['b'], []), check('b', 'baseline', '1.0')],
      'check a ceases to override b',
    ],
  ])('refuses %s', (_, checks, message) => {
    expect(() => defineRegistry(checks)).toThrow(message);
  });
});

describe('evaluation', () => {
  const hardened = () => pod(`${HARDENED_POD}, containers: [${HARDENED_CONTAINER}]`);

  test('a hardened pod passes every version of both levels, a bare one what its version asks', () => {
    const everywhere = Array.from({ length: 38 }, (_, minor) => minor);
    expect(everywhere.flatMap((minor) => failing('restricted', minor, hardened()))).toEqual([]);
    const bare = pod('containers: [{name: a}]');
    expect(everywhere.flatMap((minor) => failing('baseline', minor, bare))).toEqual([]);
    const asked = (minor: number) => failing('restricted', minor, bare);
    expect([0, 7, 8, 18, 19, 21, 22, 37].map((minor) => [minor, ...asked(minor)])).toEqual([
      [0, 'runAsNonRoot'],
      [7, 'runAsNonRoot'],
      [8, 'allowPrivilegeEscalation', 'runAsNonRoot'],
      [18, 'allowPrivilegeEscalation', 'runAsNonRoot'],
      [19, 'allowPrivilegeEscalation', 'runAsNonRoot', 'seccompProfile_restricted'],
      [21, 'allowPrivilegeEscalation', 'runAsNonRoot', 'seccompProfile_restricted'],
      [22, 'allowPrivilegeEscalation', 'capabilities_restricted', 'runAsNonRoot', 'seccompProfile_restricted'],
      [37, 'allowPrivilegeEscalation', 'capabilities_restricted', 'runAsNonRoot', 'seccompProfile_restricted'],
    ]);
  });

  // What a pod fails at the release before a change of the policy, and at the change.
  test.each<[string, string, number, readonly string[], readonly string[]]>([
    ['runAsUser 0', 'securityContext: {runAsNonRoot: true, runAsUser: 0}, containers: []', 23, [], ['runAsUser']],
    [
      'Windows',
      'os: {name: windows}, securityContext: {runAsNonRoot: true}, containers: [{name: a}]',
      25,
      ['allowPrivilegeEscalation', 'capabilities_restricted', 'seccompProfile_restricted'],
      [],
    ],
    [
      'a sysctl of 1.27',
      `securityContext: {sysctls: [{name: net.ipv4.ip_local_reserved_ports, value: "1"}]}, containers: []`,
      27,
      ['sysctls'],
      [],
    ],
    [
      'a sysctl of 1.37',
      `securityContext: {sysctls: [{name: net.ipv4.tcp_notsent_lowat, value: "1"}]}, containers: []`,
      37,
      ['sysctls'],
      [],
    ],
    [
      'an SELinux type of 1.31',
      'securityContext: {seLinuxOptions: {type: container_engine_t}}, containers: []',
      31,
      ['seLinuxOptions'],
      [],
    ],
    [
      'a host of a probe',
      `${HARDENED_POD}, containers: [{${HARDENED_CONTAINER.slice(1, -1)}, livenessProbe: {tcpSocket: {host: h, port: 1}}}]`,
      34,
      [],
      ['hostProbesAndHostLifecycle'],
    ],
    [
      'root in a user namespace',
      'hostUsers: false, securityContext: {runAsUser: 0, runAsNonRoot: false}, containers: []',
      35,
      ['runAsNonRoot', 'runAsUser'],
      [],
    ],
  ])('%s', (_, spec, minor, before, after) => {
    expect(failing('restricted', minor - 1, pod(spec))).toEqual(before);
    expect(failing('restricted', minor, pod(spec))).toEqual(after);
  });

  test('from 1.35 on a user namespace unmasks /proc at baseline, and restricted minds', () => {
    const unmasked = () => pod('hostUsers: false, containers: [{name: a, securityContext: {procMount: Unmasked}}]');
    expect(failing('baseline', 34, unmasked())).toEqual(['procMount']);
    expect(failing('baseline', 35, unmasked())).toEqual([]);
    expect(failing('restricted', 34, unmasked()).filter((id) => id.startsWith('proc'))).toEqual(['procMount']);
    expect(failing('restricted', 35, unmasked()).filter((id) => id.startsWith('proc'))).toEqual([
      'procMount_restricted',
    ]);
  });

  test('before 1.19 annotations are read, and of containers that exist', () => {
    const annotated = pod(
      'containers: [{name: a}]',
      '{container.seccomp.security.alpha.kubernetes.io/a: unconfined, container.seccomp.security.alpha.kubernetes.io/b: x}',
    );
    const [violation] = evaluate('baseline', 18, annotated);
    expect(violation?.offenders.map(({ what }) => what)).toEqual([
      'annotation container.seccomp.security.alpha.kubernetes.io/a is "unconfined"',
    ]);
    expect(failing('baseline', 19, annotated)).toEqual([]);
    const empty = pod('containers: []', '{seccomp.security.alpha.kubernetes.io/pod: }');
    expect(failing('baseline', 18, empty)).toEqual(['seccompProfile_baseline']);
  });

  test('a volume without a known source is an emptyDir, one with an allowed source passes whatever else it names', () => {
    const volumes = pod(
      'containers: [], volumes: [{name: a}, {name: b, unheardOf: {}}, {name: c, emptyDir: {}, hostPath: {}}]',
    );
    expect(failing('restricted', 37, volumes)).toEqual([]);
    expect(failing('baseline', 37, volumes)).toEqual(['hostPathVolumes']);
  });

  test('hostPort is taken from containerPort in a Pod of the host network, and not in a template', () => {
    const spec = 'hostNetwork: true, containers: [{name: a, ports: [{containerPort: 80}]}]';
    expect(failing('baseline', 37, pod(spec))).toEqual(['hostNamespaces', 'hostPorts']);
    const template = resource(
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {${spec}}}}`,
    );
    expect(failing('baseline', 37, template.pods[0]!)).toEqual(['hostNamespaces']);
  });

  test('a container that is null is one without any field', () => {
    const [violation] = evaluate('restricted', 0, pod('containers: [null]'));
    expect(violation?.offenders.map(({ who }) => who)).toEqual(['container "containers[0]"']);
  });

  test('the AppArmor field does not exist before API servers of 1.30', () => {
    const spec = 'securityContext: {appArmorProfile: {type: Unconfined}}, containers: []';
    expect(failing('baseline', 29, pod(spec), 29)).toEqual([]);
    expect(failing('baseline', 29, pod(spec), 30)).toEqual(['appArmorProfile']);
  });

  test('points at the value that is wrong, and at the place of what is missing', () => {
    const view = pod(`${HARDENED_POD}, containers: [{name: a, securityContext: {capabilities: {add: [CHOWN]}}}]`);
    const violations = evaluate('restricted', 'latest', view);
    expect(
      violations.map(({ check, reason, offenders }) => [
        check,
        reason,
        offenders.map(({ node }) => `${node.path}${node.present ? '' : ' is missing'}`).join(),
        describeOffenders(offenders),
      ]),
    ).toEqual([
      [
        'allowPrivilegeEscalation',
        'allowPrivilegeEscalation != false',
        'spec.containers[0].securityContext.allowPrivilegeEscalation is missing',
        'allowPrivilegeEscalation is not set to false (container "a")',
      ],
      [
        'capabilities_restricted',
        'unrestricted capabilities',
        'spec.containers[0].securityContext.capabilities.drop is missing,spec.containers[0].securityContext.capabilities.add[0]',
        'capabilities.drop lacks ALL (container "a"); adds capability "CHOWN" (container "a")',
      ],
    ]);
  });

  test('what is of the wrong type is neither bad nor missing, and neither is a template', () => {
    const wrong = pod(
      'securityContext: "x", hostPID: "true", containers: [{name: a, securityContext: {privileged: "true", capabilities: [], allowPrivilegeEscalation: "no"}}]',
    );
    expect(failing('restricted', 37, wrong)).toEqual([]);
    const templated = pod(
      `${HARDENED_POD}, containers: [{name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: ["{{ .Values.drop }}"]}}}]`,
    );
    expect(failing('restricted', 37, templated)).toEqual(['capabilities_restricted']);
    expect(resolved(evaluate('restricted', 37, templated))).toEqual([]);
  });

  test('levels', () => {
    expect(levelOf(hardened())).toBe('restricted');
    expect(levelOf(pod('containers: [{name: a}]'))).toBe('baseline');
    expect(levelOf(pod('hostPID: true, containers: [{name: a}]'))).toBe('privileged');
  });

  test('a policy of 1.25 or newer judges alike what does not depend on the version', () => {
    for (const spec of [
      'containers: [{name: a}]',
      'hostPID: true, containers: []',
      `${HARDENED_POD}, containers: []`,
    ]) {
      expect(dependsOnVersion(subjectOf(pod(spec)))).toBe(false);
      const first = failing('restricted', 25, pod(spec));
      for (let minor = 26; minor <= 37; minor++) expect(failing('restricted', minor, pod(spec))).toEqual(first);
    }
    expect(dependsOnVersion(subjectOf(pod('hostUsers: false, containers: []')))).toBe(true);
  });
});

describe('versions', () => {
  test.each([
    ['latest', 'latest'],
    ['v1.0', 0],
    ['v1.30', 30],
    ['v1.99', 99],
    ['v1.030', undefined],
    ['1.30', undefined],
    ['v1.30.1', undefined],
    ['Latest', undefined],
    ['', undefined],
    ['v1.9223372036854775808', undefined],
  ])('%j is %j', (text, version) => {
    expect(parsePolicyVersion(text)).toBe(version);
  });

  test('newer versions than the API server mean its own', () => {
    expect([
      policyMinor('latest'),
      policyMinor(99),
      policyMinor('latest', 30),
      policyMinor(33, 30),
      policyMinor(20, 30),
    ]).toEqual([37, 37, 30, 30, 20]);
  });
});

describe('labels', () => {
  const key = (name: string) => `pod-security.kubernetes.io/${name}`;
  const resolve = (labels: Record<string, string>, defaults?: Parameters<typeof policyOf>[1]) => {
    const named = Object.fromEntries(Object.entries(labels).map(([name, value]) => [key(name), value]));
    const { enforce, audit, warn, invalid } = policyOf(named, defaults);
    return [
      [enforce, audit, warn].map(formatLevelVersion).join(' '),
      invalid.map((each) => each.key.slice(key('').length)).join(),
    ];
  };

  test.each<[Record<string, string>, string, string]>([
    [{}, 'privileged:latest privileged:latest privileged:latest', ''],
    [{ enforce: 'baseline' }, 'baseline:latest privileged:latest baseline:latest', ''],
    [{ enforce: 'baseline', 'enforce-version': 'v1.30' }, 'baseline:v1.30 privileged:latest baseline:v1.30', ''],
    [
      { enforce: 'baseline', 'enforce-version': 'v1.30', 'warn-version': 'v1.31' },
      'baseline:v1.30 privileged:latest baseline:v1.31',
      '',
    ],
    [{ enforce: 'restricted', warn: 'baseline' }, 'restricted:latest privileged:latest baseline:latest', ''],
    [{ enforce: 'strict' }, 'restricted:latest privileged:latest privileged:latest', 'enforce'],
    [{ enforce: '' }, 'restricted:latest privileged:latest privileged:latest', 'enforce'],
    [{ audit: 'Baseline', warn: 'x' }, 'privileged:latest privileged:latest privileged:latest', 'audit,warn'],
    [
      { enforce: 'baseline', 'enforce-version': '1.30' },
      'baseline:latest privileged:latest baseline:latest',
      'enforce-version',
    ],
  ])('%j', (labels, policy, invalid) => {
    expect(resolve(labels)).toEqual([policy, invalid]);
  });

  test('defaults of the configuration fill what is left out', () => {
    const { root } = resource(
      'apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\ndefaults: {enforce: baseline, warn: restricted, audit: ""}\nexemptions: {namespaces: [kube-system], runtimeClasses: [kata]}',
    );
    const configuration = readPodSecurityConfiguration(root)!;
    expect(configuration.exemptNamespaces).toEqual(['kube-system']);
    expect(configuration.exemptRuntimeClasses).toEqual(['kata']);
    expect(resolve({}, configuration.defaults)).toEqual(['baseline:latest privileged:latest restricted:latest', '']);
    expect(resolve({ enforce: 'restricted' }, configuration.defaults)).toEqual([
      'restricted:latest privileged:latest restricted:latest',
      '',
    ]);
  });

  test('a configuration that the API server would not start with is none', () => {
    const { root } = resource(
      'apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\ndefaults: {enforce: strict}',
    );
    expect(readPodSecurityConfiguration(root)).toBeUndefined();
  });
});

describe('requests', () => {
  const respond = createResponder();
  const ask = (request: object) => respond(JSON.stringify(request));

  test('answers in the form of the reference program', () => {
    expect(ask({ id: 'x', level: 'baseline', version: 'v1.30', pod: { spec: { hostPID: true } } })).toEqual({
      id: 'x',
      level: 'baseline',
      version: 'v1.30',
      kind: 'Pod',
      allowed: false,
      failed: [{ id: 'hostNamespaces', reason: 'host namespaces', detail: 'hostPID is true' }],
    });
    expect(ask({ level: 'privileged', pod: null })).toEqual({
      level: 'privileged',
      version: 'latest',
      kind: 'Pod',
      allowed: true,
      failed: [],
    });
  });

  test('takes YAML, and the level of the command line', () => {
    const pod = 'apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {hostIPC: yes}}}\n';
    const answer = createResponder({ level: 'baseline' })(JSON.stringify({ pod }));
    expect(answer.failed.map(({ id }) => id)).toEqual(['hostNamespaces']);
  });

  test.each<[string, object, string]>([
    ['no level', { pod: {} }, 'level "" is none of privileged, baseline and restricted'],
    ['a version', { level: 'baseline', version: '1.30', pod: {} }, 'version "1.30" is neither "latest" nor "v1.N"'],
    ['no object', { level: 'baseline' }, 'decode: no object'],
    [
      'a kind without pods',
      { level: 'baseline', pod: { apiVersion: 'v1', kind: 'Service' } },
      'decode: Service of v1 is no kind with pods that admission knows',
    ],
    ['a wrong type', { level: 'baseline', pod: { spec: { hostPID: 'true' } } }, 'decode: spec.hostPID is no boolean'],
    [
      'a number that is too large',
      { level: 'baseline', pod: { spec: { containers: [{ ports: [{ hostPort: 2 ** 31 }] }] } } },
      'decode: spec.containers[0].ports[0].hostPort is no 32-bit integer',
    ],
    [
      'a ReplicationController without a template',
      { level: 'baseline', pod: { apiVersion: 'v1', kind: 'ReplicationController', spec: {} } },
      'no pod spec',
    ],
  ])('refuses %s', (_, request, error) => {
    const answer = ask(request);
    expect([answer.allowed, answer.failed, answer.error]).toEqual([false, [], error]);
  });

  test('keeps integers whole', () => {
    const answer = (uid: string) =>
      respond(`{"level":"baseline","pod":{"spec":{"securityContext":{"runAsUser":${uid}}}}}`);
    expect(answer('9223372036854775807').error).toBeUndefined();
    expect(answer('9223372036854775808').error).toBe('decode: spec.securityContext.runAsUser is no 64-bit integer');
  });
});

describe('what the API server could not read', () => {
  test('is listed with the type that belongs there', () => {
    const { root } = resource(
      'apiVersion: v1\nkind: Pod\nmetadata: {labels: {a: 1}}\nspec: {containers: {name: a}, volumes: [{emptyDir: {sizeLimit: 1 Gi}}], hostUsers: "no", unknown: [1]}',
    );
    const found = createDecoder().undecodable(root, 'Pod');
    expect(found.map(({ node, expected }) => `${node.path}: ${expected}`)).toEqual([
      'metadata.labels.a: string',
      'spec.containers: list',
      'spec.volumes[0].emptyDir.sizeLimit: quantity',
      'spec.hostUsers: boolean',
    ]);
  });
});

describe('standing', () => {
  test('tells a fault of both levels once, for baseline', () => {
    const { level, obstacles, undecided } = createAssessor(37)(
      pod(
        'runtimeClassName: 7, containers: [{name: a, securityContext: {capabilities: {add: [SYS_ADMIN], drop: ["${DROP}"]}}}]',
      ),
    );
    expect(level).toBe('privileged');
    expect(obstacles.map((each) => `${each.level} ${each.check} ${each.node.path}`)).toEqual([
      'baseline capabilities_baseline spec.containers[0].securityContext.capabilities.add[0]',
      'restricted allowPrivilegeEscalation spec.containers[0].securityContext.allowPrivilegeEscalation',
      'restricted runAsNonRoot spec.containers[0].securityContext.runAsNonRoot',
      'restricted seccompProfile_restricted spec.containers[0].securityContext.seccompProfile',
    ]);
    expect(undecided.map(({ message }) => message)).toEqual([
      'spec.runtimeClassName is no string: the API server refuses the object',
      'spec.containers[0].securityContext.capabilities.drop waits for a template to be rendered',
    ]);
  });
});

describe('PodSecurityPolicy', () => {
  const map = (spec: string, annotations = '{}') =>
    mapPodSecurityPolicy(
      resource(
        `apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: p, annotations: ${annotations}}\nspec: {${spec}}`,
      ).root,
    );
  const TIGHT =
    'allowPrivilegeEscalation: false, requiredDropCapabilities: [ALL], runAsUser: {rule: MustRunAsNonRoot}, volumes: [configMap, secret, none]';
  const SECCOMP = '{seccomp.security.alpha.kubernetes.io/allowedProfileNames: "runtime/default,localhost/*"}';

  test.each<[string, string, string, string, readonly string[]]>([
    ['as strict as can be', TIGHT, SECCOMP, 'restricted', []],
    [
      'without a seccomp demand',
      TIGHT,
      '{}',
      'baseline',
      ['metadata.annotations["seccomp.security.alpha.kubernetes.io/allowedProfileNames"]'],
    ],
    ['NFS', TIGHT.replace('none', 'nfs'), SECCOMP, 'baseline', ['spec.volumes[2]']],
    ['every volume', TIGHT.replace('none', '"*"'), SECCOMP, 'privileged', ['spec.volumes[2]']],
    [
      'a forced UID',
      TIGHT.replace('rule: MustRunAsNonRoot', 'rule: MustRunAs, ranges: [{min: 1, max: 9}]'),
      SECCOMP,
      'restricted',
      [],
    ],
    [
      'a range from 0',
      TIGHT.replace('rule: MustRunAsNonRoot', 'rule: MustRunAs, ranges: [{min: 0, max: 9}]'),
      SECCOMP,
      'baseline',
      ['spec.runAsUser.rule'],
    ],
    [
      'every capability',
      `${TIGHT}, allowedCapabilities: ["*"]`,
      SECCOMP,
      'privileged',
      ['spec.allowedCapabilities[0]'],
    ],
    [
      'a type of SELinux',
      `${TIGHT}, seLinux: {rule: MustRunAs, seLinuxOptions: {type: spc_t}}`,
      SECCOMP,
      'privileged',
      ['spec.seLinux.seLinuxOptions.type'],
    ],
    ['any SELinux', `${TIGHT}, seLinux: {rule: RunAsAny}`, SECCOMP, 'restricted', []],
  ])('%s', (_, spec, annotations, level, gaps) => {
    const mapping = map(spec, annotations);
    expect([mapping.level, mapping.gaps.map(({ field }) => field)]).toEqual([level, gaps]);
  });

  test('names what it wrote into pods', () => {
    expect(
      map('readOnlyRootFilesystem: true, fsGroup: {rule: MustRunAs}, requiredDropCapabilities: [ALL]').mutations,
    ).toEqual(['requiredDropCapabilities', 'fsGroup', 'readOnlyRootFilesystem']);
  });
});

test.each([
  ['net.ipv4.tcp_mem', 'net'],
  ['net/ipv4/tcp_mem', 'net'],
  ['kernel.msgmax', 'ipc'],
  ['fs/mqueue/msg_max', 'ipc'],
  ['kernel.shmall2', undefined],
  ['vm.swappiness', undefined],
])('sysctl %s belongs to %s', (name, namespace) => {
  expect(sysctlNamespace(name)).toBe(namespace);
});
