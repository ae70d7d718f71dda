import { celDeclarations } from './declarations.ts';
import { Evaluator } from './evaluate.ts';
import type { CelNode } from './parse.ts';
import {
  BOOL,
  type CelType,
  type Declaration,
  DYN,
  fits,
  formatType,
  fresh,
  INT,
  isDynamic,
  listOf,
  mapOf,
  type Named,
  optionalOf,
  resolved,
  SIGNS,
  STRING,
  settled,
  TYPE_NAMES,
  TypeVariable,
  undo,
} from './types.ts';
import { Failure } from './value.ts';

/** What an expression can name, with types. */
export interface TypeScope {
  readonly roots: Readonly<Record<string, CelType>>;
  /** Those behind `variables.`; undefined where there are none. */
  readonly variables?: Readonly<Record<string, CelType>>;
}

export interface TypeFault {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** The fields of the types that the API server declares. */
export type ObjectTypes = Readonly<Record<string, Readonly<Record<string, CelType>>>>;

/**
 * Finds the types of expressions by the rules of cel-go's checker: the first fault, or the type of the result. Names have
 * been resolved before (`checkCel`).
 */
export class TypeChecker {
  readonly #declarations: ReadonlyMap<string, readonly Declaration[]> = celDeclarations();
  readonly #objects: ObjectTypes;

  constructor(objects: ObjectTypes) {
    this.#objects = objects;
  }

  check(root: CelNode, scope: TypeScope): { readonly type: Named } | { readonly fault: TypeFault } {
    try {
      const work = new Work(this.#declarations, this.#objects, scope);
      const type = settled(work.type(root, new Map()));
      work.checkLiterals();
      checkConversions(root);
      return { type };
    } catch (error) {
      if (error instanceof TypeError_) return { fault: error.fault };
      throw error;
    }
  }
}

class TypeError_ extends Error {
  readonly fault: TypeFault;

  constructor(message: string, { start, end }: { readonly start: number; readonly end: number }) {
    super(message);
    this.fault = { message, start, end };
  }
}

type Bound = ReadonlyMap<string, CelType>;

const LITERALS: Readonly<Record<string, Named>> = {
  string: STRING,
  int: INT,
  bool: BOOL,
  double: { name: 'double', of: [] },
  bytes: { name: 'bytes', of: [] },
  null: { name: 'null_type', of: [] },
};

class Work {
  readonly #declarations: ReadonlyMap<string, readonly Declaration[]>;
  readonly #objects: ObjectTypes;
  readonly #scope: TypeScope;
  /** What stands side by side in lists and maps: in the end it has to be of the same type, dyn being one of its own. */
  readonly #literals: (readonly [CelNode, CelType, CelType])[] = [];
  /** Inside of arguments of format() it has not. */
  #exempt = 0;

  constructor(declarations: ReadonlyMap<string, readonly Declaration[]>, objects: ObjectTypes, scope: TypeScope) {
    this.#declarations = declarations;
    this.#objects = objects;
    this.#scope = scope;
  }

  checkLiterals(): void {
    for (const [node, before, type] of this.#literals) {
      if (formatType(before) === formatType(type)) continue;
      throw new TypeError_(`a ${formatType(type)} stands beside a ${formatType(before)}`, node);
    }
  }

  type(node: CelNode, bound: Bound): CelType {
    switch (node.is) {
      case 'identifier':
        return this.#identifier(node, bound);
      case 'select':
        return this.#select(node, bound);
      case 'call':
        return this.#call(node, bound);
      case 'other':
        return this.#other(node, bound);
    }
  }

