/**
 * What a YAML or JSON document means to the API server, which reads both through sigs.k8s.io/yaml:
 * JSON values, where an integer that a double cannot hold is a bigint.
 */
export type Value = null | boolean | number | bigint | string | readonly Value[] | ValueMap;

export interface ValueMap {
  readonly [key: string]: Value;
}

interface MutableMap {
  [key: string]: Value;
}

/**
 * Mappings have no Object.prototype behind them, so that a hostile key such as `__proto__` or `constructor` is a key
 * like any other. A constructor with an empty prototype keeps V8's fast property layout, which
 * `Object.create(null)` gives up.
 */
const Mapping = function Mapping() {} as unknown as new () => MutableMap;
Mapping.prototype = Object.create(null);

export function newMap(): MutableMap {
  return new Mapping();
}

export function isMap(value: unknown): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly Value[] {
  return Array.isArray(value);
}
