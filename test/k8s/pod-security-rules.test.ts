import { describe, expect, test } from 'vitest';
import type { AnyRule } from '../../src/engine/rule.ts';
import { rules } from '../../src/rules/index.ts';
import { lintTexts } from '../../src/testing/rule-tester.ts';

const FOLDER = rules.filter(({ category }) => category === 'pod-security');
/** What a preset runs of the folder: `lintTexts` itself runs all that it is given. */
const RECOMMENDED = FOLDER.filter(({ preset }) => preset === 'recommended');
const STRICT = FOLDER.filter(({ preset, id }) => preset !== 'all' && id !== 'pod-not-restricted');

function findings(set: readonly AnyRule[], yaml: string): readonly string[] {
  const report = lintTexts(set, { 'a.yaml': yaml });
  expect(report.problems).toEqual([]);
  return report.findings.map(({ range, ruleId, severity }) => `${range.start.line}: ${ruleId} (${severity})`);
}

const HARDENED = `apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    pod-security.kubernetes.io/enforce: restricted
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {prometheus.io/scrape: "true"}}
    spec:
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        fsGroup: 10001
        seccompProfile: {type: RuntimeDefault}
        appArmorProfile: {type: RuntimeDefault}
      containers:
        - name: web
          image: registry.example.com/web:1.0.0
          ports: [{containerPort: 8080}]
          livenessProbe: {httpGet: {path: /healthz, port: 8080}}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}
      volumes: [{name: tmp, emptyDir: {}}]
`;

test('a hardened workload in a restricted namespace is quiet, whatever is asked', () => {
  expect(findings(FOLDER, HARDENED)).toEqual([]);
});