  #identifier(node: CelNode & { readonly is: 'identifier' }, bound: Bound): CelType {
    const found =
      bound.get(node.name) ?? (Object.hasOwn(this.#scope.roots, node.name) ? this.#scope.roots[node.name] : undefined);
    if (found !== undefined) return found;
    if (TYPE_NAMES.has(node.name)) return { name: 'type', of: [DYN] };
    throw new TypeError_(`"${node.name}" is not known here`, node);
  }

  #select(node: CelNode & { readonly is: 'select' }, bound: Bound): CelType {
    if (node.of.is === 'identifier' && node.of.name === 'variables' && !bound.has('variables')) {
      const { variables } = this.#scope;
      if (variables !== undefined) {
        if (!Object.hasOwn(variables, node.name))
          throw new TypeError_(`variables.${node.name} is not known here`, node);
        const type = variables[node.name]!;
        return node.optional ? optionalOf(type) : type;
      }
    }
    const of = resolved(this.type(node.of, bound));
    const optional = !(of instanceof TypeVariable) && of.name === 'optional_type';
    const result = this.#field(node, optional ? resolved(of.of[0]!) : of);
    return optional || node.optional ? optionalOf(result) : result;
  }

  #field(node: CelNode & { readonly is: 'select' }, of: CelType): CelType {
    if (of instanceof TypeVariable) {
      of.bound = DYN;
      return DYN;
    }
    if (isDynamic(of)) return DYN;
    if (of.name === 'map') return of.of[1]!;
    const fields = this.#objects[of.name];
    const place = { start: node.nameStart, end: node.end };
    if (fields === undefined) throw new TypeError_(`a value of type ${formatType(of)} has no fields`, place);
    if (!Object.hasOwn(fields, node.name)) throw new TypeError_(`${of.name} has no field ${node.name}`, place);
    return fields[node.name]!;
  }

