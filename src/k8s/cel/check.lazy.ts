import { didYouMean } from '../schema/did-you-mean.ts';
import { type CelNode, parseCel } from './parse.ts';
import { type ObjectTypes, TypeChecker } from './typecheck.ts';
import type { CelType, Named } from './types.ts';

/** What an expression may name. */
export interface CelScope {
  /** `object`, `params`: what else stands for no variable. */
  readonly roots: readonly string[];
  /** The names behind `variables.`, of those that are defined before this expression; undefined where there are none. */
  readonly variables?: readonly string[];
  /** The type that the result has to have, where the API server asks for one. */
  readonly result?: 'bool' | 'string' | 'message' | 'list';
  /** With types, the expression is held to the declarations of functions and fields as well. */
  readonly types?: CelTypes;
}

export interface CelTypes {
  readonly roots: Readonly<Record<string, CelType>>;
  readonly variables?: Readonly<Record<string, CelType>>;
  /** Made once for all expressions of an object by `typeChecker`: it reads what is declared. */
  readonly checker: CelTypeChecker;
}

export type CelTypeChecker = Pick<TypeChecker, 'check'>;

/** A fault at a stretch of the expression. */
export interface CelFault {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/**
 * What is certainly wrong with an expression: its syntax, the names it uses, and, where types are given, calls that no
 * declaration allows. Without types only a result whose form shows that it is of the wrong type is a fault.
 */
export function checkCel(text: string, scope: CelScope): readonly CelFault[] {
  const parsed = parseCel(text);
  if ('fault' in parsed) return [parsed.fault];
  const faults: CelFault[] = [];
  resolve(parsed.root, scope, new Set(), faults);
  if (faults.length === 0 && scope.types !== undefined) {
    const checked = checkTypes(parsed.root, scope.types);
    if ('fault' in checked) return [checked.fault];
    return faultsOfResult(parsed.root, checked.type.name, scope);
  }
  const type = typeOf(parsed.root);
  return faults.length > 0 || type === undefined ? faults : faultsOfResult(parsed.root, type, scope);
}

export function typeChecker(objects: ObjectTypes): CelTypeChecker {
  return new TypeChecker(objects);
}

/** The type of an expression that is in order; undefined for one that is not. */
export function typeOfCel(text: string, scope: CelScope & { readonly types: CelTypes }): Named | undefined {
  const parsed = parseCel(text);
  if ('fault' in parsed || checkCel(text, scope).length > 0) return undefined;
  const checked = checkTypes(parsed.root, scope.types);
  return 'fault' in checked ? undefined : checked.type;
}

function checkTypes(root: CelNode, { checker, ...scope }: CelTypes) {
  return checker.check(root, scope);
}

function faultsOfResult(root: CelNode, type: string, scope: CelScope): readonly CelFault[] {
  if (scope.result === undefined || type === scope.result) return [];
  const { start, end } = root;
  const hint =
    type !== 'dyn' || scope.result === 'message' || scope.result === 'list'
      ? ''
      : scope.result === 'bool'
        ? ': compare it, as in == true'
        : ': write string(…)';
  return [
    { message: `gives ${TYPE_WORDS[type] ?? `a ${type}`}, not ${RESULT_WORDS[scope.result]}${hint}`, start, end },
  ];
}

/** Names of fields behind a root, for those roots whose type the API server declares. */
const TYPED: Readonly<Record<string, readonly string[]>> = {
  request: [
    'kind',
    'resource',
    'subResource',
    'requestKind',
    'requestResource',
    'requestSubResource',
    'name',
    'namespace',
    'operation',
    'userInfo',
    'dryRun',
    'options',
  ],
  namespaceObject: ['metadata', 'spec', 'status'],
};

/** Names of types, which are values as well. */
const TYPES: ReadonlySet<string> = new Set(
  'int uint double bool string bytes list map null_type type optional_type google net kubernetes'.split(' '),
);

/**
 * The functions that the API server declares, of release 1.37: `env.Functions()` of
 * `environment.MustBaseEnvSet` in k8s.io/apiserver. Earlier releases have fewer.
 */
const FUNCTIONS: ReadonlySet<string> = new Set(
  'bool bytes cidr double duration dyn has int ip isCIDR isIP isQuantity isSemver isURL matches quantity semver sign size string timestamp type uint url'.split(
    ' ',
  ),
);

/** Functions with a namespace; those of jsonpatch are there for mutations. */
const NAMESPACED: Readonly<Record<string, readonly string[]>> = {
  format:
    'byte date datetime dns1035Label dns1035LabelPrefix dns1123Label dns1123LabelPrefix dns1123Subdomain dns1123SubdomainPrefix labelValue named qualifiedName uri uuid'.split(
      ' ',
    ),
  ip: ['isCanonical'],
  jsonpatch: ['escapeKey'],
  lists: ['range'],
  optional: ['none', 'of', 'ofNonZeroValue', 'unwrap'],
  sets: ['contains', 'equivalent', 'intersects'],
  strings: ['quote'],
};

const MACROS: ReadonlySet<string> = new Set([
  'all',
  'exists',
  'exists_one',
  'existsOne',
  'map',
  'filter',
  'transformList',
  'transformMap',
  'transformMapEntry',
  'sortBy',
  'optMap',
  'optFlatMap',
]);

/** Of these the second argument may be a variable too: `all(i, v, v > 0)`. */
const TWO_VARIABLES: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'existsOne']);

