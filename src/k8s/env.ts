import type { AnyNode } from '../yaml/node.ts';
import { isList, isMap } from '../yaml/value.ts';
import type { ContainerView } from './container.ts';

/** An environment variable whose value is written out as a string. */
export interface LiteralVariable {
  /** '' where it has no name, or one of another type. */
  readonly name: string;
  readonly value: string;
  /** The variable itself, and its value. */
  readonly node: AnyNode;
  readonly valueNode: AnyNode;
}

/** The literal variables of a container that `wanted` picks by name and value. */
export function literalVariables(
  container: ContainerView,
  wanted: (name: string, value: string) => boolean,
): readonly LiteralVariable[] {
  const env = container.value['env'];
  if (!isList(env)) return NONE;
  let found: LiteralVariable[] | undefined;
  for (let index = 0; index < env.length; index++) {
    const variable = env[index];
    if (!isMap(variable)) continue;
    const { name, value } = variable;
    if (typeof value !== 'string') continue;
    const key = typeof name === 'string' ? name : '';
    if (!wanted(key, value)) continue;
    const node = container.node.at(['env', index]);
    const literal = { name: key, value, node, valueNode: node.get('value') };
    if (found === undefined) found = [literal];
    else found.push(literal);
  }
  return found ?? NONE;
}

const NONE: readonly LiteralVariable[] = [];
