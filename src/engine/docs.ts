import { builtinDocs } from './builtin-docs.lazy.ts';
import { builtinStep } from './builtin-steps.lazy.ts';
import type { AnyRule, RuleDocs } from './rule.ts';

/** A rule's page. The bundle that every run loads holds rules without it; it is then read from a file of its own. */
export function docsOf(rule: AnyRule): RuleDocs {
  const own: RuleDocs | undefined = rule.docs;
  return own ?? builtinDocs(rule.id);
}

/** What to write instead, in one sentence. */
export function firstStepOf(rule: AnyRule): string {
  const own: RuleDocs | undefined = rule.docs;
  return own === undefined ? builtinStep(rule.id) : firstStep(own);
}

/** The first sentence of a page's `fix`. */
export function firstStep(docs: RuleDocs): string {
  const paragraph = docs.fix
    .trim()
    .split(/\n\s*\n|\n```/)[0]!
    .replaceAll(/\s+/g, ' ');
  const end = /[.:](?=\s+[A-Z`"]|$)/.exec(paragraph.replaceAll(/`[^`]*`/g, (code) => 'x'.repeat(code.length)));
  return paragraph.slice(0, end?.index ?? paragraph.length);
}
