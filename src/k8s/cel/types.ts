/** The type of an expression before it is evaluated. */
export type CelType = Named | TypeVariable;

export interface Named {
  /** `dyn`, `int`, `list`, `kubernetes.UserInfo`. */
  readonly name: string;
  readonly of: readonly CelType[];
}

/** A type that is found out on the way: of the items of `[]`, of what a function is called with. */
export class TypeVariable {
  bound: CelType | undefined;
}

export interface Declaration {
  /** The receiver comes first. */
  readonly args: readonly CelType[];
  readonly method: boolean;
  readonly result: CelType;
}

export const DYN: Named = { name: 'dyn', of: [] };
/** As dyn, but nothing that a macro can run over. */
export const ANY: Named = { name: 'any', of: [] };
export const BOOL: Named = { name: 'bool', of: [] };
export const INT: Named = { name: 'int', of: [] };
export const STRING: Named = { name: 'string', of: [] };

export function listOf(type: CelType): Named {
  return { name: 'list', of: [type] };
}

export function mapOf(key: CelType, value: CelType): Named {
  return { name: 'map', of: [key, value] };
}

export function optionalOf(type: CelType): Named {
  return { name: 'optional_type', of: [type] };
}

export function resolved(type: CelType): CelType {
  let at = type;
  while (at instanceof TypeVariable && at.bound !== undefined) at = at.bound;
  return at;
}

/** What is known of it by now; where nothing is, it can be anything. */
export function settled(type: CelType): Named {
  const found = resolved(type);
  if (found instanceof TypeVariable) return DYN;
  return found.of.length === 0 ? found : { name: found.name, of: found.of.map(settled) };
}

/** Whether a value of the one type can stand where the other is asked for, as `isAssignable` of cel-go has it. */
export function fits(given: CelType, wanted: CelType, trail: [TypeVariable, CelType | undefined][]): boolean {
  const from = resolved(given);
  const to = resolved(wanted);
  if (from === to) return true;
  if (to instanceof TypeVariable) {
    if (mentions(from, to)) return false;
    bind(to, from, trail);
    return true;
  }
  if (from instanceof TypeVariable) {
    if (mentions(to, from)) return false;
    bind(from, to, trail);
    return true;
  }
  if (isDynamic(from) || isDynamic(to)) {
    // A variable that stood for something becomes dyn where dyn comes along.
    if (isDynamic(from) && wanted instanceof TypeVariable) bind(last(wanted), from, trail);
    return true;
  }
  if (from.name === 'null_type' || to.name === 'null_type') {
    const other = from.name === 'null_type' ? to : from;
    return other.name === 'null_type' || other.name.includes('.') || other.name === 'optional_type';
  }
  return (
    from.name === to.name &&
    from.of.length === to.of.length &&
    from.of.every((part, index) => fits(part, to.of[index]!, trail))
  );
}

/** Whether a value of any type can stand there. */
export function isDynamic({ name }: Named): boolean {
  return name === 'dyn' || name === 'any';
}

/** Undoes what an attempt to fit has bound. */
export function undo(trail: [TypeVariable, CelType | undefined][]): void {
  for (let entry = trail.pop(); entry !== undefined; entry = trail.pop()) entry[0].bound = entry[1];
}

export function formatType(type: CelType): string {
  const { name, of } = settled(type);
  return of.length === 0 ? name : `${name}(${of.map(formatType).join(', ')})`;
}

/** One line is one overload: `list<A> :: first() optional_type<A>` of a method, `size(string) int` of a function. */
export function readDeclarations(text: string): ReadonlyMap<string, readonly Declaration[]> {
  const declarations = new Map<string, Declaration[]>();
  for (const line of text.trim().split('\n')) {
    const [, receiver, name, inside, result] = /^\s*(?:(\S.*?) :: )?([\w.]+)\((.*?)\) (.+)$/.exec(line)!;
    const method = receiver !== undefined;
    const args = [...(method ? [readType(receiver)] : []), ...readTypes(inside!)];
    const declaration = { args, method, result: readType(result!) };
    const overloads = declarations.get(name!);
    if (overloads === undefined) declarations.set(name!, [declaration]);
    else overloads.push(declaration);
  }
  return declarations;
}

/** A declaration with variables of its own, for one call. */
export function fresh({ args, method, result }: Declaration): Declaration {
  const variables = new Map<string, TypeVariable>();
  const renew = (type: CelType): CelType => {
    if (type instanceof TypeVariable) return type;
    if (/^[A-Z]$/.test(type.name)) {
      let variable = variables.get(type.name);
      if (variable === undefined) {
        variable = new TypeVariable();
        variables.set(type.name, variable);
      }
      return variable;
    }
    return type.of.length === 0 ? type : { name: type.name, of: type.of.map(renew) };
  };
  return { args: args.map(renew), method, result: renew(result) };
}

function readType(text: string): CelType {
  const open = text.indexOf('<');
  if (open === -1) return { name: text, of: [] };
  return { name: text.slice(0, open), of: readTypes(text.slice(open + 1, -1)) };
}

function readTypes(text: string): readonly CelType[] {
  const types: CelType[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    if (text[at] === '<') depth++;
    else if (text[at] === '>') depth--;
    else if ((at === text.length && at > start) || (text[at] === ',' && depth === 0)) {
      types.push(readType(text.slice(start, at).trim()));
      start = at + 1;
    }
  }
  return types;
}

function bind(variable: TypeVariable, type: CelType, trail: [TypeVariable, CelType | undefined][]): void {
  trail.push([variable, variable.bound]);
  variable.bound = type;
}

/** The variable at the end of a chain of variables. */
function last(variable: TypeVariable): TypeVariable {
  let at = variable;
  while (at.bound instanceof TypeVariable) at = at.bound;
  return at;
}

function mentions(type: CelType, variable: TypeVariable): boolean {
  const found = resolved(type);
  if (found instanceof TypeVariable) return found === variable;
  return found.of.some((part) => mentions(part, variable));
}

/** What the declarations call the operators that the syntax tree has by their signs. */
export const SIGNS: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'modulo',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  '==': 'equal',
  '!=': 'equal',
  in: 'in',
};

/** Names of types as values. */
export const TYPE_NAMES: ReadonlySet<string> = new Set(
  'int uint double bool string bytes list map null_type type optional_type'.split(' '),
);
