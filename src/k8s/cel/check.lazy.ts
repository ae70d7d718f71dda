import { didYouMean } from '../schema/did-you-mean.ts';
import { type CelNode, parseCel } from './parse.ts';

/** What an expression may name. */
export interface CelScope {
  /** `object`, `params`: what else stands for no variable. */
  readonly roots: readonly string[];
  /** The names behind `variables.`, of those that are defined before this expression; undefined where there are none. */
  readonly variables?: readonly string[];
  /** The type that the result has to have, where the API server asks for one. */
  readonly result?: 'bool' | 'string';
}

/** A fault at a stretch of the expression. */
export interface CelFault {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/**
 * What is certainly wrong with an expression: its syntax, the names it uses, a result of the wrong type. Types of fields
 * are not looked at, so that an expression without a fault here may still have one for the API server.
 */
export function checkCel(text: string, scope: CelScope): readonly CelFault[] {
  const parsed = parseCel(text);
  if ('fault' in parsed) return [parsed.fault];
  const faults: CelFault[] = [];
  resolve(parsed.root, scope, new Set(), faults);
  const type = typeOf(parsed.root);
  if (faults.length === 0 && scope.result !== undefined && type !== undefined && type !== scope.result) {
    const { start, end } = parsed.root;
    faults.push({ message: `gives ${type === 'int' ? 'a number' : `a ${type}`}, not a ${scope.result}`, start, end });
  }
  return faults;
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

/** Functions, types and namespaces of functions that every expression may name. */
const GLOBALS: ReadonlySet<string> = new Set(
  'int uint double bool string bytes list map null_type type dyn duration timestamp google optional optional_type format sets math lists strings base64 cel jsonpatch ip cidr url semver quantity net Object JSONPatch kubernetes has size matches isQuantity isURL isIP isCIDR isSemver'.split(
    ' ',
  ),
);

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

/** Functions that are called on a value: a name that resembles one of these, and is none, is a slip. */
const METHODS: readonly string[] =
  'startsWith endsWith contains matches size charAt indexOf lastIndexOf lowerAscii upperAscii replace split substring trim join format reverse find findAll isSorted sum min max getScheme getHost getHostname getPort getEscapedPath getQuery isInteger asInteger asApproximateFloat compareTo isGreaterThan isLessThan containsIP containsCIDR masked prefixLength hasValue orValue optMap exists existsOne exists_one filter allowed check group resource subresource namespace serviceAccount quote family validate distinct flatten first last slice range value unwrap isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast isCanonical intersects equivalent escapeKey major minor patch reason errored error decision fieldSelector labelSelector getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds getMilliseconds'.split(
    ' ',
  );

function resolve(node: CelNode, scope: CelScope, bound: ReadonlySet<string>, faults: CelFault[]): void {
  switch (node.is) {
    case 'identifier': {
      if (bound.has(node.name) || scope.roots.includes(node.name) || GLOBALS.has(node.name)) return;
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
      } else if (TYPED[root]?.includes(node.name) === false && scope.roots.includes(root)) {
        const near = didYouMean(node.name, TYPED[root]);
        const hint = near === undefined ? '' : `: did you mean ${root}.${near}?`;
        faults.push({ message: `${root} has no field ${node.name}${hint}`, ...place });
      }
      return;
    }
    case 'call': {
      const { of, name, args } = node;
      if (of === undefined) {
        if (!GLOBALS.has(name))
          faults.push(unknown(name, GLOBALS, { start: node.start, end: node.start + name.length }));
        if (name === 'has' && (args.length !== 1 || args[0]!.is !== 'select')) {
          faults.push({ message: 'has() takes one field: has(object.spec)', start: node.start, end: node.end });
          return;
        }
        for (const arg of args) resolve(arg, scope, bound, faults);
        return;
      }
      resolve(of, scope, bound, faults);
      const isBind = name === 'bind' && of.is === 'identifier' && of.name === 'cel';
      if (MACROS.has(name) || isBind) {
        resolveMacro(node, scope, bound, faults);
        return;
      }
      if (name.length > 4 && !METHODS.includes(name)) {
        const near = didYouMean(name, METHODS);
        if (near !== undefined) {
          const place = { start: node.nameStart, end: node.nameStart + name.length };
          faults.push({ message: `there is no function ${name}: did you mean ${near}?`, ...place });
        }
      }
      for (const arg of args) resolve(arg, scope, bound, faults);
      return;
    }
    case 'other':
      for (const part of node.parts) resolve(part, scope, bound, faults);
  }
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

/** The type of the result, where the expression's form alone tells it. */
function typeOf(node: CelNode): string | undefined {
  if (node.is === 'other') return node.type;
  if (node.is === 'call' && node.of === undefined && (node.name === 'string' || node.name === 'int')) return node.name;
  return undefined;
}
