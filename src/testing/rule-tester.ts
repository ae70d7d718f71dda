import { DEFAULT_CONFIG, type ResolvedConfig } from '../engine/config.ts';
import type { Finding } from '../engine/finding.ts';
import { lint } from '../engine/lint.ts';
import { compile } from '../engine/plan.ts';
import type { Report } from '../engine/report.ts';
import type { AnyRule, Example } from '../engine/rule.ts';
import { suppressionSettings } from '../engine/suppress.ts';
import type { KubeVersion } from '../k8s/version.ts';
import { SourceFile } from '../text/source-file.ts';
import { editsFor } from '../yaml/edit.ts';
import { readMarkers, stripMarkers } from './markers.ts';
import { completeExample, placements } from './place.ts';

export interface RunOptions {
  readonly options?: unknown;
  readonly version?: KubeVersion;
  readonly world?: ResolvedConfig['world'];
  readonly path?: string;
}

/** Lints texts held in memory, by name, with the rules given and no others. */
export function lintTexts(
  rules: readonly AnyRule[],
  texts: Readonly<Record<string, string>>,
  { options, version, world = 'auto' }: RunOptions = {},
): Report {
  const plan = compile(rules, {
    ...DEFAULT_CONFIG,
    ...(version === undefined ? {} : { kubernetesVersion: version }),
    world,
    rules: Object.fromEntries(
      rules.map((rule) => [
        rule.id,
        options === undefined ? {} : { options: { ...rule.options?.defaults, ...options } },
      ]),
    ),
  });
  const files = new Map(Object.entries(texts).map(([path, text]) => [path, new SourceFile(path, text)]));
  return lint({
    plan,
    editsFor,
    keepsChanges: true,
    sources: [...files.values()].map((file) => ({ kind: 'text', file })),
    reopen: (path) => files.get(path)!,
    suppressions: suppressionSettings(plan, rules, () => '2026-01-01'),
  });
}

/** The findings of one rule over one text; a rule that throws makes this throw. */
export function findingsOf(rule: AnyRule, yaml: string, options: RunOptions = {}): readonly Finding[] {
  const report = lintTexts([rule], { [options.path ?? 'example.yaml']: yaml }, options);
  for (const problem of report.problems) {
    throw new Error(problem.kind === 'rule-crash' ? problem.stack : problem.reason);
  }
  return report.findings.filter(({ ruleId }) => ruleId === rule.id);
}

/** A finding as tests compare it: `12: messageId`, by the line it starts on. */
export function summarize(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ range, messageId }) => `${range.start.line}: ${messageId}`).sort(byLine);
}

/** What the markers of a text ask for and what the rule says, in one form; markers without an id take any. */
export function compareWithMarkers(
  rule: AnyRule,
  marked: string,
  options: RunOptions = {},
): { readonly expected: readonly string[]; readonly actual: readonly string[] } {
  const markers = readMarkers(marked);
  const findings = findingsOf(rule, stripMarkers(marked), options);
  const anonymous = new Set(markers.filter(({ messages }) => messages.includes('')).map(({ line }) => line));
  const expected = markers.flatMap(({ line, messages }) =>
    messages.map((id) => (id === '' ? `${line}` : `${line}: ${id}`)),
  );
  const actual = findings.map(({ range: { start }, messageId }) =>
    anonymous.has(start.line) ? `${start.line}` : `${start.line}: ${messageId}`,
  );
  return { expected: [...expected].sort(byLine), actual: [...actual].sort(byLine) };
}

/** An example that does not behave as it says, or as it would elsewhere. */
export interface Failure {
  readonly example: string;
  readonly place: string;
  readonly expected: readonly string[];
  readonly actual: readonly string[];
}

/**
 * Runs every example of a rule as written and again in each place that means the same: all workload kinds and
 * container lists, with CRLF line ends, as the second document of a file. The answer has to move along unchanged.
 */
export function testRule(rule: AnyRule): readonly Failure[] {
  const failures: Failure[] = [];
  const { bad, good } = rule.docs.examples;
  for (const [wanted, examples] of [
    ['bad', bad],
    ['good', good],
  ] as const) {
    for (const example of examples) {
      const options = runOptions(rule, example);
      const title = `${wanted}: ${example.title}`;
      const marked = readMarkers(example.yaml).length;
      if ((wanted === 'bad') !== marked > 0) {
        failures.push({
          example: title,
          place: 'markers',
          expected: [wanted === 'bad' ? 'at least one' : 'none'],
          actual: [String(marked)],
        });
        continue;
      }
      for (const { place, yaml } of replays(rule, example)) {
        const { expected, actual } = compareWithMarkers(rule, yaml, options);
        if (expected.join() !== actual.join()) failures.push({ example: title, place, expected, actual });
      }
    }
  }
  return failures;
}

function replays(rule: AnyRule, example: Example): readonly { readonly place: string; readonly yaml: string }[] {
  const places = placements(example).filter(({ place }) => appliesTo(rule, place));
  const first = completeExample(example);
  return [
    first,
    ...places,
    { place: 'CRLF', yaml: first.yaml.replaceAll('\n', '\r\n') },
    ...(example.in === 'manifests'
      ? []
      : [
          {
            place: 'second document',
            yaml: `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: first\n---\n${first.yaml}`,
          },
        ]),
  ];
}

/** A rule for some kinds, or for some containers, is not replayed where it does not apply. */
function appliesTo(rule: AnyRule, place: string): boolean {
  const only = rule.docs.examples.onlyIn;
  if (only !== undefined)
    return only.some((each) => place === each || place.startsWith(`${each}/`) || place.endsWith(`/${each}`));
  if (rule.kinds === undefined) return true;
  const kind = place.split('/')[0]!;
  return rule.kinds.some((each) => each.split('.')[0] === kind);
}

function runOptions(rule: AnyRule, example: Example): RunOptions {
  const since = example.since ?? rule.checks.at(-1)?.since;
  return {
    ...(example.options === undefined ? {} : { options: example.options }),
    ...(example.since === undefined || since === undefined ? {} : { version: since }),
    ...(example.world === undefined ? {} : { world: example.world }),
    ...(example.path === undefined ? {} : { path: example.path }),
  };
}

function byLine(a: string, b: string): number {
  return Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : a > b ? 1 : 0);
}
