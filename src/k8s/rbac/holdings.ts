import type { EffectiveRule } from './aggregate.ts';
import type { RbacAnalysis } from './analysis.ts';
import { isExempt, serviceAccountOf } from './analysis.ts';
import { type Capability, capabilitiesOf, isFullWildcard, type Match } from './capability.ts';
import type { Binding, PolicyRule, Subject } from './policy.ts';

/** A capability that a subject holds in the whole cluster or in one namespace, and what gives it. */
export interface Holding {
  /** `everything`: every verb on every resource. */
  readonly capability: Capability | 'everything';
  readonly verbs: readonly string[];
  /** The only names it is good for; undefined for every name. */
  readonly names: readonly string[] | undefined;
  /** '' in the whole cluster. */
  readonly namespace: string;
  readonly binding: Binding;
  readonly rule: EffectiveRule;
  /** How the rule grants it; undefined for `everything`. */
  readonly match: Match | undefined;
}

/** Somebody whom bindings of the input name, with everything that follows, over all bindings and groups. */
export interface Holder {
  /** A service account always by its namespace, also where a binding names it as a user. */
  readonly subject: Subject;
  /** Its own, then those of groups that it is certainly in. */
  readonly holdings: readonly Holding[];
  /** The same by capability. */
  readonly byCapability: ReadonlyMap<Holding['capability'], readonly Holding[]>;
  /** The bindings that name it. */
  readonly bindings: readonly Binding[];
}

/** By `subjectKey`, in the order in which the bindings name them. */
export function holders(analysis: RbacAnalysis): ReadonlyMap<string, Holder> {
  const own = new Map<string, { subject: Subject; holdings: Holding[]; bindings: Binding[] }>();
  const matches = new Map<PolicyRule, readonly Match[]>();
  for (const binding of analysis.bindings) {
    if (analysis.isBootstrap(binding)) continue;
    const granted = holdingsOf(binding, analysis, matches);
    for (const written of binding.subjects) {
      if (isExempt(written)) continue;
      const subject = resolve(written, binding.namespace);
      const key = subjectKey(subject);
      let holder = own.get(key);
      if (holder === undefined) {
        holder = { subject, holdings: [], bindings: [] };
        own.set(key, holder);
      }
      holder.holdings.push(...granted);
      holder.bindings.push(binding);
    }
  }
  return new Map(
    [...own].map(([key, { subject, holdings, bindings }]) => {
      const inherited = groupsOf(subject).flatMap((group) => own.get(`Group /${group}`)?.holdings ?? []);
      const all = inherited.length === 0 ? holdings : [...holdings, ...inherited];
      return [key, { subject, bindings, holdings: all, byCapability: groupByCapability(all) }];
    }),
  );
}

/** `ServiceAccount ns/name`, `User /jane`. */
export function subjectKey({ kind, namespace, name }: Subject): string {
  return `${kind} ${kind === 'ServiceAccount' ? namespace : ''}/${name}`;
}

/** Does somebody hold a capability in a namespace, or everywhere? '' asks about everywhere alone. */
export function holdsIn(holder: Holder, capability: Holding['capability'], namespace: string): boolean {
  const all = holder.byCapability.get(capability) ?? [];
  return all.some((holding) => holding.namespace === '' || holding.namespace === namespace);
}

function groupByCapability(holdings: readonly Holding[]): ReadonlyMap<Holding['capability'], readonly Holding[]> {
  const groups = new Map<Holding['capability'], Holding[]>();
  for (const holding of holdings) {
    const group = groups.get(holding.capability);
    if (group === undefined) groups.set(holding.capability, [holding]);
    else group.push(holding);
  }
  return groups;
}

/** Groups that the API server puts a subject in by itself. */
export function groupsOf({ kind, namespace, name }: Subject): readonly string[] {
  if (kind === 'ServiceAccount') {
    return [`system:serviceaccounts:${namespace}`, 'system:serviceaccounts', 'system:authenticated'];
  }
  if (name === 'system:anonymous' || name === 'system:unauthenticated')
    return ['system:unauthenticated'].filter((group) => group !== name);
  return kind === 'User' || name !== 'system:authenticated' ? ['system:authenticated'] : [];
}

function holdingsOf(
  binding: Binding,
  analysis: RbacAnalysis,
  known: Map<PolicyRule, readonly Match[]>,
): readonly Holding[] {
  const resolution = analysis.roleOf(binding);
  if (resolution === undefined) return [];
  const { namespace } = binding;
  const holdings: Holding[] = [];
  for (const rule of resolution.rules) {
    if (isFullWildcard(rule.rule)) {
      holdings.push({
        capability: 'everything',
        verbs: ['*'],
        names: undefined,
        namespace,
        binding,
        rule,
        match: undefined,
      });
    }
    for (const match of matchesOf(rule.rule, known)) {
      if (match.target.clusterScoped && namespace !== '') continue;
      const { capability, verbs, names } = match;
      holdings.push({ capability, verbs, names, namespace, binding, rule, match });
    }
  }
  return holdings;
}

function matchesOf(rule: PolicyRule, known: Map<PolicyRule, readonly Match[]>): readonly Match[] {
  const found = known.get(rule);
  if (found !== undefined) return found;
  const matches = capabilitiesOf(rule);
  known.set(rule, matches);
  return matches;
}

function resolve(subject: Subject, bindingNamespace: string): Subject {
  const account = serviceAccountOf(subject, bindingNamespace);
  return account === undefined ? subject : { kind: 'ServiceAccount', apiGroup: '', ...account };
}
