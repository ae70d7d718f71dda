import type { Report } from '../engine/report.ts';
import type { AnyRule, RuleDocs } from '../engine/rule.ts';

export interface ReportOptions {
  readonly toolVersion: string;
  readonly color: boolean;
  /** How wide a line may be. */
  readonly width: number;
  readonly docsOf: (rule: AnyRule) => RuleDocs;
  /** What to write instead, in one sentence. */
  readonly firstStepOf: (rule: AnyRule) => string;
}

/**
 * A report in some notation, piece by piece, so that a large one is never held whole. Reporters read findings and source
 * text, and nothing else.
 */
export type Format = (report: Report, options: ReportOptions) => Iterable<string>;
