import type { ResourceId } from '../k8s/resource.ts';
import { nearest } from '../text/nearest.ts';
import type { Span } from '../text/source-file.ts';
import { applyDirectives } from './directives.lazy.ts';
import type { Finding, Place, Severity } from './finding.ts';
import type { Plan } from './plan.ts';
import type { AnyRule } from './rule.ts';

export { collectDirectives } from './directives.lazy.ts';

/** One comment or annotation that asks for findings to be left out. Plain data, made in the map phase. */
export interface Directive {
  readonly by: 'comment' | 'annotation';
  readonly file: string;
  readonly document: number;
  readonly resource: ResourceId | undefined;
  readonly rules: readonly NamedRule[];
  readonly reason: string | undefined;
  /** The last day on which it holds, `2027-01-31`. */
  readonly until: string | undefined;
  /** Where it stands itself. */
  readonly place: Place;
  /** What it covers in its file; undefined when it covers nothing, and `fault` says why. */
  readonly covers: Span | undefined;
  readonly fault: Fault | undefined;
}

export interface NamedRule extends Place {
  readonly id: string;
}

export type Fault =
  | { readonly kind: 'malformed'; readonly detail: string }
  | { readonly kind: 'misplaced'; readonly detail: string };

/** A rule of this file's own, with the severity that the plan gives it; undefined where it is switched off. */
export interface SuppressionRule {
  readonly severity: Severity;
  readonly messages: Readonly<Record<string, string>>;
}

export interface SuppressionSettings {
  /** `2026-11-23`. */
  readonly today: string;
  /** The id that a directive means, aliases included; undefined for a rule that nobody knows. */
  readonly resolve: (id: string) => string | undefined;
  /** The known id that is most likely meant. */
  readonly nearest: (id: string) => string | undefined;
  /** Only a rule that ran can tell that a directive is of no use. */
  readonly ran: (id: string) => boolean;
  readonly rule: (id: SuppressionRuleId) => SuppressionRule | undefined;
}

export type SuppressionRuleId =
  | 'suppression-expired'
  | 'suppression-malformed'
  | 'suppression-misplaced'
  | 'suppression-unknown-rule'
  | 'suppression-unused'
  | 'suppression-without-reason';

/** `known`: every rule that a directive may name, whether it runs or not. */
export function suppressionSettings(plan: Plan, known: readonly AnyRule[], today: () => string): SuppressionSettings {
  let ran: Set<string> | undefined;
  return {
    get today() {
      return today();
    },
    resolve: (id) => known.find((rule) => rule.id === id || rule.aliases?.includes(id))?.id,
    nearest: (id) =>
      nearest(
        id,
        known.map((rule) => rule.id),
      ),
    ran(id) {
      ran ??= new Set(plan.rules.map((rule) => rule.id));
      return ran.has(id);
    },
    rule(id) {
      const check = plan.projectChecks.find(({ rule }) => rule.id === id);
      return check === undefined ? undefined : { severity: check.severity, messages: check.rule.messages };
    },
  };
}

/** Marks the findings that a directive covers, and adds what is wrong with the directives themselves. */
export function applySuppressions(
  findings: readonly Finding[],
  directives: readonly Directive[],
  settings: SuppressionSettings,
): readonly Finding[] {
  return directives.length === 0 ? findings : applyDirectives(findings, directives, settings);
}
