import type { ResourceId } from '../k8s/resource.ts';
import type { TextEdit } from '../text/edits.ts';
import type { Range, Span } from '../text/source-file.ts';
import type { Change } from '../yaml/edit.ts';

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A place in a file, complete without the file's text. */
export interface Place {
  /** '/'-separated path as shown to the user. */
  readonly file: string;
  readonly span: Span;
  readonly range: Range;
}

export interface Related extends Place {
  readonly message: string;
}

export type FixSafety = 'safe' | 'hardening';

export interface Fix {
  readonly title: string;
  /** `safe` keeps what the manifest does; `hardening` may stop a program that relied on the privilege. */
  readonly safety: FixSafety;
  /** What the fix changes, so that several fixes of one document can be made together; empty where the run did not ask. */
  readonly changes: readonly Change[];
  /** The same as text; empty where the run did not ask for edits. */
  readonly edits: readonly (TextEdit & { readonly range: Range })[];
}

export interface Suppression {
  readonly by: 'annotation' | 'comment' | 'config' | 'baseline';
  readonly reason: string | undefined;
}

/** Plain data: cacheable, sendable between threads, written by the reporters as it is. */
export interface Finding extends Place {
  readonly ruleId: string;
  /** Which of the rule's messages this is. */
  readonly messageId: string;
  readonly severity: Severity;
  readonly message: string;
  readonly resource: ResourceId | undefined;
  /** 0-based document index in the file. */
  readonly document: number;
  /** `spec.template.spec.containers[0].securityContext.privileged`, relative to the resource. */
  readonly path: string;
  /** Rule, resource and path with list items by name, hashed: survives line moves. */
  readonly fingerprint: string;
  readonly related: readonly Related[];
  readonly fix: Fix | undefined;
  readonly suppressed: Suppression | undefined;
}

/** Something that stopped us from looking: never dropped in silence. */
export type Problem =
  | { readonly kind: 'unreadable'; readonly file: string; readonly reason: string }
  | {
      readonly kind: 'rule-crash';
      readonly ruleId: string;
      readonly file: string;
      readonly message: string;
      readonly stack: string;
    };

/** A file that was looked at and is no manifest. */
export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}
