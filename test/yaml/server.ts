import { spawnSync } from 'node:child_process';
import { SourceFile } from '../../src/text/source-file.ts';
import type { Document, DuplicateKey } from '../../src/yaml/document.ts';
import { parseJson } from '../../src/yaml/json.ts';
import { UNREAD } from '../../src/yaml/stream.ts';
import { isList, isMap, type Value } from '../../src/yaml/value.ts';

/** What kubectl makes of a text: the documents before the first error, as JSON, and the error. */
export interface ServerAnswer {
  readonly documents: readonly Value[];
  readonly error: string | undefined;
  /** The answer as JSON. */
  readonly line: string;
}

/** Asks the Go program of `test/oracles/go-yaml`, found below the folder in KUBESEC_LINT_ORACLES. */
export function askServer(texts: readonly string[]): readonly ServerAnswer[] {
  const folder = process.env['KUBESEC_LINT_ORACLES'];
  if (folder === undefined) throw new Error('KUBESEC_LINT_ORACLES names no folder with yaml/bin/yaml-oracle');
  const input = texts.map((text) => JSON.stringify({ text })).join('\n');
  const run = spawnSync(`${folder}/yaml/bin/yaml-oracle`, { input, maxBuffer: 1 << 30 });
  if (run.status !== 0) throw new Error(`yaml-oracle: ${run.error?.message ?? run.stderr.toString()}`);
  const lines = run.stdout.toString().split('\n').slice(0, -1);
  if (lines.length !== texts.length) throw new Error(`yaml-oracle answered ${lines.length} of ${texts.length}`);
  return lines.map(readAnswer);
}

/** How our reading of a text differs from the server's, undefined when it does not. */
export function disagreement(
  text: string,
  answer: ServerAnswer,
  read: (file: SourceFile) => readonly Document[],
): string | undefined {
  const documents = read(new SourceFile('a.yaml', text)).filter(
    (document) => document.value !== null || (document.errors.length > 0 && !isUnread(document)),
  );
  for (const [index, expected] of answer.documents.entries()) {
    const document = documents[index];
    if (document === undefined) return `document ${index} is missing: ${show(expected)}`;
    if (document.errors.length > 0)
      return `document ${index} fails (${document.errors[0]!.message}): ${show(expected)}`;
    // Of `1: a` and `"1": b` the server takes either, by chance.
    if (document.duplicates.length > 0 && document.duplicates.some(isAmbiguous(text))) continue;
    if (!sameValue(document.value, expected))
      return `document ${index} is ${show(document.value)}, expected ${show(expected)}`;
  }
  const rest = documents.slice(answer.documents.length);
  if (answer.error === undefined)
    return rest.length === 0 ? undefined : `has ${rest.length} more documents: ${describe(rest[0]!)}`;
  return rest.some((document) => document.errors.length > 0)
    ? undefined
    : `lacks the error: ${answer.error}: ${rest.map(describe)}`;
}

export function sameValue(one: Value, other: Value): boolean {
  if (isList(one)) {
    return isList(other) && one.length === other.length && one.every((item, index) => sameValue(item, other[index]!));
  }
  if (isMap(one)) {
    if (!isMap(other)) return false;
    const keys = Object.keys(one);
    if (keys.length !== Object.keys(other).length) return false;
    return keys.every((key) => key in other && sameValue(one[key]!, other[key]!));
  }
  // Beyond int64 the server falls back to a float; we keep the integer.
  if (typeof one === 'bigint' && typeof other !== 'bigint') return Number(one) === other;
  if (typeof one === 'bigint' && typeof other === 'bigint') return one === other || Number(one) === Number(other);
  // A float such as 1e17 reaches the server as an integer; we keep the float.
  if (typeof one === 'number' && typeof other === 'bigint') return one === Number(other);
  return Object.is(one, other);
}

export function show(value: Value): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner));
}

export function readAnswer(line: string): ServerAnswer {
  const answer = parseJson(line, 0, 10_000)?.value;
  if (!isMap(answer) || !isList(answer['documents'])) throw new Error(`not an answer: ${line}`);
  const { documents, error } = answer;
  return { documents, error: typeof error === 'string' ? error : error === true ? 'an error' : undefined, line };
}

function describe(document: Document): string {
  return document.errors.length > 0 ? `error: ${document.errors[0]!.message}` : show(document.value);
}

/** The server leaves text behind a document unread without a word, which we report. */
function isUnread(document: Document): boolean {
  return document.errors[0]?.message === UNREAD;
}

function isAmbiguous(text: string): (duplicate: DuplicateKey) => boolean {
  return ({ key, span, winner }) =>
    key === '.nan' || text.slice(span.start, span.end) !== text.slice(winner.start, winner.end);
}
