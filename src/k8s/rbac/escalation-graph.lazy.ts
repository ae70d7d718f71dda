import type { RbacAnalysis } from './analysis.ts';
import { EscalationGraph, type Surroundings } from './escalation.ts';

/** A file of its own: most runs ask nobody's way to cluster-admin. */
export function escalationGraph(analysis: RbacAnalysis, surroundings: Surroundings): EscalationGraph {
  return new EscalationGraph(analysis, surroundings);
}
