import type { Value } from '../../yaml/value.ts';
import { isList, isMap } from '../../yaml/value.ts';
import type { Request } from './match.ts';
import { type Binding, type PolicyRule, readPolicyRule, type Subject } from './policy.ts';
import type { RbacWorld, User } from './world.ts';

/**
 * Answers one line of a requests file, in the words of Kubernetes' own authorizer, so that two answers can be compared
 * by machine: `{"op":"authorize"|"who-can"|"rules"|"escalation", "user", "groups", "verb", "apiGroup", "resource",
 * "subresource", "name", "namespace", "path", "rules"}`.
 */
export function answer(world: RbacWorld, line: Value): Readonly<Record<string, unknown>> {
  if (!isMap(line)) return { error: 'a request is a JSON object' };
  const text = (key: string): string => (typeof line[key] === 'string' ? line[key] : '');
  const id = line['id'] === undefined ? {} : { id: line['id'] };
  const groups = line['groups'];
  const user: User = {
    name: text('user'),
    groups: isList(groups) ? groups.filter((group) => typeof group === 'string') : [],
  };
  const request: Request = {
    verb: text('verb'),
    apiGroup: text('apiGroup'),
    resource: text('resource'),
    subresource: text('subresource'),
    name: text('name'),
    namespace: text('namespace'),
    path: text('path'),
  };
  switch (text('op')) {
    case '':
    case 'authorize': {
      const { grant, errors } = world.authorize(user, request);
      const reason =
        grant === undefined ? denial(errors) : `RBAC: allowed by ${describe(grant.binding, grant.subject)}`;
      return { ...id, allowed: grant !== undefined, reason };
    }
    case 'who-can': {
      const { found, errors } = world.grants(request);
      const subjects = new Set(['Group:system:masters']);
      for (const { binding } of found) for (const subject of binding.subjects) subjects.add(notation(subject));
      return { ...id, subjects: [...subjects].sort(), ...errorOf(errors) };
    }
    case 'rules': {
      const { rules, errors } = world.rulesFor(user, request.namespace);
      return { ...id, rules: orNull(rules.map(({ rule }) => asWritten(rule))), ...errorOf(errors) };
    }
    case 'escalation': {
      const wanted = isList(line['rules']) ? line['rules'].map(readPolicyRule) : [];
      if (wanted.some((rule) => rule === undefined)) return { ...id, error: 'rules hold a value of a wrong type' };
      const missing = world.missingFor(user, request.namespace, wanted as readonly PolicyRule[]);
      return {
        ...id,
        allowed: missing.length === 0,
        ...(missing.length > 0 ? { missing: missing.map(asWritten) } : {}),
      };
    }
    default:
      return { ...id, error: 'unknown op' };
  }
}

/** `ServiceAccount:ns/name`, `User:jane`: a subject as it is written in its binding. */
export function notation({ kind, namespace, name }: Subject): string {
  return kind === 'ServiceAccount' ? `${kind}:${namespace}/${name}` : `${kind}:${name}`;
}

function describe(binding: Binding, subject: Subject): string {
  const name = binding.kind === 'RoleBinding' ? `${binding.name}/${binding.namespace}` : binding.name;
  const who =
    subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || binding.namespace}` : subject.name;
  const { kind, name: role } = binding.roleRef;
  return `${binding.kind} ${quote(name)} of ${kind} ${quote(role)} to ${subject.kind} ${quote(who)}`;
}

function denial(errors: readonly string[]): string {
  return errors.length === 0 ? '' : `RBAC: ${joined(errors)}`;
}

function errorOf(errors: readonly string[]): { readonly error?: string } {
  return errors.length === 0 ? {} : { error: joined(errors) };
}

/** As Go's utilerrors.Aggregate writes several errors: each once, in brackets where they differ. */
function joined(errors: readonly string[]): string {
  const unique = [...new Set(errors)];
  return unique.length === 1 ? unique[0]! : `[${unique.join(', ')}]`;
}

function asWritten(rule: PolicyRule): Readonly<Record<string, readonly string[] | null>> {
  const { verbs, ...lists } = rule;
  return { verbs: orNull(verbs), ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)) };
}

/** Go writes a list that nobody filled as null. */
function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
