import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { rules } from '../../src/rules/index.ts';
import { lintTexts } from '../../src/testing/rule-tester.ts';

const CORPORA = path.resolve(import.meta.dirname, '../../../shared/corpora');

/** What each manifest was made to show, by rule; every one has to be found. Other findings are welcome. */
const BADPODS: Readonly<Record<string, readonly string[]>> = {
  'everything-allowed': ['host-network', 'host-pid', 'host-ipc', 'privileged-container', 'host-path-sensitive'],
  hostipc: ['host-ipc'],
  hostnetwork: ['host-network'],
  hostpath: ['host-path-sensitive'],
  hostpid: ['host-pid'],
  priv: ['privileged-container'],
  'priv-and-hostpid': ['privileged-container', 'host-pid'],
  // Nothing in the pod itself, which is the point: only what every pod lacks is said of it.
  'nothing-allowed': ['pod-not-restricted'],
};

const KUBEHOUND: Readonly<Record<string, readonly string[]>> = {
  CE_NET_MITM: ['capability-dangerous-added', 'host-network'],
  CE_NSENTER: ['privileged-container', 'host-pid'],
  CE_SYS_PTRACE: ['capability-dangerous-added', 'host-pid', 'apparmor-unconfined'],
  EXPLOIT_HOST_READ_TRAVERSE: ['host-path-sensitive'],
  EXPLOIT_HOST_WRITE: ['host-path-sensitive'],
  POD_CREATE: ['rbac-workload-create'],
  POD_EXEC: ['rbac-pod-exec'],
  POD_PATCH: ['rbac-workload-create'],
  ROLE_BIND_ALL: ['rbac-wildcard-all'],
  // ROLE_BIND_RB_R-UG holds bindings alone; the roles that make them dangerous are made by a script.
  TOKEN_LIST: ['rbac-secrets-read'],
};

const GOAT: Readonly<Record<string, readonly string[]>> = {
  'health-check': ['privileged-container', 'container-runtime-socket-mounted'],
  'system-monitor': [
    'privileged-container',
    'host-pid',
    'host-ipc',
    'host-path-sensitive',
    'secret-plaintext-in-manifest',
  ],
  'insecure-rbac': ['rbac-cluster-admin-binding'],
  'build-code': ['image-tag-mutable'],
  'poor-registry': ['image-tag-mutable'],
  'hidden-in-layers': ['image-tag-mutable', 'qos-best-effort'],
  'kube-bench-security': ['host-pid', 'host-path-sensitive'],
};

describe('badPods', () => {
  const root = path.join(CORPORA, 'badpods/manifests');
  if (!existsSync(root)) return void test.skip('the corpus is not there', () => {});
  test.each(Object.entries(BADPODS))('%s', (folder, wanted) => {
    for (const file of manifests(path.join(root, folder))) {
      const shell = file.includes('revshell') ? ['suspicious-command'] : [];
      expect({ file: path.relative(root, file), missed: missing(file, [...wanted, ...shell]) }).toEqual({
        file: path.relative(root, file),
        missed: [],
      });
    }
  });
});

describe('KubeHound', () => {
  const root = path.join(CORPORA, 'kubehound/test/setup/test-cluster/attacks');
  if (!existsSync(root)) return void test.skip('the corpus is not there', () => {});
  test.each(Object.entries(KUBEHOUND))('%s', (name, wanted) => {
    expect(missing(path.join(root, `${name}.yaml`), wanted)).toEqual([]);
  });

  test('the pod without a weakness has none that is grave', () => {
    const found = findings(path.join(root, 'CONTROL_POD.yaml')).filter(
      ({ severity }) => severity === 'critical' || severity === 'high',
    );
    expect(found.map(({ ruleId }) => ruleId)).toEqual([]);
  });
});

describe('Kubernetes Goat', () => {
  const root = path.join(CORPORA, 'kubernetes-goat/scenarios');
  if (!existsSync(root)) return void test.skip('the corpus is not there', () => {});
  test.each(Object.entries(GOAT))('%s', (folder, wanted) => {
    const found = new Set(
      manifests(path.join(root, folder)).flatMap((file) => findings(file).map(({ ruleId }) => ruleId)),
    );
    expect(wanted.filter((id) => !found.has(id))).toEqual([]);
  });
});

function manifests(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => path.join(folder, name))
    .sort();
}

function missing(file: string, wanted: readonly string[]): readonly string[] {
  const found = new Set(findings(file).map(({ ruleId }) => ruleId));
  return wanted.filter((id) => !found.has(id));
}

function findings(file: string) {
  const report = lintTexts(
    rules.filter(({ preset }) => preset === 'recommended'),
    { [path.basename(file)]: readFileSync(file, 'utf8') },
  );
  const crash = report.problems.find(({ kind }) => kind === 'rule-crash');
  if (crash?.kind === 'rule-crash') throw new Error(crash.stack);
  return report.findings;
}
