import type { EffectiveRule } from './aggregate.ts';
import { type Capability, capabilitiesOf, coversEverything, isWildcardAll, type Match } from './capability.ts';
import { uncovered } from './match.ts';
import { type Binding, isBinding, type RbacObject, type Role, type Subject } from './policy.ts';
import { RbacWorld } from './world.ts';

export const CONTROL_NAMESPACE = 'kube-system';

/** Where a role is in force, and for whom. */
export interface Reach {
  /** By a ClusterRoleBinding. */
  readonly cluster: boolean;
  /** By RoleBindings; empty where `cluster`. */
  readonly namespaces: readonly string[];
  /** The bindings that bring it there, without those that reach nobody but nodes and system:masters. */
  readonly bindings: readonly Binding[];
  /** Each once, a service account always with its namespace. */
  readonly subjects: readonly Subject[];
}

/** A topic is what one rule of the linter speaks about. The order decides who speaks about a `*` that grants several. */
export const TOPICS = {
  'rbac-escalate-bind': ['roles.bind', 'clusterroles.bind', 'roles.escalate', 'clusterroles.escalate'],
  'rbac-impersonate': [
    'impersonate.users',
    'impersonate.groups',
    'impersonate.serviceaccounts',
    'impersonate.constrained',
  ],
  'rbac-workload-create': ['pods.create', 'workloads.write', 'controllers.write', 'pods.change'],
  'rbac-token-create': ['tokens.create'],
  'rbac-secrets-read': ['secrets.read'],
  'rbac-pod-exec': ['pods.exec', 'pods.ephemeral'],
  'rbac-node-proxy': ['nodes.proxy'],
  'rbac-csr-approve-sign': ['csr.approve', 'signers.approve', 'signers.sign'],
  'rbac-admission-config-write': ['admission.mutate', 'admission.validate'],
  'rbac-traffic-redirect-write': ['endpoints.write', 'services.status', 'apis.extend'],
  'rbac-persistent-volume-create': ['persistentvolumes.create'],
  'rbac-node-write': ['nodes.write'],
  'rbac-namespace-label-write': ['namespaces.relabel', 'namespaces.create'],
  'rbac-system-configmap-write': ['configmaps.write'],
  'rbac-pod-tunnel': ['pods.tunnel'],
} as const satisfies Readonly<Record<string, readonly Capability[]>>;
export type Topic = keyof typeof TOPICS;

/** A match in the rule of a role that it is written in. */
export interface RoleMatch extends Match {
  /** Position in the role's `rules`. */
  readonly index: number;
}

/** Everything that one role grants of one topic. */
export interface TopicGrant {
  readonly role: Role;
  /** Of a built-in role that the input only binds: that binding. */
  readonly binding: Binding | undefined;
  /** In the order of the rules; at least one. */
  readonly matches: readonly RoleMatch[];
  readonly reach: Reach;
}

/** Roles and bindings of the input, those that every cluster has, and what follows from them together. */
export class RbacAnalysis {
  /** In the order of the input. */
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
  readonly world: RbacWorld;
  /** Has the input bindings at all: without any, who holds a role is not known rather than nobody. */
  readonly #builtin: ReadonlySet<RbacObject>;
  readonly #known: ReadonlyMap<string, RbacObject>;
  #knownWorld: RbacWorld | undefined;
  readonly #copies = new Set<RbacObject>();
  readonly #matches = new Map<Role, readonly RoleMatch[]>();
  readonly #reach = new Map<Role, Reach>();
  #grants: ReadonlyMap<Topic, readonly TopicGrant[]> | undefined;
  #bindingsTo: ReadonlyMap<Role, readonly Binding[]> | undefined;
  #includedIn: ReadonlyMap<Role, readonly Role[]> | undefined;

