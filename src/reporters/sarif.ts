import type { Finding, Place, Problem, Severity } from '../engine/finding.ts';
import { SEVERITIES } from '../engine/finding.ts';
import type { Report } from '../engine/report.ts';
import type { AnyRule } from '../engine/rule.ts';
import { plain, plainJson } from './plain.ts';
import type { Format, ReportOptions } from './reporter.ts';
import { controls, rulePage } from './rule-page.ts';

/** GitHub code scanning takes this many results of one run and drops the rest in silence. */
const MOST_RESULTS = 5000;

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

/** On the scale of CVSS, by which code scanning sorts and gates: critical from 9, high from 7, medium from 4. */
const SECURITY_SEVERITIES: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.5',
  info: '0.5',
};

/** SARIF 2.1.0, for code scanning and editors. */
export const formatSarif: Format = function* (report, options) {
  const kept = mostGrave(report.findings);
  const ruleIndex = new Map(report.rules.map(({ id }, index) => [id, index]));
  const dropped = report.findings.length - kept.length;
  const crashed = report.problems.some(({ kind }) => kind === 'rule-crash');
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'kubesec-lint',
            semanticVersion: options.toolVersion,
            version: options.toolVersion,
            rules: report.rules.map((rule) => ruleDescriptor(rule, options)),
          },
        },
        columnKind: 'utf16CodeUnits',
        // Without its URI, which would tie the report to one machine.
        originalUriBaseIds: { '%SRCROOT%': { description: { text: 'The folder in which kubesec-lint was run.' } } },
        invocations: [
          {
            executionSuccessful: report.problems.length === 0,
            ...(crashed ? { exitCodeDescription: 'a rule failed; the findings of the others are complete' } : {}),
            toolExecutionNotifications: [
              ...report.problems.map(problemNotification),
              ...(dropped === 0
                ? []
                : [notification('warning', `${dropped} results are left out: the ${MOST_RESULTS} gravest are kept`)]),
            ],
            properties: { kubernetesVersion: report.kubernetesVersion },
          },
        ],
        results: kept.map((finding) => result(finding, report, ruleIndex)),
      },
    ],
  };
  yield plainJson(`${JSON.stringify(log, null, 1)}\n`);
};

/** In the order of the report; where there are too many, those that count and are grave go first. */
function mostGrave(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= MOST_RESULTS) return findings;
  const rank = ({ suppressed, severity }: Finding) =>
    (suppressed === undefined ? 0 : 10) + SEVERITIES.indexOf(severity);
  const kept = new Set([...findings].sort((one, other) => rank(one) - rank(other)).slice(0, MOST_RESULTS));
  return findings.filter((finding) => kept.has(finding));
}

function ruleDescriptor(rule: AnyRule, { docsOf }: ReportOptions) {
  const docs = docsOf(rule);
  const link = docs.references[0];
  return {
    id: rule.id,
    ...(rule.aliases === undefined ? {} : { deprecatedIds: rule.aliases }),
    name: rule.id.replace(/(?:^|[-/])(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: rule.title },
    fullDescription: { text: withoutMarkdown(docs.why) },
    help: { text: `${withoutMarkdown(docs.why)}\n\n${withoutMarkdown(docs.fix)}`, markdown: rulePage(rule, docs) },
    ...(link === undefined ? {} : { helpUri: link }),
    defaultConfiguration: { level: LEVELS[rule.severity] },
    properties: {
      category: rule.category,
      precision: 'high',
      'problem.severity': LEVELS[rule.severity] === 'note' ? 'recommendation' : LEVELS[rule.severity],
      'security-severity': SECURITY_SEVERITIES[rule.severity],
      tags: ['security', 'kubernetes', rule.category, ...controls(docs)],
    },
  };
}

function withoutMarkdown(text: string): string {
  return text
    .replaceAll(/```\w*\n/g, '')
    .replaceAll('`', '')
    .replaceAll('**', '')
    .trim();
}

function result(finding: Finding, report: Report, ruleIndex: ReadonlyMap<string, number>) {
  const { ruleId, severity, message, resource, path, fingerprint, related, fix, suppressed } = finding;
  const index = ruleIndex.get(ruleId);
  return {
    ruleId,
    ...(index === undefined ? {} : { ruleIndex: index }),
    level: LEVELS[severity],
    message: { text: plain(message) },
    locations: [
      {
        ...location(finding, report),
        logicalLocations: [
          ...(resource === undefined
            ? []
            : [
                {
                  name: resource.name,
                  fullyQualifiedName: [resource.namespace, resource.kind, resource.name]
                    .filter((part) => part !== '')
                    .join('/'),
                  kind: 'resource',
                },
              ]),
          ...(path === '' ? [] : [{ fullyQualifiedName: path, kind: 'member' }]),
        ],
      },
    ],
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map((each, id) => ({
            id,
            ...location(each, report),
            message: { text: plain(each.message) },
          })),
        }),
    partialFingerprints: { 'kubesecLint/v1': fingerprint },
    ...(suppressed === undefined
      ? {}
      : {
          suppressions: [
            {
              kind: suppressed.by === 'config' || suppressed.by === 'baseline' ? 'external' : 'inSource',
              status: 'accepted',
              ...(suppressed.reason === undefined ? {} : { justification: plain(suppressed.reason) }),
            },
          ],
        }),
    ...(fix === undefined || fix.edits.length === 0
      ? {}
      : {
          fixes: [
            {
              description: { text: plain(fix.title) },
              artifactChanges: [
                {
                  artifactLocation: artifact(finding.file),
                  replacements: fix.edits.map((edit) => ({
                    deletedRegion: region(edit.range),
                    insertedContent: { text: edit.text },
                  })),
                },
              ],
            },
          ],
        }),
    properties: { 'security-severity': SECURITY_SEVERITIES[severity], severity },
  };
}

function location(place: Place, report: Report) {
  const source = report.source(place.file);
  const snippet = source?.text.slice(place.span.start, place.span.end);
  return {
    physicalLocation: {
      artifactLocation: artifact(place.file),
      region: {
        ...region(place.range),
        ...(snippet === undefined || snippet === '' ? {} : { snippet: { text: snippet.slice(0, 1000) } }),
      },
    },
  };
}

function region({ start, end }: Place['range']) {
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

/** A path as a relative URI; what lies elsewhere than below the working folder stands for itself. */
function artifact(file: string) {
  const uri = file.split('/').map(encodeURIComponent).join('/');
  if (file.startsWith('/')) return { uri: `file://${uri}` };
  // `a:b.yaml` would read as a URI with the scheme `a`; encodeURIComponent has seen to the colon.
  return { uri, uriBaseId: '%SRCROOT%' };
}

function problemNotification(problem: Problem) {
  if (problem.kind === 'unreadable')
    return notification('error', `cannot read: ${plain(problem.reason)}`, problem.file);
  return {
    ...notification('error', `rule ${problem.ruleId} failed: ${plain(problem.message)}`, problem.file),
    associatedRule: { id: problem.ruleId },
  };
}

function notification(level: 'error' | 'warning', text: string, file = '') {
  return {
    level,
    message: { text },
    ...(file === '' ? {} : { locations: [{ physicalLocation: { artifactLocation: artifact(file) } }] }),
  };
}
