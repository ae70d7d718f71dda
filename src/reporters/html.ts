import { type Finding, SEVERITIES } from '../engine/finding.ts';
import { countBySeverity, type Report } from '../engine/report.ts';
import { codeFrame } from './code-frame.ts';
import type { Format } from './reporter.ts';
import { summarize } from './text.ts';
import { xml } from './xml.ts';

/** One page that needs nothing else: no script, no style from elsewhere. */
export const formatHtml: Format = (report, { toolVersion }) => {
  const counts = countBySeverity(report.findings);
  const badges = SEVERITIES.filter((severity) => counts[severity] > 0).map(
    (severity) => `<span class="${severity}">${counts[severity]} ${severity}</span>`,
  );
  const files = new Map<string, Finding[]>();
  for (const finding of report.findings) {
    if (finding.suppressed !== undefined) continue;
    const own = files.get(finding.file);
    if (own === undefined) files.set(finding.file, [finding]);
    else own.push(finding);
  }
  const sections = [...files].map(([file, findings]) => section(file, findings, report));
  const problems = report.problems.map((problem) => {
    const text =
      problem.kind === 'unreadable'
        ? `cannot be read: ${problem.reason}`
        : `rule ${problem.ruleId} failed: ${problem.message}`;
    return `<li><b>${xml(problem.file)}</b> ${xml(text)}</li>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>kubesec-lint</title>
<style>${STYLE}</style>
<h1>kubesec-lint ${badges.join(' ')}</h1>
<p>${xml(summarize(report))}</p>
${problems.length === 0 ? '' : `<ul>${problems.join('')}</ul>`}
${sections.join('\n')}
<footer>kubesec-lint ${xml(toolVersion)}, Kubernetes ${xml(report.kubernetesVersion)}</footer>
</html>
`;
};

function section(file: string, findings: readonly Finding[], report: Report): string {
  const source = report.source(file);
  const items = findings.map((finding) => {
    const { severity, message, ruleId, range, resource } = finding;
    const frame = source === undefined ? undefined : codeFrame(source, finding, 110);
    const code = frame === undefined ? '' : `<pre>${xml(frame.line)}\n${frame.marks}</pre>`;
    const object =
      resource === undefined
        ? ''
        : ` · ${xml(`${resource.kind} ${resource.namespace === '' ? '' : `${resource.namespace}/`}${resource.name}`)}`;
    return `<li><span class="${severity}">${severity}</span> ${xml(message)}<br><small>line ${range.start.line}${object} · ${xml(ruleId)}</small>${code}</li>`;
  });
  return `<section><h2>${xml(file)}</h2><ul>${items.join('')}</ul></section>`;
}

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem}h2{font:600 1rem ui-monospace,monospace;border-bottom:1px solid #ddd;padding-bottom:.3rem;margin-top:2rem}
ul{list-style:none;padding:0}li{margin:.9rem 0}small,footer{color:#666}footer{margin-top:3rem;font-size:.85rem}
pre{background:#f6f6f6;padding:.5rem .8rem;border-radius:4px;overflow-x:auto;margin:.3rem 0}
span{display:inline-block;border-radius:3px;padding:0 .45rem;font-size:.85rem;font-weight:600;color:#fff}
.critical{background:#a4123f}.high{background:#c8401f}.medium{background:#9a6700}.low{background:#0b6e8f}.info{background:#57606a}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#16181c}pre{background:#22252b}h2{border-color:#333}small,footer{color:#999}}`;
