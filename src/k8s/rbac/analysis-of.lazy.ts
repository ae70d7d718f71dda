import { RbacAnalysis } from './analysis.ts';
import { bootstrapObjects, bootstrapUnion } from './bootstrap.ts';
import { bootstrapTable } from './bootstrap-table.lazy.ts';
import type { RbacObject } from './policy.ts';

/** The objects of an input together with those that every cluster has; an input without any says nothing of a cluster. */
export function rbacAnalysis(objects: readonly RbacObject[], minor: number): RbacAnalysis {
  if (objects.length === 0) return new RbacAnalysis([], [], []);
  const table = bootstrapTable();
  return new RbacAnalysis(objects, bootstrapObjects(table, minor), bootstrapUnion(table));
}
