import { type RbacFacts, rbacFact, type Workload } from '../../engine/facts/rbac.ts';
import type { Severity } from '../../engine/finding.ts';
import { SEVERITIES } from '../../engine/finding.ts';
import type { Project } from '../../engine/project.ts';
import type { More, OptionsSpec, Preset } from '../../engine/rule.ts';
import { type Site, siteAt } from '../../engine/site.ts';
import {
  CONTROL_NAMESPACE,
  isWide,
  type Reach,
  type RoleMatch,
  serviceAccountOf,
  type Topic,
  type TopicGrant,
} from '../../k8s/rbac/analysis.ts';
import type { Capability } from '../../k8s/rbac/capability.ts';
import { holdsIn, subjectKey } from '../../k8s/rbac/holdings.ts';
import type { PolicyRule, Role, Subject } from '../../k8s/rbac/policy.ts';
import type { Resource } from '../../k8s/resource.ts';

export interface TrustOptions {
  /** Globs: `system:serviceaccount:kube-system:*`, `Group:oidc:platform-admins`, `User:root@example.com`. */
  readonly trustedSubjects: readonly string[];
}

/** Subjects of whom it is known that they hold much: findings about them alone come at severity info. */
export const TRUST: OptionsSpec<TrustOptions> = {
  defaults: { trustedSubjects: [] },
  schema: {
    type: 'object',
    properties: { trustedSubjects: { type: 'array', items: { type: 'string' } } },
    additionalProperties: false,
  },
};

/** What a role, or a binding to a built-in role, grants of a topic, ready to be reported. */
export interface Grant extends TopicGrant {
  /** The role, or the binding of a built-in one. */
  readonly resource: Resource;
  /** `ClusterRole "r"`. */
  readonly what: string;
  /** `ServiceAccount "a/ci"`, `User "jane" and 2 more`, `whoever is bound to it`. */
  readonly who: string;
  /** `in the whole cluster`, `in namespace "a"`. */
  readonly where: string;
  /** In force in the whole cluster or in kube-system. */
  readonly wide: boolean;
  /** Every match is for named objects only. */
  readonly named: boolean;
  has(capability: Capability): boolean;
  /** The node that says so: an item of `resources`, of a binding the name of its role. */
  at(match?: RoleMatch): Site;
  /** The item of `verbs` instead, unless a `*` in the resources is what grants it. */
  atVerb(match?: RoleMatch): Site;
  /**
   * `base` is how bad it is in the whole cluster; one step less in ordinary namespaces, for named objects, for a
   * role that nothing binds and for operators that are known to need it.
   */
  more(base: Severity, options?: { readonly narrow?: Preset; readonly lowered?: number }): GrantMore;
}

export interface GrantMore extends More {
  readonly data: { readonly what: string; readonly who: string; readonly where: string };
}

/** What the roles of the input grant of a topic: one entry a role. */
export function grantsOf(project: Project, topic: Topic, { trustedSubjects }: TrustOptions): readonly Grant[] {
  const { analysis, resourceOf } = project.fact(rbacFact);
  return analysis.grants(topic).flatMap((grant): readonly Grant[] => {
    const { role, binding, matches, reach } = grant;
    const resource = resourceOf(binding ?? role);
    if (resource === undefined) return [];
    const named = matches.every(({ names }) => names !== undefined);
    const wide = isWide(role, reach);
    const who = describeSubjects(reach.subjects);
    const where = describeScope(role, reach);
    const what = `${resource.head.kind} "${resource.head.name}"`;
    const operator = operatorOf(role);
    const trusted = reach.subjects.length > 0 && reach.subjects.every((each) => isTrusted(each, trustedSubjects));
    const at = (match: RoleMatch = matches[0]!): Site =>
      binding === undefined ? itemSite(resource, role, match) : siteAt(resource, ['roleRef', 'name']);
    const atVerb = (match: RoleMatch = matches[0]!): Site => {
      if (binding !== undefined) return at(match);
      const { resources } = role.rules[match.index]!;
      if (match.resourceItems.every((item) => resources[item] === '*')) return at(match);
      return siteAt(resource, ['rules', match.index, 'verbs', match.verbItems[0]!]);
    };
    return [
      {
        ...grant,
        resource,
        what,
        who,
        where,
        wide,
        named,
        has: (capability) => matches.some((match) => match.capability === capability),
        at,
        atVerb,
        more(base, { narrow, lowered = 0 } = {}) {
          const steps = lowered + stepsFor(role, reach) + (named ? 1 : 0) + (operator === undefined ? 0 : 1);
          return {
            data: { what, who: operator === undefined ? who : `${who}, as ${operator} needs it,`, where },
            severity: trusted ? 'info' : lower(base, steps),
            ...(narrow !== undefined && !wide ? { preset: narrow } : {}),
            related: relatedTo(project, grant, at),
          };
        },
      },
    ];
  });
}

/**
 * Do the subjects of a grant hold all of these in a scope of it, over all their bindings? For a role that nothing
 * binds, its own rules have to do.
 */
export function heldTogether(project: Project, grant: Grant, ...capabilities: readonly Capability[]): boolean {
  const { analysis, escalation } = project.fact(rbacFact);
  if (grant.reach.bindings.length === 0) {
    return capabilities.every((wanted) =>
      analysis.matchesOf(grant.role).some(({ capability }) => capability === wanted),
    );
  }
  const { holders } = escalation();
  const scopes = grant.reach.cluster ? [''] : grant.reach.namespaces;
  return grant.reach.subjects.some((subject) => {
    const holder = holders.get(subjectKey(subject));
    return (
      holder !== undefined &&
      scopes.some((scope) =>
        capabilities.every((wanted) => holdsIn(holder, wanted, scope) || holdsIn(holder, 'everything', scope)),
      )
    );
  });
}

