import { describe, expect, test } from 'vitest';
import lifecycle from '../../../schemas/api-lifecycle.json' with { type: 'json' };
import { schemasOf } from '../../../src/k8s/schema/bundle.ts';
import { apiState } from '../../../src/k8s/schema/lifecycle.ts';
import { isNamespaced, knownKind } from '../../../src/k8s/schema/scope.ts';
import { NEWEST_MINOR, OLDEST_MINOR } from '../../../src/k8s/version.ts';
import { rules } from '../../../src/rules/index.ts';
import { lintTexts } from '../../../src/testing/rule-tester.ts';
import { sampleOf } from './samples.ts';

// Several versions of one kind stand side by side here, under one name.
const api = rules.filter(({ category, id }) => category === 'api' && id !== 'duplicate-resource');
const minors = Array.from({ length: NEWEST_MINOR - OLDEST_MINOR + 1 }, (_, index) => OLDEST_MINOR + index);

interface Row {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespaced: boolean | null;
  readonly introduced: string;
  readonly removed?: string;
  readonly replacement?: { readonly group: string; readonly version: string; readonly kind: string };
}
const rows: readonly Row[] = lifecycle.kinds;

describe.each(minors)('Kubernetes 1.%i', (minor) => {
  const schemas = schemasOf(minor);
  const version = `1.${minor}` as const;

  test('a full object of every kind and version that it serves is accepted', () => {
    const texts = Object.fromEntries(
      schemas.kinds().map((key) => {
        const [apiVersion, kind] = key.split(' ') as [string, string];
        return [`${key.replaceAll('/', '_')}.json`, JSON.stringify(sampleOf(schemas, apiVersion, kind))];
      }),
    );
    const report = lintTexts(api, texts, { version });
    const refused = report.findings.filter(
      ({ ruleId, messageId }) =>
        ruleId !== 'api-version-deprecated' && messageId !== 'gated' && messageId !== 'cluster',
    );
    expect(refused.map(({ file, message }) => `${file}: ${message}`)).toEqual([]);
    expect(report.problems).toEqual([]);
    expect(report.summary.resources).toBe(schemas.kinds().length);
  });

  test('the lifecycle table and the schemas agree about what is served', () => {
    const served = schemas.kinds().map((key) => key.replace(' ', '/'));
    const inTable = rows
      .filter(({ namespaced, introduced, removed }) => {
        if (namespaced === null) return false;
        return minorOf(introduced) <= minor && (removed === undefined || minor < minorOf(removed));
      })
      .map(({ group, version, kind }) => (group === '' ? `${version}/${kind}` : `${group}/${version}/${kind}`));
    expect(inTable.sort()).toEqual(served.sort());
  });

  test('what it no longer serves is reported with what takes its place', () => {
    // Of a PodSecurityPolicy psp-removed-api speaks, and says more.
    const gone = rows.filter(
      ({ removed, kind }) => removed !== undefined && minorOf(removed) <= minor && kind !== 'PodSecurityPolicy',
    );
    const silent: string[] = [];
    for (const { group, version: old, kind, replacement } of gone) {
      const apiVersion = group === '' ? old : `${group}/${old}`;
      const text = JSON.stringify({ apiVersion, kind, metadata: { name: 'x' } });
      const findings = lintTexts(api, { 'old.json': text }, { version }).findings;
      const removed = findings.find(({ ruleId }) => ruleId === 'api-version-removed');
      const successor = replacement === undefined ? undefined : successorIn(replacement, minor);
      if (removed === undefined || (successor !== undefined && !removed.message.includes(`use ${successor}`))) {
        silent.push(`${apiVersion} ${kind}: ${removed?.message}, expected ${successor}`);
      }
    }
    expect(silent).toEqual([]);
    expect(gone.length).toBeGreaterThan(40);
  });
});

test('every kind of the table is known and has a scope', () => {
  for (const { group, kind, namespaced } of rows) {
    expect([kind, knownKind(group, kind), isNamespaced(group, kind)]).toEqual([kind, true, namespaced ?? undefined]);
  }
  expect([knownKind('', 'Widget'), isNamespaced('', 'constructor'), isNamespaced('apps', 'toString')]).toEqual([
    false,
    undefined,
    undefined,
  ]);
});

/** The replacement in the form that the release serves best; undefined where it serves none. */
function successorIn({ group, kind }: NonNullable<Row['replacement']>, minor: number): string | undefined {
  const best = rows.find(
    (row) =>
      row.group === group &&
      row.kind === kind &&
      ['served'].includes(apiState(group, row.version, kind, minor)?.is ?? ''),
  );
  return best === undefined ? undefined : `${group === '' ? '' : `${group}/`}${best.version}`;
}

function minorOf(version: string): number {
  return Number(version.slice(2));
}
