import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { rules } from '../../src/rules/index.ts';

const CATALOGUE = path.resolve(import.meta.dirname, '../../../shared/catalogue/cluster-and-policy.md');
const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/rules');

/** Names of the table that the catalogue itself gave up for others, where no alias is left of them. */
const RENAMED: Readonly<Record<string, string>> = {
  'abac-policy-wildcard': 'abac-wildcard-policy',
  'csr-invalid-or-loose': 'csr-invalid-or-excessive',
  'csr-system-masters': 'csr-privileged-subject',
  'kubeconfig-embedded-credential': 'kubeconfig-embedded-credentials',
  'kubeconfig-insecure': 'kubeconfig-unsafe-connection',
  'secret-manifest-with-data': 'secret-plaintext-in-manifest',
  'service-account-token-secret': 'long-lived-token-secret',
  '-ineffective': 'apiserver-audit-ineffective',
  '-retention': 'apiserver-audit-retention',
};

/** Names of the table that are no rule, and why. */
const NO_RULE: Readonly<Record<string, string>> = {
  ineffective: 'a tag',
  workload: 'a folder',
};

/** What the table says in words instead of names, and which rules are meant. */
const IN_WORDS: Readonly<Record<string, readonly string[]>> = {
  'secrets-read rule': ['rbac-secrets-read'],
  'binding subjects': ['rbac-invalid-binding', 'rbac-system-masters-subject', 'service-account-not-found'],
  'approve permission': ['rbac-csr-approve-sign'],
  'impersonate verb': ['rbac-impersonate'],
  'bindings to system:unauthenticated': ['rbac-anonymous-binding', 'rbac-authenticated-binding'],
  'create pods/controllers rule': ['rbac-workload-create', 'rbac-token-create'],
  'roleRef validity': ['rbac-dangling-role-ref', 'rbac-invalid-binding'],
  'broad aggregation selector': ['rbac-aggregation-injection'],
  'on system roles': ['rbac-system-role-modified'],
  'nodes/proxy (R)': ['rbac-node-proxy'],
  'wrong group/verb rules': ['rbac-ineffective-rule'],
  'Ingress TLS secret rules': ['ingress-tls-secret-invalid'],
  'ingress-tls rules': ['ingress-no-tls', 'ingress-tls-secret-invalid'],
  'egress to 169.254.169.254': ['netpol-metadata-endpoint-reachable'],
  'NodePort services': ['service-node-port'],
  'namespace without policy, default deny': ['netpol-namespace-ingress-open', 'netpol-namespace-egress-open'],
  'selector AND/OR': ['netpol-and-or-pitfall', 'netpol-any-ip-peer'],
  'endPort/whole-range NetworkPolicies': ['netpol-allow-all', 'netpol-invalid-field'],
  'W §7 (secret-*)': [
    'secret-as-env-var',
    'secret-env-from-whole',
    'secret-in-configmap',
    'secret-in-metadata',
    'secret-literal-in-command',
    'secret-literal-in-env',
    'secret-plaintext-in-manifest',
    'secret-typed-data-invalid',
  ],
};

if (!existsSync(CATALOGUE)) {
  test.skip(`study topics: ${path.relative(process.cwd(), CATALOGUE)} is not there`, () => {});
} else {
  const text = readFileSync(CATALOGUE, 'utf8');
  const section = text.slice(text.indexOf('\n# 12. '), text.indexOf('\n# Appendix A'));
  const names = namesOf(section);

  describe('study topics', () => {
    test('the table is read', () => {
      expect(names.length).toBeGreaterThan(130);
    });

    test('what is excused is named there, and is no rule', () => {
      const known = new Set(rules.flatMap(({ id, aliases = [] }) => [id, ...aliases]));
      const excuses = [...Object.keys(RENAMED), ...Object.keys(NO_RULE)];
      expect(excuses.filter((name) => !names.includes(name) || known.has(name))).toEqual([]);
    });

    test.each(Object.entries(IN_WORDS))('%s', (words, ids) => {
      expect(section).toContain(words);
      const shown = rules.filter(({ category, id }) => ids.includes(id) && hasFixture(category, id));
      expect(shown.map(({ id }) => id).sort()).toEqual([...ids].sort());
    });

    test.each(names.filter((name) => !(name in NO_RULE)))('%s is shown by fixtures', (name) => {
      const wanted = rulesOf(RENAMED[name] ?? name);
      expect(wanted.length).toBeGreaterThan(0);
      expect(wanted.filter(({ category, id }) => !hasFixture(category, id)).map(({ id }) => id)).toEqual([]);
    });
  });
}

/** What stands between backticks in the third column. */
function namesOf(section: string): readonly string[] {
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  const cells = rows.map((row) => row.split('|').slice(3).join('|'));
  return [...new Set(cells.flatMap((cell) => [...cell.matchAll(/`([a-z-]+\*?)`/g)].map(([, name]) => name!)))].sort();
}

function rulesOf(name: string): typeof rules {
  const prefix = name.endsWith('*') ? name.slice(0, -1) : undefined;
  return rules.filter(({ id, aliases = [] }) =>
    prefix === undefined ? id === name || aliases.includes(name) : id.startsWith(prefix),
  );
}

function hasFixture(category: string, id: string): boolean {
  const folder = path.join(FIXTURES, category, id);
  return existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.yaml'));
}
