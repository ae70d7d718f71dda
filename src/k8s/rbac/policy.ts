import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** One entry of `rules`, with missing lists as empty ones. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

export interface Role {
  readonly kind: 'Role' | 'ClusterRole';
  /** '' for a ClusterRole. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly rules: readonly PolicyRule[];
  /** What `aggregationRule` selects; undefined where there is none. */
  readonly selectors: readonly LabelSelector[] | undefined;
}

export interface Subject {
  readonly kind: string;
  readonly apiGroup: string;
  readonly namespace: string;
  readonly name: string;
}

export interface RoleRef {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

export interface Binding {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding';
  /** '' for a ClusterRoleBinding. */
  readonly namespace: string;
  readonly name: string;
  readonly roleRef: RoleRef;
  readonly subjects: readonly Subject[];
}

export type RbacObject = Role | Binding;

export const ROLE_KINDS = ['Role.rbac.authorization.k8s.io', 'ClusterRole.rbac.authorization.k8s.io'] as const;
export const BINDING_KINDS = [
  'RoleBinding.rbac.authorization.k8s.io',
  'ClusterRoleBinding.rbac.authorization.k8s.io',
] as const;
export const RBAC_KINDS = [...ROLE_KINDS, ...BINDING_KINDS] as const;

export function isBinding(object: RbacObject): object is Binding {
  return object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding';
}

/**
 * Reads a role or a binding as the API server decodes it: what is missing or null is empty, and an object with a value
 * of another type is refused as a whole (undefined). The API server's defaults are filled in: `apiGroup` of roleRef and
 * of users and groups, `namespace` from the caller.
 */
export function readRbacObject(
  kind: string,
  value: Value | undefined,
  defaultNamespace: string,
): RbacObject | undefined {
  if (!isMap(value)) return undefined;
  try {
    switch (kind) {
      case 'Role':
      case 'ClusterRole':
        return readRole(kind, value, defaultNamespace);
      case 'RoleBinding':
      case 'ClusterRoleBinding':
        return readBinding(kind, value, defaultNamespace);
      default:
        return undefined;
    }
  } catch (error) {
    if (error instanceof WrongType) return undefined;
    throw error;
  }
}

/** Reads one PolicyRule from JSON or YAML; undefined where a value is of another type. */
export function readPolicyRule(value: Value | undefined): PolicyRule | undefined {
  try {
    return policyRule(value);
  } catch (error) {
    if (error instanceof WrongType) return undefined;
    throw error;
  }
}

/** A value of another type than the API promises. */
class WrongType extends Error {}

function readRole(kind: Role['kind'], value: ValueMap, defaultNamespace: string): Role {
  const { name, namespace, labels } = metadata(value);
  const aggregation = value['aggregationRule'];
  return {
    kind,
    namespace: kind === 'ClusterRole' ? '' : namespace || defaultNamespace,
    name,
    labels,
    rules: list(value['rules']).map(policyRule),
    selectors:
      kind === 'ClusterRole' && aggregation !== undefined && aggregation !== null
        ? list(map(aggregation)['clusterRoleSelectors']).map(labelSelector)
        : undefined,
  };
}

function readBinding(kind: Binding['kind'], value: ValueMap, defaultNamespace: string): Binding {
  const { name, namespace } = metadata(value);
  const roleRef = map(value['roleRef']);
  return {
    kind,
    namespace: kind === 'ClusterRoleBinding' ? '' : namespace || defaultNamespace,
    name,
    roleRef: {
      apiGroup: string(roleRef['apiGroup']) || RBAC_GROUP,
      kind: string(roleRef['kind']),
      name: string(roleRef['name']),
    },
    subjects: list(value['subjects']).map(subject),
  };
}

function subject(value: Value): Subject {
  const fields = map(value);
  const kind = string(fields['kind']);
  return {
    kind,
    apiGroup: string(fields['apiGroup']) || (kind === 'User' || kind === 'Group' ? RBAC_GROUP : ''),
    namespace: string(fields['namespace']),
    name: string(fields['name']),
  };
}

function policyRule(value: Value | undefined): PolicyRule {
  const fields = map(value);
  return {
    verbs: strings(fields['verbs']),
    apiGroups: strings(fields['apiGroups']),
    resources: strings(fields['resources']),
    resourceNames: strings(fields['resourceNames']),
    nonResourceURLs: strings(fields['nonResourceURLs']),
  };
}

function labelSelector(value: Value): LabelSelector {
  const fields = map(value);
  return {
    matchLabels: stringMap(fields['matchLabels']),
    matchExpressions: list(fields['matchExpressions']).map((item) => {
      const expression = map(item);
      return {
        key: string(expression['key']),
        operator: string(expression['operator']),
        values: strings(expression['values']),
      };
    }),
  };
}

function metadata(value: ValueMap): { name: string; namespace: string; labels: Readonly<Record<string, string>> } {
  const fields = map(value['metadata']);
  return {
    name: string(fields['name']),
    namespace: string(fields['namespace']),
    labels: stringMap(fields['labels']),
  };
}

function string(value: Value | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new WrongType();
  return value;
}

function list(value: Value | undefined): readonly Value[] {
  if (value === undefined || value === null) return [];
  if (!isList(value)) throw new WrongType();
  return value;
}

/** A null among the items decodes to the empty string, as in Go. */
function strings(value: Value | undefined): readonly string[] {
  return list(value).map(string);
}

const EMPTY: ValueMap = Object.freeze(Object.create(null));

function map(value: Value | undefined): ValueMap {
  if (value === undefined || value === null) return EMPTY;
  if (!isMap(value)) throw new WrongType();
  return value;
}

function stringMap(value: Value | undefined): Readonly<Record<string, string>> {
  const entries = map(value);
  const strings: Record<string, string> = Object.create(null);
  for (const key of Object.keys(entries)) strings[key] = string(entries[key]);
  return strings;
}
