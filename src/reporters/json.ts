import type { Finding, Place, Problem } from '../engine/finding.ts';
import { countBySeverity } from '../engine/report.ts';
import { plainJson } from './plain.ts';
import type { Format } from './reporter.ts';

/** `schemas/report.schema.json` states this form; one finding a line. */
export const formatJson: Format = function* (report, { toolVersion }) {
  const { kubernetesVersion, findings, skipped, problems, summary } = report;
  const head = {
    schemaVersion: 1,
    tool: { name: 'kubesec-lint', version: toolVersion, kubernetesVersion },
    summary: {
      ...summary,
      findings: countBySeverity(findings),
      suppressed: findings.filter(({ suppressed }) => suppressed !== undefined).length,
    },
  };
  yield plainJson(`${JSON.stringify(head).slice(0, -1)},\n`);
  yield* list('findings', findings, findingJson, ',\n');
  yield* list('skipped', skipped, ({ file, reason }) => JSON.stringify({ file, reason }), ',\n');
  yield* list('problems', problems, problemJson, '\n}\n');
};

function* list<T>(name: string, items: readonly T[], format: (item: T) => string, after: string): Iterable<string> {
  if (items.length === 0) {
    yield `"${name}":[]${after}`;
    return;
  }
  for (const [index, item] of items.entries()) yield `${index === 0 ? `"${name}":[` : ','}\n${plainJson(format(item))}`;
  yield `\n]${after}`;
}

function findingJson(finding: Finding): string {
  const { ruleId, severity, message, file, range, resource, path, fingerprint, related, fix, suppressed } = finding;
  return JSON.stringify({
    ruleId,
    severity,
    message,
    file,
    range: rangeJson({ range }),
    resource:
      resource === undefined
        ? null
        : {
            apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
            kind: resource.kind,
            namespace: resource.namespace,
            name: resource.name,
          },
    path,
    fingerprint,
    related: related.map((each) => ({ file: each.file, range: rangeJson(each), message: each.message })),
    fix:
      fix === undefined || fix.edits.length === 0
        ? null
        : {
            title: fix.title,
            safety: fix.safety,
            edits: fix.edits.map((edit) => ({ range: rangeJson(edit), text: edit.text })),
          },
    suppressed: suppressed === undefined ? null : { by: suppressed.by, reason: suppressed.reason ?? null },
  });
}

function rangeJson({ range: { start, end } }: Pick<Place, 'range'>) {
  return { start: { line: start.line, column: start.column }, end: { line: end.line, column: end.column } };
}

/** Stacks name paths of this machine, so a report does not carry them. */
function problemJson(problem: Problem): string {
  return problem.kind === 'unreadable'
    ? JSON.stringify({ kind: problem.kind, file: problem.file, message: problem.reason })
    : JSON.stringify({ kind: problem.kind, file: problem.file, ruleId: problem.ruleId, message: problem.message });
}
