import type { Finding } from '../engine/finding.ts';
import type { Format } from './reporter.ts';
import { xml } from './xml.ts';

/** A test suite a file, a failed test a finding: what build servers show as test results. */
export const formatJunit: Format = ({ findings, problems }) => {
  const suites = new Map<string, string[]>();
  const add = (file: string, testcase: string): void => {
    const own = suites.get(file);
    if (own === undefined) suites.set(file, [testcase]);
    else own.push(testcase);
  };
  for (const finding of findings) add(finding.file, testcase(finding));
  for (const problem of problems) {
    const text = problem.kind === 'unreadable' ? problem.reason : `rule ${problem.ruleId} failed: ${problem.message}`;
    add(
      problem.file,
      `    <testcase name="${problem.kind}" classname="${xml(problem.file)}">\n      <error message="${xml(text)}"/>\n    </testcase>\n`,
    );
  }
  const failures = findings.filter(({ suppressed }) => suppressed === undefined).length;
  const body = [...suites].map(([file, cases]) => {
    const failed = cases.filter((each) => each.includes('<failure')).length;
    const errors = cases.filter((each) => each.includes('<error')).length;
    const skipped = cases.length - failed - errors;
    return `  <testsuite name="${xml(file)}" tests="${cases.length}" failures="${failed}" errors="${errors}" skipped="${skipped}">\n${cases.join('')}  </testsuite>\n`;
  });
  const tests = findings.length + problems.length;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="kubesec-lint" tests="${tests}" failures="${failures}" errors="${problems.length}">\n${body.join('')}</testsuites>\n`;
};

function testcase({ ruleId, file, range: { start }, severity, message, suppressed }: Finding): string {
  const place = `${file}:${start.line}:${start.column}`;
  const outcome =
    suppressed === undefined
      ? `<failure type="${severity}" message="${xml(message)}">${xml(`${place} ${message}`)}</failure>`
      : `<skipped message="${xml(suppressed.reason ?? 'suppressed')}"/>`;
  return `    <testcase name="${xml(`${ruleId} ${start.line}:${start.column}`)}" classname="${xml(file)}" file="${xml(file)}" line="${start.line}">\n      ${outcome}\n    </testcase>\n`;
}