/** Functions that are called on a value. */
const METHODS: ReadonlySet<string> = new Set(
  'add allowed asApproximateFloat asInteger charAt check compareTo contains containsCIDR containsIP distinct endsWith error errored family fieldSelector find findAll first flatten format getDate getDayOfMonth getDayOfWeek getDayOfYear getEscapedPath getFullYear getHost getHostname getHours getMilliseconds getMinutes getMonth getPort getQuery getScheme getSeconds group hasValue includes indexOf ip isGlobalUnicast isGreaterThan isInteger isLessThan isLinkLocalMulticast isLinkLocalUnicast isLoopback isSorted isUnspecified join labelSelector last lastIndexOf lowerAscii major masked matches max min minor name namespace or orValue patch path prefixLength reason replace resource reverse serviceAccount size slice sort split startsWith sub subresource substring sum trim unwrapOpt upperAscii validate value'.split(
    ' ',
  ),
);

function resolve(node: CelNode, scope: CelScope, bound: ReadonlySet<string>, faults: CelFault[]): void {
  switch (node.is) {
    case 'identifier': {
      if (bound.has(node.name) || scope.roots.includes(node.name) || TYPES.has(node.name)) return;
      if (node.name === 'variables' && scope.variables !== undefined) return;
      faults.push(unknown(node.name, [...scope.roots, ...bound], node));
      return;
    }
    case 'select': {
      resolve(node.of, scope, bound, faults);
      if (node.of.is !== 'identifier' || bound.has(node.of.name)) return;
      const root = node.of.name;
      const place = { start: node.nameStart, end: node.end };
      if (root === 'variables' && scope.variables?.includes(node.name) === false) {
        const near = didYouMean(node.name, scope.variables);
        const hint = near === undefined ? '' : `: did you mean variables.${near}?`;
        faults.push({ message: `variables.${node.name} is not defined before this expression${hint}`, ...place });
      } else if (isAdmission(scope) && TYPED[root]?.includes(node.name) === false && scope.roots.includes(root)) {
        const near = didYouMean(node.name, TYPED[root]);
        const hint = near === undefined ? '' : `: did you mean ${root}.${near}?`;
        faults.push({ message: `${root} has no field ${node.name}${hint}`, ...place });
      }
      return;
    }
    case 'call': {
      const { of, name, args } = node;
      if (of === undefined) {
        if (!FUNCTIONS.has(name))
          faults.push(unknown(name, FUNCTIONS, { start: node.start, end: node.start + name.length }));
        if (name === 'has' && (args.length !== 1 || args[0]!.is !== 'select')) {
          faults.push({ message: 'has() takes one field: has(object.spec)', start: node.start, end: node.end });
          return;
        }
        for (const arg of args) resolve(arg, scope, bound, faults);
        return;
      }
      const space = of.is === 'identifier' && !bound.has(of.name) ? NAMESPACED[of.name] : undefined;
      if (space?.includes(name) === true) {
        for (const arg of args) resolve(arg, scope, bound, faults);
        return;
      }
      resolve(of, scope, bound, faults);
      if (MACROS.has(name) && !(name === 'existsOne' && args.length < 3)) {
        resolveMacro(node, scope, bound, faults);
        return;
      }
      if (!METHODS.has(name)) {
        const near = didYouMean(name, [...METHODS, ...MACROS]);
        const hint = near === undefined ? '' : `: did you mean ${near}?`;
        const place = { start: node.nameStart, end: node.nameStart + name.length };
        faults.push({ message: `there is no function ${name}${hint}`, ...place });
        return;
      }
      for (const arg of args) resolve(arg, scope, bound, faults);
      return;
    }
    case 'other':
      for (const part of node.parts) resolve(part, scope, bound, faults);
  }
}

