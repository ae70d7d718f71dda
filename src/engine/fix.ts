import type { TextEdit } from '../text/edits.ts';
import { SourceFile } from '../text/source-file.ts';
import type { Change } from '../yaml/edit.ts';
import { parse } from '../yaml/parse.ts';
import type { Finding, FixSafety } from './finding.ts';
import type { Report } from './report.ts';
import type { EditsFor } from './reporter.ts';

export interface FixInput {
  /** Lints the whole input, with these texts in the place of what the files hold. */
  readonly lint: (texts: ReadonlyMap<string, string>) => Report;
  readonly editsFor: EditsFor;
  readonly safeties: readonly FixSafety[];
}

export interface FixOutcome {
  /** The report after all fixes. */
  readonly report: Report;
  /** New texts of the files that changed. */
  readonly texts: ReadonlyMap<string, string>;
  readonly fixed: readonly Finding[];
  /** Fixes that would not have worked, or would have brought other findings. */
  readonly refused: readonly Finding[];
}

/** One fix may open the way for another; after this many rounds it stays as it is. */
const ROUNDS = 5;

/**
 * Applies fixes and looks at the result: a fix counts only if its finding is gone and no other has come. Where a group
 * of fixes fails this test, its halves are tried, down to the single one that is to blame.
 */
export function applyFixes({ lint, editsFor, safeties }: FixInput): FixOutcome {
  let texts: ReadonlyMap<string, string> = new Map();
  let report = lint(texts);
  const fixed: Finding[] = [];
  const refused = new Map<string, Finding>();
  for (let round = 0; round < ROUNDS; round++) {
    const group = candidates();
    if (group.length === 0) break;
    tryGroup(group.map(keyOf));
  }
  return { report, texts, fixed, refused: [...refused.values()] };

  function candidates(): readonly Finding[] {
    return report.findings.filter(
      (finding) =>
        finding.suppressed === undefined &&
        finding.fix !== undefined &&
        safeties.includes(finding.fix.safety) &&
        !refused.has(keyOf(finding)),
    );
  }

  function tryGroup(keys: readonly string[]): void {
    const wanted = new Set(keys);
    // An earlier half may have moved things: the findings of the newest report say where they are now.
    const group = candidates().filter((finding) => wanted.has(keyOf(finding)));
    if (group.length === 0) return;
    const next = withFixes(texts, group, report, editsFor);
    const after = next === undefined ? undefined : lint(next);
    if (next !== undefined && after !== undefined && isBetter(report, after, group)) {
      texts = next;
      report = after;
      fixed.push(...group);
    } else if (group.length === 1) {
      refused.set(keyOf(group[0]!), group[0]!);
    } else {
      const half = Math.ceil(group.length / 2);
      tryGroup(group.slice(0, half).map(keyOf));
      tryGroup(group.slice(half).map(keyOf));
    }
  }
}

/** What makes a finding the same one after an edit somewhere else. */
function keyOf({ ruleId, fingerprint, file, document }: Finding): string {
  return `${ruleId}\n${fingerprint}\n${file}\n${document}`;
}

function isBetter(before: Report, after: Report, group: readonly Finding[]): boolean {
  if (after.problems.length > before.problems.length) return false;
  const left = countKeys(after.findings);
  const had = countKeys(before.findings);
  for (const finding of group) had.set(keyOf(finding), (had.get(keyOf(finding)) ?? 0) - 1);
  for (const [key, count] of left) if (count > (had.get(key) ?? 0)) return false;
  return true;
}

function countKeys(findings: readonly Finding[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const finding of findings) {
    if (finding.suppressed !== undefined) continue;
    const key = keyOf(finding);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** The texts with all fixes of a group made; undefined where that leaves everything as it was. */
function withFixes(
  texts: ReadonlyMap<string, string>,
  group: readonly Finding[],
  report: Report,
  editsFor: EditsFor,
): ReadonlyMap<string, string> | undefined {
  const next = new Map(texts);
  for (const [path, findings] of groupByFile(group)) {
    const before = texts.get(path) ?? report.source(path)?.text;
    if (before === undefined) continue;
    const after = applyEdits(before, editsOf(path, before, findings, editsFor));
    if (after !== before) next.set(path, after);
  }
  return [...next].some(([path, text]) => texts.get(path) !== text) ? next : undefined;
}

function editsOf(path: string, text: string, findings: readonly Finding[], editsFor: EditsFor): readonly TextEdit[] {
  const documents = parse(new SourceFile(path, text));
  const byDocument = new Map<number, Map<string, Change>>();
  for (const { document, fix } of findings) {
    const changes = byDocument.get(document) ?? new Map<string, Change>();
    // Two findings may ask for the same: a setting of the pod that each of its containers lacks.
    for (const change of fix?.changes ?? []) changes.set(JSON.stringify(change), change);
    byDocument.set(document, changes);
  }
  return [...byDocument].flatMap(([index, changes]) => {
    const document = documents[index];
    return document === undefined ? [] : editsFor(document, [...changes.values()]);
  });
}

/** From the end to the start, so that offsets hold; of edits that overlap the first stays, the others wait a round. */
function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const ordered = [...edits].sort((one, other) => one.span.start - other.span.start || one.span.end - other.span.end);
  const kept: TextEdit[] = [];
  let end = -1;
  for (const edit of ordered) {
    if (edit.span.start < end) continue;
    kept.push(edit);
    end = edit.span.end;
  }
  let result = text;
  for (const { span, text: replacement } of kept.reverse()) {
    result = result.slice(0, span.start) + replacement + result.slice(span.end);
  }
  return result;
}

function groupByFile(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.file);
    if (group === undefined) groups.set(finding.file, [finding]);
    else group.push(finding);
  }
  return groups;
}