  #call(node: CelNode & { readonly is: 'call' }, bound: Bound): CelType {
    const { of, name, args } = node;
    if (of === undefined) {
      if (name === 'has') {
        this.type(args[0]!, bound);
        return BOOL;
      }
      if (name === 'duration' || name === 'timestamp') checkTime(name, args[0]);
      return this.#overload(
        node,
        name,
        args.map((arg) => this.type(arg, bound)),
        false,
      );
    }
    if (of.is === 'identifier' && !bound.has(of.name) && this.#declarations.has(`${of.name}.${name}`)) {
      return this.#overload(
        node,
        `${of.name}.${name}`,
        args.map((arg) => this.type(arg, bound)),
        false,
      );
    }
    const macro = this.#macro(node, bound);
    if (macro !== undefined) return macro;
    const formats = name === 'format' ? 1 : 0;
    this.#exempt += formats;
    const types = [this.type(of, bound), ...args.map((arg) => this.type(arg, bound))];
    this.#exempt -= formats;
    return this.#overload(node, name, types, true);
  }

  #macro(node: CelNode & { readonly is: 'call' }, bound: Bound): CelType | undefined {
    const { name, args } = node;
    const of = node.of!;
    const [first, second] = args;
    if (first?.is !== 'identifier') return undefined;
    const inner = (...names: readonly (readonly [string, CelType])[]) => new Map([...bound, ...names]);
    switch (name) {
      case 'all':
      case 'exists':
      case 'exists_one':
      case 'existsOne': {
        const pair = args.length === 3 && second?.is === 'identifier';
        if (args.length !== 2 && !pair) return undefined;
        if (name === 'existsOne' && !pair) return undefined;
        const [key, value] = this.#range(of, bound, pair);
        const names = pair ? inner([first.name, key], [second.name, value!]) : inner([first.name, key]);
        this.#bool(args.at(-1)!, names);
        return BOOL;
      }
      case 'map':
      case 'filter': {
        const [item] = this.#range(of, bound, false);
        const names = inner([first.name, item]);
        if (name === 'filter') {
          if (args.length !== 2) return undefined;
          this.#bool(second!, names);
          return listOf(item);
        }
        if (args.length === 3) this.#bool(second!, names);
        return listOf(this.type(args.at(-1)!, names));
      }
      case 'transformList':
      case 'transformMap':
      case 'transformMapEntry': {
        if (second?.is !== 'identifier' || args.length < 3 || args.length > 4) return undefined;
        const [key, value] = this.#range(of, bound, true);
        const names = inner([first.name, key], [second.name, value!]);
        if (args.length === 4) this.#bool(args[2]!, names);
        const result = this.type(args.at(-1)!, names);
        if (name === 'transformList') return listOf(result);
        if (name === 'transformMap') return mapOf(key, result);
        return this.#mustFit(args.at(-1)!, result, mapOf(new TypeVariable(), new TypeVariable()));
      }
      case 'optMap':
      case 'optFlatMap': {
        if (args.length !== 2) return undefined;
        const item = new TypeVariable();
        this.#mustFit(of, this.type(of, bound), optionalOf(item));
        const result = this.type(second!, inner([first.name, item]));
        if (name === 'optMap') return optionalOf(result);
        return this.#mustFit(second!, result, optionalOf(new TypeVariable()));
      }
      case 'sortBy': {
        const [item] = this.#range(of, bound, false);
        this.type(second!, inner([first.name, item]));
        return listOf(item);
      }
      default:
        return undefined;
    }
  }

  /** The types of the variables that run over a list or a map. */
  #range(of: CelNode, bound: Bound, pair: boolean): readonly [CelType, CelType | undefined] {
    const range = resolved(this.type(of, bound));
    if (range instanceof TypeVariable) {
      range.bound = DYN;
      return [DYN, DYN];
    }
    if (range.name === 'list') return pair ? [INT, range.of[0]!] : [range.of[0]!, undefined];
    if (range.name === 'map') return [range.of[0]!, range.of[1]!];
    if (range.name === 'dyn') return [DYN, DYN];
    throw new TypeError_(`a value of type ${formatType(range)} is neither a list nor a map`, of);
  }

  #other(node: CelNode & { readonly is: 'other' }, bound: Bound): CelType {
    const { form, parts } = node;
    switch (form) {
      case 'literal':
        if (node.type === 'int' && /[uU]$/.test(node.text!)) return { name: 'uint', of: [] };
        return LITERALS[node.type!]!;
      case 'and':
      case 'or':
        for (const part of parts) this.#bool(part, bound);
        return BOOL;
      case 'not':
      case 'negative':
        return this.#overload(node, form, [this.type(parts[0]!, bound)], false, form === 'not' ? '!' : '-');
      case 'conditional':
        return this.#overload(
          node,
          'conditional',
          parts.map((part) => this.type(part, bound)),
          false,
          '? :',
        );
      case 'sum':
      case 'relation': {
        let type = this.type(parts[0]!, bound);
        for (let index = 1; index < parts.length; index++) {
          const sign = node.signs![index - 1]!;
          const operands = [type, this.type(parts[index]!, bound)];
          type = this.#overload(node, SIGNS[sign]!, operands, false, sign);
        }
        return type;
      }
      case 'index': {
        const name = node.optional?.length === 1 ? 'optindex' : 'index';
        return this.#overload(
          node,
          name,
          parts.map((part) => this.type(part, bound)),
          false,
          '[ ]',
        );
      }
      case 'list': {
        let item: CelType | undefined;
        parts.forEach((part, index) => {
          const type = this.type(part, bound);
          item = this.#join(part, item, node.optional?.includes(index) === true ? this.#unwrapped(part, type) : type);
        });
        return listOf(item ?? new TypeVariable());
      }
      case 'map': {
        let key: CelType | undefined;
        let value: CelType | undefined;
        for (let index = 0; index < parts.length; index += 2) {
          key = this.#join(parts[index]!, key, this.type(parts[index]!, bound));
          const type = this.type(parts[index + 1]!, bound);
          const part = parts[index + 1]!;
          value = this.#join(part, value, node.optional?.includes(index) === true ? this.#unwrapped(part, type) : type);
        }
        return mapOf(key ?? new TypeVariable(), value ?? new TypeVariable());
      }
      case 'message':
        return DYN;
    }
  }

  #unwrapped(node: CelNode, type: CelType): CelType {
    const found = resolved(type);
    if (found instanceof TypeVariable || isDynamic(found)) return DYN;
    if (found.name === 'optional_type') return found.of[0]!;
    throw new TypeError_(`a value of type ${formatType(found)} is no optional`, node);
  }

  #join(node: CelNode, before: CelType | undefined, type: CelType): CelType {
    if (before === undefined) return type;
    if (this.#exempt === 0) this.#literals.push([node, before, type]);
    const trail: [TypeVariable, CelType | undefined][] = [];
    if (fits(before, type, trail)) return general(before, type) ? before : type;
    undo(trail);
    throw new TypeError_(`a ${formatType(type)} stands beside a ${formatType(before)}`, node);
  }

  #bool(node: CelNode, bound: Bound): void {
    this.#mustFit(node, this.type(node, bound), BOOL);
  }

  #mustFit(node: CelNode, type: CelType, wanted: CelType): CelType {
    if (fits(type, wanted, [])) return type;
    throw new TypeError_(`a ${formatType(wanted)} is expected, and this is a ${formatType(type)}`, node);
  }

  #overload(node: CelNode, name: string, types: readonly CelType[], method: boolean, sign?: string): CelType {
    let result: CelType | undefined;
    for (const declaration of this.#declarations.get(name) ?? []) {
      if (declaration.method !== method || declaration.args.length !== types.length) continue;
      const { args, result: own } = fresh(declaration);
      const trail: [TypeVariable, CelType | undefined][] = [];
      if (!types.every((type, index) => fits(type, args[index]!, trail))) {
        undo(trail);
        continue;
      }
      const type = name === 'equal' || name === 'in' ? BOOL : own;
      if (result === undefined) result = type;
      else if (formatType(result) !== formatType(type)) result = DYN;
    }
    if (result !== undefined) return result;
    const asked = types.map(formatType);
    const what =
      sign !== undefined
        ? `${sign} is not there for ${asked.join(' and ')}`
        : method
          ? `${name}(${asked.slice(1).join(', ')}) is not there for a value of type ${asked[0]}`
          : `${name}() is not there for (${asked.join(', ')})`;
    throw new TypeError_(what, node);
  }
}

