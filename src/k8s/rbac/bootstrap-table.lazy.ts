import table from '../../../schemas/rbac-bootstrap.json' with { type: 'json' };
import type { BootstrapTable } from './bootstrap.ts';

/** A file of its own: a run without roles and bindings never reads it. */
export function bootstrapTable(): BootstrapTable {
  // The table's lifetimes are pairs, which TypeScript sees as lists of any length.
  return table as unknown as BootstrapTable;
}
