import type { AnyNode } from '../../yaml/node.ts';
import type { PodView } from '../pod.ts';
import type { CheckLevel } from './check.ts';
import { createDecoder } from './decode.ts';
import { evaluate, resolved, type Violation } from './evaluate.ts';
import type { Level } from './level.ts';

/** Where a pod stands: the level it meets, and everything that keeps it from the levels above. */
export interface Standing {
  readonly level: Level;
  readonly obstacles: readonly Obstacle[];
  /** What could not be judged. The level is that of the rest. */
  readonly undecided: readonly Undecided[];
}

/** One place that fails one check of a level. */
export interface Obstacle {
  /** The level whose evaluation fails; a fault of both levels is told for baseline. */
  readonly level: CheckLevel;
  readonly check: string;
  readonly message: string;
  readonly node: AnyNode;
}

export interface Undecided {
  readonly message: string;
  readonly node: AnyNode;
}

/** Asks of many pods of one cluster: policy and API server are of the release `server`. */
export function createAssessor(server: number): (pod: PodView) => Standing {
  const decoder = createDecoder();
  return (pod) => {
    const baseline = evaluate('baseline', 'latest', pod, server);
    const restricted = evaluate('restricted', 'latest', pod, server);
    const obstacles = [...obstaclesOf('baseline', baseline), ...restrictedBeyond(baseline, restricted)];
    return {
      level: obstacles.length === 0 ? 'restricted' : obstacles[0]!.level === 'restricted' ? 'baseline' : 'privileged',
      obstacles,
      undecided: eachPlaceOnce([
        ...decoder.undecodable(pod.spec, 'PodSpec').map(({ node, expected }) => ({
          node,
          message: `${node.path} is no ${expected}: the API server refuses the object`,
        })),
        ...[...baseline, ...restricted].flatMap(unresolvedIn),
      ]),
    };
  };
}

function obstaclesOf(level: CheckLevel, violations: readonly Violation[]): readonly Obstacle[] {
  return resolved(violations).flatMap(({ check, offenders }) =>
    offenders.map(({ node, what, who }) => ({ level, check, node, message: who === '' ? what : `${who}: ${what}` })),
  );
}

/** At restricted a check that stands in for one of baseline finds the same places again. */
function restrictedBeyond(baseline: readonly Violation[], restricted: readonly Violation[]): readonly Obstacle[] {
  const told = new Set(baseline.flatMap(({ offenders }) => offenders.map(({ node }) => node.path)));
  return obstaclesOf('restricted', restricted).filter(({ node }) => !told.has(node.path));
}

function unresolvedIn(violation: Violation): readonly Undecided[] {
  const left = new Set(resolved([violation]).flatMap(({ offenders }) => offenders));
  return violation.offenders
    .filter((offender) => !left.has(offender))
    .map(({ node }) => ({ node, message: `${node.path} waits for a template to be rendered` }));
}

function eachPlaceOnce(undecided: readonly Undecided[]): readonly Undecided[] {
  const places = new Map<string, Undecided>();
  for (const each of undecided) {
    const { path } = each.node;
    if (!places.has(path)) places.set(path, each);
  }
  return [...places.values()];
}
