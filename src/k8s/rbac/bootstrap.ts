import { type Binding, type PolicyRule, RBAC_GROUP, type RbacObject, type Role, type Subject } from './policy.ts';

/** First and last minor release. */
export type Lifetime = [first: number, last: number];

type Aged<T> = T | [T, ...Lifetime];

/** schemas/rbac-bootstrap.json, made by scripts/gen-rbac-bootstrap.ts. */
export interface BootstrapTable {
  readonly source: string[];
  readonly rules: (
    | { readonly v: string[]; readonly g: string[]; readonly r: string[]; readonly n?: string[] }
    | { readonly v: string[]; readonly u: string[] }
  )[];
  readonly roles: {
    readonly name: string;
    readonly namespace?: string;
    /** One of the roles of the controller manager's controllers. */
    readonly controller?: true;
    readonly life?: Lifetime;
    readonly labels?: Readonly<Record<string, string>>;
    readonly selects?: Readonly<Record<string, string>>[];
    readonly rules: Aged<number>[];
  }[];
  readonly bindings: {
    readonly name: string;
    readonly namespace?: string;
    readonly role: string;
    readonly controller?: true;
    readonly life?: Lifetime;
    readonly subjects: Aged<string>[];
  }[];
}

export interface BootstrapOptions {
  /** Leave out the roles of the controllers in kube-system. */
  readonly controllers?: boolean;
}

/** The roles and bindings that the API server of a release creates by itself. */
export function bootstrapObjects(
  table: BootstrapTable,
  minor: number,
  options: BootstrapOptions = {},
): readonly RbacObject[] {
  const objects: RbacObject[] = [];
  const wanted = (each: { readonly controller?: true; readonly life?: Lifetime }) =>
    isAlive(each.life, minor) && (options.controllers !== false || each.controller !== true);
  const rules = table.rules.map(readRule);
  for (const role of table.roles) {
    if (!wanted(role)) continue;
    objects.push(
      roleOf(
        role,
        pick(role.rules, minor).map((index) => rules[index]!),
      ),
    );
  }
  for (const binding of table.bindings) {
    if (wanted(binding)) objects.push(bindingOf(binding, pick(binding.subjects, minor)));
  }
  return objects;
}

/** What was ever in the table, over all releases: to tell a copy of a built-in object from a changed one. */
export function bootstrapUnion(table: BootstrapTable): readonly RbacObject[] {
  const rules = table.rules.map(readRule);
  const value = <T>(aged: Aged<T>): T => (Array.isArray(aged) ? aged[0] : aged);
  return [
    ...table.roles.map((role) =>
      roleOf(
        role,
        role.rules.map((index) => rules[value(index)]!),
      ),
    ),
    ...table.bindings.map((binding) => bindingOf(binding, binding.subjects.map(value))),
  ];
}

function roleOf(role: BootstrapTable['roles'][number], rules: readonly PolicyRule[]): Role {
  return {
    kind: role.namespace === undefined ? 'ClusterRole' : 'Role',
    namespace: role.namespace ?? '',
    name: role.name,
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...role.labels },
    rules,
    selectors: role.selects?.map((matchLabels) => ({ matchLabels, matchExpressions: [] })),
  };
}

function bindingOf(binding: BootstrapTable['bindings'][number], subjects: readonly string[]): Binding {
  const namespaced = binding.namespace !== undefined;
  return {
    kind: namespaced ? 'RoleBinding' : 'ClusterRoleBinding',
    namespace: binding.namespace ?? '',
    name: binding.name,
    roleRef: { apiGroup: RBAC_GROUP, kind: namespaced ? 'Role' : 'ClusterRole', name: binding.role },
    subjects: subjects.map(readSubject),
  };
}

function readRule(rule: BootstrapTable['rules'][number]): PolicyRule {
  return 'u' in rule
    ? { verbs: rule.v, apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: rule.u }
    : { verbs: rule.v, apiGroups: rule.g, resources: rule.r, resourceNames: rule.n ?? [], nonResourceURLs: [] };
}

/** `S:kube-system/kube-dns`, `U:system:kube-proxy`, `G:system:masters`. */
function readSubject(text: string): Subject {
  const name = text.slice(2);
  if (text.startsWith('S')) {
    const slash = name.indexOf('/');
    return { kind: 'ServiceAccount', apiGroup: '', namespace: name.slice(0, slash), name: name.slice(slash + 1) };
  }
  return { kind: text.startsWith('U') ? 'User' : 'Group', apiGroup: RBAC_GROUP, namespace: '', name };
}

function pick<T extends string | number>(list: readonly Aged<T>[], minor: number): readonly T[] {
  const picked: T[] = [];
  for (const aged of list) {
    if (!Array.isArray(aged)) picked.push(aged);
    else if (aged[1] <= minor && minor <= aged[2]) picked.push(aged[0]);
  }
  return picked;
}

function isAlive(life: Lifetime | undefined, minor: number): boolean {
  return life === undefined || (life[0] <= minor && minor <= life[1]);
}