describe('values that cannot be judged are neither good nor bad', () => {
  const pod = (spec: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: [x], labels: 7}\nspec: ${spec}\n`;

  test.each([
    ['nothing but text', 'text'],
    [
      'lists for mappings',
      '{securityContext: [], containers: [{name: a, securityContext: [x], ports: {a: 1}, livenessProbe: []}], volumes: {a: b}}',
    ],
    [
      'text for booleans',
      '{hostNetwork: "true", hostPID: "yes", hostIPC: 1, shareProcessNamespace: "true", hostUsers: "false", securityContext: {runAsNonRoot: "true", runAsUser: "0", seccompProfile: RuntimeDefault, appArmorProfile: x, sysctls: x, windowsOptions: x, seLinuxOptions: x}, containers: [{name: a, securityContext: {privileged: "true", allowPrivilegeEscalation: "false", capabilities: x, procMount: 7, readOnlyRootFilesystem: x}}]}',
    ],
    [
      'templates',
      '{hostNetwork: "{{ .a }}", os: {name: "{{ .os }}"}, securityContext: "{{ .b }}", containers: [{name: "{{ .n }}", image: "{{ .i }}", securityContext: "${CONTEXT}", ports: [{hostPort: "{{ .p }}"}], livenessProbe: {httpGet: {host: "{{ .h }}"}}}], volumes: [{name: a, hostPath: {path: "${DIR}"}}]}',
    ],
    [
      'templates in the leaves',
      '{securityContext: {runAsNonRoot: "{{ .a }}", runAsUser: "${UID}", seccompProfile: {type: "{{ .t }}"}, appArmorProfile: {type: "{{ .t }}"}, seLinuxOptions: {type: "{{ .t }}", user: "{{ .u }}"}, sysctls: [{name: "{{ .s }}", value: "1"}]}, containers: [{name: a, securityContext: {privileged: "{{ .p }}", allowPrivilegeEscalation: "{{ .e }}", procMount: "{{ .m }}", capabilities: {drop: ["{{ .d }}"], add: ["{{ .c }}"]}}}]}',
    ],
  ])('%s', (_, spec) => {
    expect(
      findings(
        FOLDER.filter(({ preset }) => preset !== 'all'),
        pod(spec),
      ),
    ).toEqual([]);
  });
});

describe('one fault, one finding', () => {
  const pod = (lines: string) => `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n${lines}`;

  test('a bare pod: one for the workload, or one for each setting', () => {
    const bare = pod('  containers:\n    - name: a\n');
    expect(findings(RECOMMENDED, bare)).toEqual(['4: pod-not-restricted (low)']);
    expect(findings(STRICT, bare)).toEqual([
      '4: seccomp-profile-missing (low)',
      '6: capabilities-not-dropped (low)',
      '6: privilege-escalation-not-disabled (medium)',
      '6: run-as-non-root-missing (medium)',
    ]);
  });

  test('a privileged container is that, and nothing else about it counts', () => {
    const privileged = pod(
      '  containers:\n    - name: a\n      securityContext:\n        privileged: true\n        allowPrivilegeEscalation: true\n        capabilities: {add: [SYS_ADMIN]}\n',
    );
    expect(findings(RECOMMENDED, privileged)).toEqual(['8: privileged-container (critical)']);
  });

  test('a contradiction is told in place of its half', () => {
    const contradiction = pod(
      '  securityContext: {seccompProfile: {type: RuntimeDefault}}\n  containers:\n    - name: a\n      securityContext:\n        allowPrivilegeEscalation: false\n        capabilities: {drop: [ALL]}\n        runAsNonRoot: true\n        runAsUser: 0\n',
    );
    expect(findings(RECOMMENDED, contradiction)).toEqual(['12: security-context-contradiction (medium)']);
  });

  test('a misspelt and dangerous capability is dangerous', () => {
    const capability = pod(
      '  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}\n  containers:\n    - name: a\n      securityContext:\n        allowPrivilegeEscalation: false\n        capabilities:\n          drop: [ALL]\n          add: [cap_sys_ptrace]\n',
    );
    expect(findings(RECOMMENDED, capability)).toEqual(['12: capability-dangerous-added (high)']);
  });

  test('an unmasked /proc is told as such, though the API server refuses it as well', () => {
    const unmasked = pod(
      '  containers:\n    - name: a\n      securityContext: {privileged: false, procMount: Unmasked}\n',
    );
    expect(findings(RECOMMENDED, unmasked).filter((each) => !each.includes('pod-not-restricted'))).toEqual([
      '7: proc-mount-unmasked (high)',
    ]);
  });
});

test('severities follow the circumstances', () => {
  const of = (id: string, spec: string) =>
    lintTexts(
      FOLDER.filter((rule) => rule.id === id),
      { 'a.yaml': `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {${spec}}\n` },
    ).findings.map(({ severity }) => severity);
  const adding = (name: string, more = '') =>
    of(
      'capability-dangerous-added',
      `${more}containers: [{name: a, securityContext: {capabilities: {add: [${name}]}}}]`,
    );
  expect({
    ptrace: adding('SYS_PTRACE'),
    ptraceOfTheNode: adding('SYS_PTRACE', 'hostPID: true, '),
    adminOfTheNetwork: adding('NET_ADMIN', 'hostNetwork: true, '),
    adminInAUserNamespace: adding('SYS_ADMIN', 'hostUsers: false, '),
    sandboxed: of(
      'privileged-container',
      'runtimeClassName: kata-qemu, containers: [{name: a, securityContext: {privileged: true}}]',
    ),
    ingress: of(
      'host-network',
      'hostNetwork: true, containers: [{name: a, image: registry.k8s.io/ingress-nginx/controller:v1}]',
    ),
    nsenter: of(
      'host-pid',
      'hostPID: true, containers: [{name: a, command: [nsenter, -t, "1"], securityContext: {runAsUser: 0}}]',
    ),
    unconfinedButOverridden: of(
      'seccomp-unconfined',
      'securityContext: {seccompProfile: {type: Unconfined}}, containers: [{name: a, securityContext: {seccompProfile: {type: RuntimeDefault}}}]',
    ),
    spc: of('selinux-options-unsafe', 'securityContext: {seLinuxOptions: {type: spc_t, role: r}}, containers: []'),
    harmless: of('host-path-volume', 'containers: [], volumes: [{name: a, hostPath: {path: /etc/localtime}}]'),
    metadata: of('probe-host-set', 'containers: [{name: a, livenessProbe: {httpGet: {host: 169.254.169.254}}}]'),
  }).toEqual({
    ptrace: ['high'],
    ptraceOfTheNode: ['critical'],
    adminOfTheNetwork: ['critical'],
    adminInAUserNamespace: ['high'],
    sandboxed: ['high'],
    ingress: ['medium'],
    nsenter: ['critical'],
    unconfinedButOverridden: ['low'],
    spc: ['high', 'medium'],
    harmless: ['low'],
    metadata: ['high'],
  });
});