/** Conversions of literals are done when an expression is compiled. */
const CONVERSIONS: ReadonlySet<string> = new Set('bool double dyn int string uint'.split(' '));

function checkConversions(node: CelNode): void {
  if (isConversion(node)) {
    const value = isConstant(node) ? new Evaluator().evaluate(node, () => undefined) : undefined;
    if (value instanceof Failure) throw new TypeError_(value.message, node);
  }
  for (const part of partsOf(node)) checkConversions(part);
}

function isConversion(node: CelNode): node is CelNode & { readonly is: 'call' } {
  return node.is === 'call' && node.of === undefined && node.args.length === 1 && CONVERSIONS.has(node.name);
}

function isConstant(node: CelNode): boolean {
  return isConversion(node) ? isConstant(node.args[0]!) : node.is === 'other' && node.form === 'literal';
}

function partsOf(node: CelNode): readonly CelNode[] {
  switch (node.is) {
    case 'identifier':
      return [];
    case 'select':
      return [node.of];
    case 'call':
      return node.of === undefined ? node.args : [node.of, ...node.args];
    case 'other':
      return node.parts;
  }
}

/** Texts of times are looked at when the expression is compiled. */
function checkTime(name: string, arg: CelNode | undefined): void {
  if (arg?.is !== 'other' || arg.type !== 'string' || /^r/i.test(arg.text!)) return;
  const text = arg.text!.replace(/^["']+|["']+$/g, '');
  const shape = name === 'duration' ? /^[-+]?(?:0|(?:[\d.]+(?:ns|us|µs|μs|ms|s|m|h))+)$/ : /^\d{4}-\d\d-\d\dT/;
  if (!shape.test(text)) throw new TypeError_(`"${text}" is no ${name}`, arg);
}

/** Whether the one type is the other or less said, as `mostGeneral` of cel-go asks. */
function general(a: CelType, b: CelType): boolean {
  const [left, right] = [resolved(a), resolved(b)];
  if (left instanceof TypeVariable) return true;
  if (right instanceof TypeVariable) return false;
  if (isDynamic(left)) return true;
  if (isDynamic(right) || left.name !== right.name) return false;
  return left.of.every((part, index) => general(part, right.of[index]!));
}
