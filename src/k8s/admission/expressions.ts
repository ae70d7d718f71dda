import type { AnyNode } from '../../yaml/node.ts';
import { scalarOffsets } from '../../yaml/scalar-offsets.ts';
import { type CelScope, type CelTypes, checkCel } from '../cel/check.lazy.ts';
import { isLabelKey } from '../network/faults.ts';
import { isUnresolved } from '../placeholder.ts';
import type { AdmissionFault } from './validate-rules.ts';

/** A fault, narrowed to the place within an expression where the expression is at fault. */
export interface PolicyFault extends AdmissionFault {
  readonly part?: { readonly start: number; readonly end: number };
  /** The expression compiles, and does something else than it was meant to. */
  readonly isCel?: true;
}

/** What is wrong with an expression that stands in a manifest. Templates are left alone. */
export function faultsOfExpression(node: AnyNode, scope: CelScope): readonly PolicyFault[] {
  const text = node.string;
  if (text === undefined) return [];
  if (text.trim() === '') return [{ node, reason: 'the expression is empty' }];
  if (isUnresolved(text) && /\{\{|\$\{|<%/.test(text)) return [];
  const offsets = scalarOffsets(node);
  const base = node.span.start;
  return checkCel(text, scope).map(({ message, start, end }) => ({
    node,
    reason: message,
    isCel: true,
    ...(offsets === undefined
      ? {}
      : { part: { start: offsets(start) - base, end: Math.max(offsets(end), offsets(start) + 1) - base } }),
  }));
}

/** `matchConditions`, of a webhook or a policy. */
export function faultsOfConditions(list: AnyNode, roots: readonly string[], types?: CelTypes): readonly PolicyFault[] {
  const faults: PolicyFault[] = [];
  const items = list.items() as readonly AnyNode[];
  if (items.length > 64) faults.push({ node: list, reason: 'there may be 64 conditions', atKey: true });
  const names = new Set<string>();
  for (const item of items) {
    const name: AnyNode = item.get('name');
    if (!name.present || name.string === '') faults.push({ node: name, reason: 'the condition has no name' });
    else if (name.string !== undefined) {
      if (names.has(name.string)) faults.push({ node: name, reason: `"${name.string}" names two conditions` });
      names.add(name.string);
      if (!isLabelKey(name.string) && !isUnresolved(name.string)) {
        faults.push({ node: name, reason: `"${name.string}" is no qualified name` });
      }
    }
    const expression: AnyNode = item.get('expression');
    if (!expression.present) faults.push({ node: expression, reason: 'the condition has no expression' });
    else
      faults.push(
        ...faultsOfExpression(expression, { roots, result: 'bool', ...(types === undefined ? {} : { types }) }),
      );
  }
  return faults;
}
