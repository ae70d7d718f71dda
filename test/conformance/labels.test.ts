import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { AnyRule } from '../../src/engine/rule.ts';
import { rules } from '../../src/rules/index.ts';
import { lintTexts } from '../../src/testing/rule-tester.ts';
import { UNJUDGED } from './labels.admission.map.ts';
import type { Topic } from './labels.map.ts';

const CORPORA = path.resolve(import.meta.dirname, '../../../shared/corpora');
const LABELS = path.join(CORPORA, 'labels.jsonl');

interface Label {
  readonly corpus: string;
  readonly file: string;
  readonly rule: string;
  readonly expected: 'pass' | 'fail';
  readonly doc?: number;
}

/** Every `labels*.map.ts` beside this file adds its topics. */
const maps = import.meta.glob<{ readonly TOPICS: Readonly<Record<string, Topic>> }>('./labels*.map.ts', {
  eager: true,
});
/** Of these corpora every label belongs to a topic, or is said to be of none. */
const WHOLE: readonly string[] = ['checkov', 'gatekeeper-library', 'regolibrary', 'trivy-checks'];

const topics = Object.values(maps).flatMap(({ TOPICS }) => Object.entries(TOPICS));

if (!existsSync(LABELS))
  test.skip(`verdicts of other linters: ${path.relative(process.cwd(), LABELS)} is not there`, () => {});
else compareAll();

/**
 * What other linters' own tests expect, against what we say. A label is their opinion: where ours differs on purpose,
 * the topic says why, and it fails the day the difference is gone.
 */
function compareAll(): void {
  const labels = readFileSync(LABELS, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Label);
  const byRule = new Map<string, Label[]>();
  for (const label of labels) {
    const key = `${label.corpus}/${label.rule}`;
    const list = byRule.get(key);
    if (list === undefined) byRule.set(key, [label]);
    else list.push(label);
  }
  const report: string[] = [];
  afterAll(() => {
    process.stdout.write(`${['agreement by topic', ...report.sort()].join('\n')}\n`);
  });

  test('every label is accounted for', () => {
    const judged = new Set(
      topics.flatMap(([, topic]) =>
        Object.entries(topic.labels).flatMap(([corpus, ids]) => ids.map((id) => `${corpus}/${id}`)),
      ),
    );
    const unjudged = Object.values(UNJUDGED).flat();
    const known = [...byRule.keys()].filter((key) => WHOLE.includes(key.slice(0, key.indexOf('/'))));
    expect({
      forgotten: known.filter((key) => !judged.has(key) && !unjudged.includes(key)),
      both: unjudged.filter((key) => judged.has(key)),
      unknown: unjudged.filter((key) => !byRule.has(key)),
      twice: unjudged.filter((key, index) => unjudged.indexOf(key) !== index),
    }).toEqual({ forgotten: [], both: [], unknown: [], twice: [] });
    const count = (keys: readonly string[]) => keys.reduce((sum, key) => sum + (byRule.get(key)?.length ?? 0), 0);
    report.push(
      `  * of ${WHOLE.join(', ')}: ${count(known)} verdicts, ${count(unjudged)} of them judged by no topic (${unjudged.length} labels)`,
    );
  });

  describe.each(topics)('%s', (name, topic) => {
    const wanted = Object.entries(topic.labels).flatMap(([corpus, ids]) => ids.map((id) => `${corpus}/${id}`));

    test('every label of it exists', () => {
      expect(wanted.filter((key) => !byRule.has(key))).toEqual([]);
    });

    test('agrees, or says why not', () => {
      const found = wanted.flatMap((key) => byRule.get(key) ?? []);
      const differing = found.filter((label) => !agrees(label, topic));
      const places = differing.map(placeOf);
      const argued = Object.keys(topic.differ ?? {});
      report.push(
        `  ${name}: ${found.length - differing.length} of ${found.length}${differing.length === 0 ? '' : `, ${differing.length} argued`}`,
      );
      expect({
        unargued: differing
          .filter((label) => !argued.some((key) => covers(key, placeOf(label))))
          .map((label) => `${placeOf(label)} ${label.rule} expects ${label.expected}`),
        settled: argued.filter((key) => !places.some((place) => covers(key, place))),
      }).toEqual({ unargued: [], settled: [] });
    });
  });
}

function placeOf({ corpus, file, doc }: Label): string {
  return `${corpus}/${file}${doc === undefined ? '' : `#${doc}`}`;
}

/** An argument holds for one place, or with `*` behind it for all that begin so. */
function covers(argued: string, place: string): boolean {
  return argued.endsWith('*') ? place.startsWith(argued.slice(0, -1)) : argued === place;
}

function agrees(label: Label, topic: Topic): boolean {
  const chosen = rules.filter(({ id }) => topic.rules.includes(id));
  if (chosen.length !== topic.rules.length) {
    throw new Error(`no such rule: ${topic.rules.filter((id) => !chosen.some((rule) => rule.id === id)).join(', ')}`);
  }
  const findings = lintProject(label, chosen, topic);
  const here = findings.filter(
    ({ file, document }) =>
      topic.scope === 'case' ||
      (file === label.file && (topic.scope === 'file' || label.doc === undefined || document === label.doc)),
  );
  return here.length > 0 === (label.expected === 'fail');
}

function lintProject(label: Label, chosen: readonly AnyRule[], topic: Topic) {
  const { findings, problems } = lintTexts(chosen, textsOf(label), {
    ...(topic.options === undefined ? {} : { options: topic.options }),
    ...(topic.version === undefined ? {} : { version: topic.version }),
    ...(topic.world === undefined ? {} : { world: topic.world }),
  });
  const crash = problems.find(({ kind }) => kind === 'rule-crash');
  if (crash?.kind === 'rule-crash') throw new Error(crash.stack);
  return findings.filter(
    ({ ruleId, messageId, message }) =>
      topic.rules.includes(ruleId) &&
      topic.messages?.includes(messageId) !== false &&
      (topic.says === undefined || message.includes(topic.says)),
  );
}

/** Cases of regolibrary and of checkov's graph are folders whose files belong together; elsewhere each file stands by itself. */
function textsOf({ corpus, file }: Label): Readonly<Record<string, string>> {
  const root = path.join(CORPORA, corpus);
  const isFolder = statSync(path.join(root, file)).isDirectory();
  const together = corpus === 'regolibrary' || file.includes('/graph/');
  const folder = isFolder ? file : together ? path.dirname(file) : undefined;
  const files = folder === undefined ? [file] : readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`);
  return Object.fromEntries(
    files
      .filter((each) => statSync(path.join(root, each)).isFile())
      .map((each) => [each, readFileSync(path.join(root, each), 'utf8')]),
  );
}
