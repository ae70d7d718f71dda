import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/engine/config.ts';
import { lint } from '../../src/engine/lint.ts';
import { compile } from '../../src/engine/plan.ts';
import { rules } from '../../src/rules/index.ts';
import { SourceFile } from '../../src/text/source-file.ts';

/** What the API server's own code says to each document of the corpora: `oracles/kube` validate. */
interface Verdict {
  readonly corpus: string;
  readonly file: string;
  readonly doc: number;
  readonly gvk?: string;
  readonly name?: string;
  readonly known: boolean;
  readonly served: boolean;
  readonly valid: boolean;
  readonly strict?: readonly string[];
}

const CORPORA = resolve(import.meta.dirname, '../../../shared/corpora');
const present = existsSync(CORPORA);
if (!present) console.log(`skipped: ${CORPORA} is not there`);

describe.skipIf(!present)('the rules of the folder api beside the API server', () => {
  const verdicts: readonly Verdict[] = present
    ? readFileSync(join(CORPORA, 'validation-verdicts.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
  const byFile = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    const path = `${verdict.corpus}/${verdict.file}`;
    const others = byFile.get(path);
    if (others === undefined) byFile.set(path, [verdict]);
    else others.push(verdict);
  }
  const open = (path: string) => new SourceFile(path, readFileSync(join(CORPORA, path), 'utf8'));
  const report = lint({
    plan: compile(
      rules.filter(({ category }) => category === 'api'),
      DEFAULT_CONFIG,
    ),
    sources: [...byFile.keys()].map((path) => ({ kind: 'text', file: open(path) })),
    reopen: open,
    suppressions: {
      today: '2026-01-01',
      resolve: () => undefined,
      nearest: () => undefined,
      ran: () => true,
      rule: () => undefined,
    },
  });

  it('reads every file', () => {
    expect(report.problems).toEqual([]);
  });

  it('says nothing of a valid document but deprecations, and what the server drops in silence', () => {
    const valid = verdicts.filter((verdict) => verdict.known && verdict.served && verdict.valid);
    expect(valid.length).toBe(5284);
    const counts: Record<string, number> = {};
    for (const { file, document, resource, ruleId, messageId } of report.findings) {
      const verdict = (byFile.get(file) ?? []).find(
        ({ doc, gvk, name }) =>
          doc === document && gvk?.endsWith(`/${resource?.kind}`) === true && (name ?? '') === resource?.name,
      );
      if (verdict === undefined || !valid.includes(verdict)) continue;
      const key = `${ruleId} ${messageId}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    expect(counts).toEqual({
      'api-version-deprecated deprecated': 3,
      // Two roles of one name in a file, and keys whose value was commented out: accepted, and not what was meant.
      'duplicate-resource replaced': 1,
      'schema-null-or-empty null': 7,
    });
  });

  it('finds every unknown and duplicate field of strict decoding, at its path', () => {
    const missed: string[] = [];
    let asked = 0;
    for (const { corpus, file, doc, strict } of verdicts) {
      for (const error of strict ?? []) {
        asked++;
        const here = report.findings.filter((found) => found.file === `${corpus}/${file}` && found.document === doc);
        const unknown = /unknown field "(.*)"/.exec(error)?.[1];
        const found =
          unknown === undefined
            ? here.some(({ ruleId }) => ruleId === 'yaml-duplicate-key')
            : here.some(
                ({ ruleId, path }) =>
                  (ruleId === 'schema-unknown-field' || ruleId === 'schema-field-wrong-level') && path === unknown,
              );
        if (!found) missed.push(`${file}: ${error}`);
      }
    }
    expect(asked).toBe(58);
    // A directive of a strategic merge patch: Kustomize takes it away before anything reaches the API server.
    expect(missed).toEqual([
      'kustomize/components/without-loadgenerator/delete-loadgenerator.patch.yaml: unknown field "$patch"',
    ]);
  });
});
