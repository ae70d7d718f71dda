import { isList, isMap, type Value } from '../../yaml/value.ts';
import { isUnresolved } from '../placeholder.ts';
import type { PodView } from '../pod.ts';
import type { CheckLevel, Offence, Offender } from './check.ts';
import { type Level, NEWEST_POLICY, type PolicyVersion, policyMinor } from './level.ts';
import { POD_SECURITY_STANDARDS, testAt } from './registry.ts';
import { subjectOf } from './subject.ts';

/** A check that a pod fails. */
export interface Violation extends Offence {
  readonly check: string;
  /** The level that brings the check: at restricted, most violations are of baseline checks. */
  readonly level: CheckLevel;
}

/**
 * The checks of a level that the pod fails, in admission's order: exactly those for which an API server of the release
 * `server` refuses it. Empty where it is admitted.
 */
export function evaluate(
  level: Level,
  version: PolicyVersion,
  pod: PodView,
  server: number = NEWEST_POLICY,
): readonly Violation[] {
  if (level === 'privileged') return NONE;
  const minor = policyMinor(version, server);
  return pod.remember(`pod-security ${level} ${minor} ${server}`, () => run(level, minor, pod, server));
}

/** The strictest level the pod meets. */
export function levelOf(pod: PodView, version: PolicyVersion = 'latest', server: number = NEWEST_POLICY): Level {
  if (evaluate('restricted', version, pod, server).length === 0) return 'restricted';
  return evaluate('baseline', version, pod, server).length === 0 ? 'baseline' : 'privileged';
}

/** What is left when offenders that wait for a template to be rendered are taken away: they are neither good nor bad. */
export function resolved(violations: readonly Violation[]): readonly Violation[] {
  if (violations.length === 0) return violations;
  const left: Violation[] = [];
  for (const violation of violations) {
    const { offenders } = violation;
    const kept = offenders.filter(
      (offender) => !holdsPlaceholder('raw' in offender ? offender.raw : offender.node.raw),
    );
    if (kept.length === offenders.length) left.push(violation);
    else if (kept.length > 0) left.push({ ...violation, offenders: kept });
  }
  return left;
}

/** `privileged is true (container "a", container "b"); …` */
export function describeOffenders(offenders: readonly Offender[]): string {
  const byFault = new Map<string, Set<string>>();
  for (const { what, who } of offenders) {
    const subjects = byFault.get(what);
    if (subjects === undefined) byFault.set(what, new Set([who]));
    else subjects.add(who);
  }
  return [...byFault].map(([what, who]) => (who.has('') ? what : `${what} (${[...who].join(', ')})`)).join('; ');
}

const NONE: readonly Violation[] = [];

function run(level: CheckLevel, minor: number, pod: PodView, server: number): readonly Violation[] {
  const subject = pod.remember(`pod-security ${server}`, () => subjectOf(pod, server));
  let violations: Violation[] | undefined;
  for (const check of POD_SECURITY_STANDARDS.checks) {
    const offence = testAt(check, level, minor)?.(subject);
    if (offence === undefined) continue;
    violations ??= [];
    violations.push({ check: check.id, level: check.level, reason: offence.reason, offenders: offence.offenders });
  }
  return violations ?? NONE;
}

function holdsPlaceholder(value: Value | undefined): boolean {
  if (typeof value === 'string') return isUnresolved(value);
  if (isList(value)) return value.some(holdsPlaceholder);
  return isMap(value) && Object.values(value).some(holdsPlaceholder);
}
