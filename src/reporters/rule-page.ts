import type { AnyRule, Example, RuleDocs } from '../engine/rule.ts';
import { stripMarkers } from '../testing/markers.ts';

const CATALOGS = [
  ['cis', 'CIS'],
  ['nsa', 'NSA/CISA'],
  ['mitre', 'MITRE ATT&CK'],
] as const;

export interface PageOptions {
  /** What the tool says about an example, for the pages in `docs/`. */
  readonly outputOf?: (example: Example) => string;
}

/** A rule's page in Markdown: `docs/rules/`, `explain` and the help text of SARIF are made from it. */
export function rulePage(rule: AnyRule, docs: RuleDocs, { outputOf }: PageOptions = {}): string {
  const parts = [
    `# ${rule.id}`,
    `${rule.title}.`,
    facts(rule, docs),
    section('Why', docs.why),
    section('What to write instead', docs.fix),
  ];
  for (const example of docs.examples.bad) {
    const output = outputOf?.(example);
    parts.push(
      `### Bad: ${example.title}`,
      yamlBlock(example),
      ...(output === undefined ? [] : [`\`\`\`\n${output.trimEnd()}\n\`\`\``]),
    );
  }
  for (const example of docs.examples.good) parts.push(`### Good: ${example.title}`, yamlBlock(example));
  if (docs.limits !== undefined) parts.push(section('What it does not see', docs.limits));
  if (rule.options !== undefined) {
    parts.push(section('Options', `\`\`\`json\n${JSON.stringify(rule.options.defaults, null, 2)}\n\`\`\``));
  }
  const equivalents = Object.entries(docs.equivalents ?? {});
  if (equivalents.length > 0) {
    parts.push(section('Elsewhere', equivalents.map(([tool, ids]) => `- ${tool}: ${ids.join(', ')}`).join('\n')));
  }
  if (docs.references.length > 0)
    parts.push(section('References', docs.references.map((link) => `- <${link}>`).join('\n')));
  return `${parts.join('\n\n')}\n`;
}

/** Control numbers of a rule, `CIS 5.2.2`, for tables and tags. */
export function controls({ frameworks }: RuleDocs): readonly string[] {
  const numbers = CATALOGS.flatMap(([key, name]) => (frameworks[key] ?? []).map((id) => `${name} ${id}`));
  return frameworks.pss === undefined ? numbers : [`Pod Security ${frameworks.pss}`, ...numbers];
}

function facts(rule: AnyRule, docs: RuleDocs): string {
  const rows = [
    `severity **${rule.severity}**`,
    `preset **${rule.preset}**`,
    ...controls(docs),
    ...(rule.aliases === undefined ? [] : [`formerly ${rule.aliases.join(', ')}`]),
  ];
  return rows.join(' · ');
}

function section(title: string, body: string): string {
  return `## ${title}\n\n${body.trim()}`;
}

function yamlBlock(example: Example): string {
  const place = example.in === 'manifests' ? '' : ` # in a ${example.in}`;
  return `\`\`\`yaml${place === '' ? '' : `\n${place.trim()}`}\n${stripMarkers(example.yaml).trim()}\n\`\`\``;
}