  /**
   * `builtin` are the objects of the target release, `known` those of every release: an object of the input that adds
   * nothing to its namesake there is a copy, and no finding is made of it. A label alone makes no copy.
   */
  constructor(input: readonly RbacObject[], builtin: readonly RbacObject[], known: readonly RbacObject[]) {
    this.#builtin = new Set(builtin);
    this.#known = new Map(known.map((object) => [identity(object), object]));
    const roles: Role[] = [];
    const bindings: Binding[] = [];
    for (const object of input) {
      if (isBinding(object)) bindings.push(object);
      else roles.push(object);
      if (this.addsNothing(object)) this.#copies.add(object);
    }
    this.roles = roles;
    this.bindings = bindings;
    this.world = new RbacWorld([...input.filter((object) => !this.#copies.has(object)), ...builtin]);
  }

  isBuiltin(object: RbacObject): boolean {
    return this.#builtin.has(object);
  }

  /** Is what every cluster has by itself, or a copy of it in the input. */
  isBootstrap(object: RbacObject): boolean {
    return this.#builtin.has(object) || this.#copies.has(object);
  }

  /** The built-in object of the same name, of any release. */
  namesake(object: RbacObject): RbacObject | undefined {
    return this.#known.get(identity(object));
  }

  /** The role of a binding, with what it grants by aggregation. */
  roleOf(binding: Binding): { readonly role: Role; readonly rules: readonly EffectiveRule[] } | undefined {
    const resolution = this.world.resolve(binding.roleRef, binding.namespace);
    return 'role' in resolution ? resolution : undefined;
  }

  /** Where a role is in force, by itself or as a part of roles that aggregate it. */
  reachOf(role: Role): Reach {
    const known = this.#reach.get(role);
    if (known !== undefined) return known;
    this.#bindingsTo ??= this.indexBindings();
    this.#includedIn ??= this.indexAggregation();
    const bindings: Binding[] = [];
    for (const holder of [role, ...(this.#includedIn.get(role) ?? [])]) {
      for (const binding of this.#bindingsTo.get(holder) ?? []) {
        if (binding.subjects.some((subject) => !isExempt(subject))) bindings.push(binding);
      }
    }
    const reach = summarize(bindings);
    this.#reach.set(role, reach);
    return reach;
  }

  /**
   * What the roles of the input grant of a topic, copies of built-in roles left out. A rule that names `*` for its
   * resources is counted to the first topic that it touches, and a role that is good for everything to none: one
   * fault, one finding. What joins the roles for people by a label is a matter of that label. Of a built-in role each
   * binding is listed, once.
   */
  grants(topic: Topic): readonly TopicGrant[] {
    this.#grants ??= this.collectGrants();
    return this.#grants.get(topic) ?? [];
  }

  private collectGrants(): ReadonlyMap<Topic, readonly TopicGrant[]> {
    const topicOf = new Map<Capability, Topic>();
    for (const topic of Object.keys(TOPICS) as Topic[]) for (const each of TOPICS[topic]) topicOf.set(each, topic);
    const grants = new Map<Topic, TopicGrant[]>();
    const add = (topic: Topic, grant: TopicGrant): void => {
      const same = grants.get(topic);
      if (same === undefined) grants.set(topic, [grant]);
      else same.push(grant);
    };
    for (const role of this.roles) {
      const all = this.isBootstrap(role) ? [] : this.matchesOf(role);
      if (all.length === 0 || (joinsUserRole(role) && !this.isBoundItself(role))) continue;
      const reach = this.reachOf(role);
      const byTopic = new Map<Topic, RoleMatch[]>();
      const topicsOfStars = new Map<number, Topic | undefined>();
      for (const match of all) {
        const topic = topicOf.get(match.capability);
        if (topic === undefined || !inForce(match, role, reach)) continue;
        if (grantsByStar(role, match)) {
          const { index } = match;
          if (!topicsOfStars.has(index)) topicsOfStars.set(index, this.topicOfStar(role, index, reach));
          if (topicsOfStars.get(index) !== topic) continue;
        }
        const same = byTopic.get(topic);
        if (same === undefined) byTopic.set(topic, [match]);
        else same.push(match);
      }
      for (const [topic, matches] of byTopic) add(topic, { role, binding: undefined, matches, reach });
    }
    for (const binding of this.bindings) {
      const role = this.isBootstrap(binding) ? undefined : this.roleOf(binding)?.role;
      if (role === undefined || !this.isBuiltin(role) || USER_ROLES.includes(role.name)) continue;
      const reach = summarize(binding.subjects.some((subject) => !isExempt(subject)) ? [binding] : []);
      const topic = reach.bindings.length === 0 ? undefined : this.firstTopic(role, reach);
      if (topic === undefined) continue;
      const wanted: readonly Capability[] = TOPICS[topic];
      const matches = this.matchesOf(role).filter(({ capability }) => wanted.includes(capability));
      add(topic, { role, binding, matches, reach });
    }
    return grants;
  }

  /** Every capability that a role's own rules grant; nothing where it is good for everything. */
  matchesOf(role: Role): readonly RoleMatch[] {
    const known = this.#matches.get(role);
    if (known !== undefined) return known;
    const { rules } = role;
    const matches =
      role.selectors !== undefined || rules.some(isWildcardAll) || coversEverything(rules)
        ? []
        : rules.flatMap((rule, index) => capabilitiesOf(rule).map((match) => ({ ...match, index })));
    this.#matches.set(role, matches);
    return matches;
  }

  /** Who speaks about the `*` in the resources of a rule. */
  topicOfStar(role: Role, index: number, reach: Reach): Topic | undefined {
    return firstTopicOf(this.matchesOf(role).filter((match) => match.index === index && inForce(match, role, reach)));
  }

  private firstTopic(role: Role, reach: Reach): Topic | undefined {
    return firstTopicOf(this.matchesOf(role).filter((match) => inForce(match, role, reach)));
  }

  /** Some binding names the role itself, not one that aggregates it. */
  private isBoundItself(role: Role): boolean {
    return this.reachOf(role).bindings.some((binding) => this.roleOf(binding)?.role === role);
  }

  private addsNothing(object: RbacObject): boolean {
    const known = this.namesake(object);
    if (known === undefined) return false;
    if (isBinding(object)) {
      if (!isBinding(known)) return false;
      return (
        object.roleRef.kind === known.roleRef.kind &&
        object.roleRef.name === known.roleRef.name &&
        object.subjects.every((subject) => known.subjects.some((each) => sameSubject(subject, each)))
      );
    }
    if (isBinding(known)) return false;
    if (object.selectors !== undefined) {
      return known.selectors !== undefined && JSON.stringify(object.selectors) === JSON.stringify(known.selectors);
    }
    return this.additions(object).length === 0;
  }

  /** Rules of a role of the input that its built-in namesake does not hold; none where there is no namesake. */
  additions(role: Role): readonly number[] {
    const known = this.namesake(role);
    if (known === undefined || isBinding(known)) return [];
    let owned = known.rules;
    if (known.selectors !== undefined) {
      this.#knownWorld ??= new RbacWorld([...this.#known.values()]);
      owned = this.#knownWorld.rulesOf(known).map(({ rule }) => rule);
    }
    return role.rules.flatMap((rule, index) => (uncovered(owned, [rule]).length > 0 ? [index] : []));
  }

  private indexBindings(): ReadonlyMap<Role, readonly Binding[]> {
    const index = new Map<Role, Binding[]>();
    for (const binding of this.world.bindings) {
      const role = this.roleOf(binding)?.role;
      if (role === undefined) continue;
      const bindings = index.get(role);
      if (bindings === undefined) index.set(role, [binding]);
      else bindings.push(binding);
    }
    // A second definition of a role is bound by whatever binds its name.
    for (const role of this.world.roles) {
      const first = this.world.role(role.kind, role.namespace, role.name)!;
      const bindings = index.get(first);
      if (first !== role && bindings !== undefined) index.set(role, bindings);
    }
    return index;
  }

  private indexAggregation(): ReadonlyMap<Role, readonly Role[]> {
    const index = new Map<Role, Role[]>();
    for (const holder of this.world.roles) {
      if (holder.selectors === undefined) continue;
      for (const part of new Set(this.world.rulesOf(holder).map(({ role }) => role))) {
        if (part === holder) continue;
        const holders = index.get(part);
        if (holders === undefined) index.set(part, [holder]);
        else holders.push(holder);
      }
    }
    return index;
  }
}

/** A rule of cluster-scoped resources is in force where a ClusterRoleBinding brings it, or where nobody can say. */
export function reachesCluster(role: Role, reach: Reach): boolean {
  return role.kind === 'ClusterRole' && (reach.cluster || reach.bindings.length === 0);
}

/** In force in the whole cluster or in kube-system, or a ClusterRole that may be bound anywhere. */
export function isWide(role: Role, reach: Reach): boolean {
  if (reach.cluster || reach.namespaces.includes(CONTROL_NAMESPACE)) return true;
  return reach.bindings.length === 0 && (role.kind === 'ClusterRole' || role.namespace === CONTROL_NAMESPACE);
}

/** Kubelets are held by the Node authorizer, and system:masters needs no grant. */
export function isExempt({ kind, name }: Subject): boolean {
  if (kind === 'Group') return name === 'system:nodes' || name === 'system:masters';
  return kind === 'User' && name.startsWith('system:node:');
}

/** The service account that a subject is, by kind or by user name. */
export function serviceAccountOf(
  subject: Subject,
  bindingNamespace: string,
): { readonly namespace: string; readonly name: string } | undefined {
  if (subject.kind === 'ServiceAccount') {
    return { namespace: subject.namespace || bindingNamespace, name: subject.name };
  }
  if (subject.kind !== 'User' || !subject.name.startsWith('system:serviceaccount:')) return undefined;
  const [, , namespace, ...name] = subject.name.split(':');
  return namespace === undefined || name.length === 0 ? undefined : { namespace, name: name.join(':') };
}

/** The roles that Kubernetes has for people. Bindings to these are a matter of their own. */
export const USER_ROLES: readonly string[] = ['cluster-admin', 'admin', 'edit', 'view'];

/** Carries a label by which its rules become part of admin, edit or view. */
export function joinsUserRole({ labels }: Role): boolean {
  return AGGREGATION_LABELS.some((label) => labels[label] === 'true');
}

export const AGGREGATION_LABELS: readonly string[] = ['view', 'edit', 'admin'].map(
  (role) => `rbac.authorization.k8s.io/aggregate-to-${role}`,
);

function inForce(match: RoleMatch, role: Role, reach: Reach): boolean {
  return !match.target.clusterScoped || reachesCluster(role, reach);
}

function firstTopicOf(matches: readonly RoleMatch[]): Topic | undefined {
  const granted = new Set(matches.map(({ capability }) => capability));
  return (Object.keys(TOPICS) as Topic[]).find((topic) => TOPICS[topic].some((each) => granted.has(each)));
}

/** Does the match come from a `*` that names no resource at all? */
function grantsByStar(role: Role, match: RoleMatch): boolean {
  const { resources } = role.rules[match.index]!;
  return match.resourceItems.every((item) => resources[item] === '*');
}

function summarize(bindings: readonly Binding[]): Reach {
  const cluster = bindings.some(({ kind }) => kind === 'ClusterRoleBinding');
  const namespaces = cluster ? [] : [...new Set(bindings.map(({ namespace }) => namespace))].sort();
  const subjects = new Map<string, Subject>();
  for (const binding of bindings) {
    for (const subject of binding.subjects) {
      if (isExempt(subject)) continue;
      const resolved =
        subject.kind === 'ServiceAccount' ? { ...subject, namespace: subject.namespace || binding.namespace } : subject;
      subjects.set(`${resolved.kind} ${resolved.namespace}/${resolved.name}`, resolved);
    }
  }
  return { cluster, namespaces, bindings, subjects: [...subjects.values()] };
}

function sameSubject(one: Subject, other: Subject): boolean {
  return one.kind === other.kind && one.name === other.name && one.namespace === other.namespace;
}

function identity({ kind, namespace, name }: RbacObject): string {
  return `${kind} ${namespace}/${name}`;
}