export function lower(severity: Severity, steps: number): Severity {
  const low = SEVERITIES.indexOf('low');
  return SEVERITIES[Math.min(SEVERITIES.indexOf(severity) + steps, Math.max(low, SEVERITIES.indexOf(severity)))]!;
}

/** `User "jane"`, `ServiceAccount "a/ci" and 2 more`. */
export function describeSubjects(subjects: readonly Subject[]): string {
  const [first, second] = subjects;
  if (first === undefined) return 'whoever is bound to it';
  if (second === undefined) return describeSubject(first);
  if (subjects.length === 2) return `${describeSubject(first)} and ${describeSubject(second)}`;
  return `${describeSubject(first)} and ${subjects.length - 1} more`;
}

export function describeSubject({ kind, namespace, name }: Subject): string {
  return kind === 'ServiceAccount' ? `${kind} "${namespace}/${name}"` : `${kind} "${name}"`;
}

export function describeScope(role: Role, reach: Reach): string {
  if (reach.cluster) return 'in the whole cluster';
  const namespaces = reach.namespaces.length > 0 ? reach.namespaces : role.kind === 'Role' ? [role.namespace] : [];
  const [first, second] = namespaces;
  if (first === undefined) return 'wherever it is bound';
  if (second === undefined) return `in namespace "${first}"`;
  if (namespaces.length === 2) return `in namespaces "${first}" and "${second}"`;
  return `in namespace "${first}" and ${namespaces.length - 1} more`;
}

export function isTrusted(subject: Subject, patterns: readonly string[]): boolean {
  const user =
    subject.kind === 'ServiceAccount' ? `system:serviceaccount:${subject.namespace}:${subject.name}` : subject.name;
  return patterns.some(
    (pattern) => matchesGlob(pattern, user) || matchesGlob(pattern, `${subject.kind}:${subject.name}`),
  );
}

/** A role of an operator that is known to need much: by its name and its app.kubernetes.io/name together. */
export function operatorOf({ name, labels }: Role): string | undefined {
  const app = labels['app.kubernetes.io/name'];
  if (app === undefined) return undefined;
  return OPERATORS.find((operator) => (app === operator || app.startsWith(`${operator}-`)) && name.includes(operator));
}

const OPERATORS: readonly string[] = [
  'cert-manager',
  'cainjector',
  'argocd',
  'flux',
  'external-secrets',
  'prometheus-operator',
  'prometheus',
  'kube-state-metrics',
  'ingress-nginx',
  'traefik',
  'contour',
  'velero',
  'cluster-autoscaler',
  'metrics-server',
  'metallb',
  'cilium',
  'istiod',
  'karpenter',
  'sealed-secrets',
  'secrets-store-csi-driver',
  'csi-provisioner',
];

function stepsFor(role: Role, reach: Reach): number {
  if (reach.bindings.length === 0) return role.kind === 'ClusterRole' || role.namespace === CONTROL_NAMESPACE ? 1 : 2;
  return isWide(role, reach) ? 0 : 1;
}

function itemSite(resource: Resource, role: Role, { index, resourceItems }: RoleMatch): Site {
  const { resources } = role.rules[index]!;
  const item = resourceItems.find((each) => resources[each] !== '*') ?? resourceItems[0]!;
  return siteAt(resource, ['rules', index, 'resources', item]);
}

const MOST_RELATED = 3;

function relatedTo(
  project: Project,
  { binding, matches, reach }: TopicGrant,
  at: (match: RoleMatch) => Site,
): NonNullable<More['related']> {
  const { resourceOf } = project.fact(rbacFact);
  const related: { at: Site; message: string }[] = [];
  if (binding === undefined) {
    const rules = new Set([matches[0]!.index]);
    for (const match of matches) {
      if (rules.has(match.index)) continue;
      rules.add(match.index);
      related.push({ at: at(match), message: 'this rule grants it too' });
    }
    for (const each of reach.bindings) {
      const place = resourceOf(each);
      if (place === undefined) continue;
      related.push({ at: siteAt(place, ['roleRef', 'name']), message: `bound to ${describeSubjects(each.subjects)}` });
      if (related.length >= MOST_RELATED) break;
    }
  }
  return related.slice(0, MOST_RELATED);
}

function matchesGlob(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  const last = rest.pop()!;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found === -1) return false;
    from = found + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

/** A service account subject with the namespace that its binding gives it. */
export function inNamespace(subject: Subject, bindingNamespace: string): Subject {
  return subject.kind === 'ServiceAccount' && subject.namespace === ''
    ? { ...subject, namespace: bindingNamespace }
    : subject;
}

/** The pods that run as one of some subjects, in the order of the input. */
export function runningAs(
  { workloadsOf }: RbacFacts,
  subjects: readonly Subject[],
  bindingNamespace: string,
): readonly Workload[] {
  const found = new Set<Workload>();
  for (const subject of subjects) {
    const account = serviceAccountOf(subject, bindingNamespace);
    if (account === undefined) continue;
    for (const workload of workloadsOf(account.namespace, account.name)) found.add(workload);
  }
  return [...found].sort((one, other) => one.order - other.order);
}

/** `get, list pods and 3 more`: what rules allow, in few words. */
export function summarize(rules: readonly PolicyRule[]): string {
  const [first, ...rest] = rules;
  if (first === undefined) return 'do nothing';
  const verbs = first.verbs.includes('*') ? 'do anything with' : first.verbs.slice(0, 4).join(', ');
  const what = first.resources.length > 0 ? first.resources : first.nonResourceURLs;
  const things = what.includes('*') ? 'everything' : what.slice(0, 3).join(', ');
  const more = what.length > 3 || rest.length > 0 ? ' and more' : '';
  return `${verbs} ${things}${more}`;
}