/** `request` is another one for the authorizers of the API server. */
function isAdmission({ types, roots }: CelScope): boolean {
  return types === undefined || roots.includes('object');
}

/** A macro binds its first argument, or the first two, in the others. */
function resolveMacro(
  { name, args, nameStart, end }: CelNode & { readonly is: 'call' },
  scope: CelScope,
  bound: ReadonlySet<string>,
  faults: CelFault[],
): void {
  const fault = (message: string) => faults.push({ message, start: nameStart, end });
  if (args.length < 2 && name !== 'sortBy') {
    fault(`${name}() takes a variable and an expression: ${name}(x, x > 0)`);
    return;
  }
  const [first, second] = args;
  if (first?.is !== 'identifier') {
    fault(`the first argument of ${name}() has to be the name of a variable`);
    return;
  }
  const names = [first.name];
  const isPair = (TWO_VARIABLES.has(name) && args.length === 3) || name.startsWith('transform');
  if (isPair && second?.is === 'identifier') names.push(second.name);
  const inner = new Set([...bound, ...names]);
  for (const arg of args.slice(names.length)) resolve(arg, scope, inner, faults);
}

function unknown(
  name: string,
  candidates: Iterable<string>,
  { start, end }: { readonly start: number; readonly end: number },
): CelFault {
  const near = didYouMean(name, candidates);
  const hint = near === undefined ? '' : `: did you mean ${near}?`;
  return { message: `"${name}" is not known here${hint}`, start, end };
}

/** The type of the result, where the expression's form alone tells it. `dyn` is the API server's word for any type. */
function typeOf(node: CelNode): string | undefined {
  switch (node.is) {
    case 'other':
      return node.type === 'index' ? typeOfField(node.parts[0]!) : node.type;
    case 'call':
      if (node.name === 'string' && node.of === undefined) return 'string';
      return node.name === 'size' || (node.name === 'int' && node.of === undefined) ? 'int' : undefined;
    default:
      return typeOfField(node);
  }
}

/** Objects and parameters are of no declared type, and what is read of them is neither. */
function typeOfField(node: CelNode): string | undefined {
  switch (node.is) {
    case 'identifier':
      return UNTYPED.has(node.name) ? 'dyn' : undefined;
    case 'select':
      if (node.of.is === 'identifier' && node.of.name === 'request') return TEXTS.has(node.name) ? 'string' : undefined;
      return typeOfField(node.of);
    case 'other':
      return node.type === 'index' ? typeOfField(node.parts[0]!) : undefined;
    default:
      return undefined;
  }
}

const UNTYPED: ReadonlySet<string> = new Set(['object', 'oldObject', 'params']);
const TEXTS: ReadonlySet<string> = new Set(['name', 'namespace', 'operation', 'subResource']);

const RESULT_WORDS: Readonly<Record<string, string>> = {
  bool: 'a bool',
  string: 'a string',
  message: 'an Object',
  list: 'a list of JSONPatch',
};

const TYPE_WORDS: Readonly<Record<string, string>> = {
  int: 'a number',
  double: 'a number',
  dyn: 'a value of no declared type',
};
