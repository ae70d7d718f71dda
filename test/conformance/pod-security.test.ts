import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { podTemplates } from '../../src/k8s/kinds.ts';
import { evaluate } from '../../src/k8s/pod-security/evaluate.ts';
import { type Level, parsePolicyVersion } from '../../src/k8s/pod-security/level.ts';
import { createResponder } from '../../src/k8s/pod-security/requests.ts';
import { readResources } from '../../src/k8s/read-resources.ts';
import type { Resource } from '../../src/k8s/resource.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { parse } from '../../src/yaml/parse.ts';

const CORPORA = path.resolve(import.meta.dirname, '../../../shared/corpora');

interface Label {
  readonly corpus: string;
  readonly file: string;
  readonly doc: number;
  readonly rule: string;
  readonly expected: 'pass' | 'fail';
  readonly failedChecks?: readonly string[];
}

interface Verdict {
  readonly corpus: string;
  readonly file: string;
  readonly doc: number;
  readonly name: string;
  readonly level: Level;
  readonly version: string;
  readonly allowed: boolean;
  /** Absent where there is an error instead: the API server would not read the object. */
  readonly failed?: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * The verdicts were made from values as another YAML library reads them. This file merges an alias of a list, which
 * sigs.k8s.io/yaml refuses ("map merge requires map or sequence of maps as the value"): the API server never sees it.
 */
const UNREADABLE = 'pkg/templates/sortedkeys/testdata/container-with-merge.yaml';

describe.skipIf(!existsSync(CORPORA))(`pod security (skipped where ../shared/corpora is not)`, () => {
  it('agrees with every fixture of the admission plugin in verdict and failing checks', () => {
    const labels = lines<Label>('labels.jsonl').filter(({ corpus }) => corpus === 'pss-fixtures');
    const wrong: unknown[] = [];
    for (const { corpus, file, rule, expected, failedChecks = [] } of labels) {
      const [, level, version] = /^pss\/(baseline|restricted)@(.+)$/.exec(rule)!;
      const pods = resourcesOf(corpus, file).flatMap((resource) => resource.pods);
      const failed = evaluate(level as Level, parsePolicyVersion(version!)!, pods[0]!).map(({ check }) => check);
      const same = (failed.length === 0) === (expected === 'pass') && failed.join() === failedChecks.join();
      if (pods.length !== 1 || !same) wrong.push({ file, failed, failedChecks });
    }
    expect(wrong).toEqual([]);
    expect(labels.length).toBeGreaterThan(2000);
  });

  it('agrees with the verdict on every workload of the other corpora', () => {
    const respond = createResponder();
    const verdicts = lines<Verdict>('pod-security-verdicts.jsonl');
    const wrong: unknown[] = [];
    const places = new Map<string, Verdict[]>();
    for (const verdict of verdicts) {
      if (verdict.file === UNREADABLE) continue;
      const place = `${verdict.corpus}\0${verdict.file}\0${verdict.doc}\0${verdict.level}`;
      const at = places.get(place);
      if (at === undefined) places.set(place, [verdict]);
      else at.push(verdict);
    }
    for (const [place, expected] of places) {
      const [corpus, file, doc, level] = place.split('\0') as [string, string, string, Level];
      const ours = resourcesOf(corpus, file)
        .filter(({ head }) => head.document === Number(doc))
        .map(({ head, root }) => {
          const answer = respond(JSON.stringify({ level, version: 'v1.37', pod: root.raw }));
          const failed = answer.failed.map(({ id, reason }) => `${id}: ${reason}`);
          return { name: head.name, failed: answer.error === undefined ? failed : undefined };
        });
      const theirs = expected.map(({ name, failed }) => ({
        name: name === 'None' ? '' : name,
        failed: failed?.map(({ id, reason }) => `${id}: ${reason}`),
      }));
      // Where neither has a verdict, they agree: the object is unreadable, or holds no pod.
      const told = (verdict: { readonly failed: unknown }) => verdict.failed !== undefined;
      if (JSON.stringify(ours.filter(told)) !== JSON.stringify(theirs.filter(told)))
        wrong.push({ corpus, file, doc, level, ours, theirs });
    }
    expect(wrong).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(2000);
  });
});

function lines<T>(file: string): readonly T[] {
  const text = readFileSync(path.join(CORPORA, file), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

function resourcesOf(corpus: string, file: string): readonly Resource[] {
  const source = new SourceFile(file, readFileSync(path.join(CORPORA, corpus, file), 'utf8'));
  const templates = podTemplates();
  return parse(source).flatMap((document) => readResources(document, templates));
}
