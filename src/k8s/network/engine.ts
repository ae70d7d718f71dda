import {
  contains,
  elementaryRanges,
  type IpRange,
  type IpSet,
  overlaps,
  parseCidr,
  setContains,
  setOverlaps,
  subtract,
  unite,
} from '../cidr.ts';
import { LabelIndex } from '../label-index.ts';
import { canonical, implies, type LabelSelector, type Labels, matches, type Requirement } from '../labels.ts';
import { isUnresolved } from '../placeholder.ts';
import { ADDRESS_SPACE_IPV4, PRIVATE_RANGES } from './addresses.ts';
import {
  addBit,
  allBits,
  and,
  andNot,
  type Bits,
  copyOf,
  forEachBit,
  hasBit,
  isEmpty,
  newBits,
  orInto,
} from './bits.ts';
import type {
  AddressBlock,
  ClusterAction,
  ClusterPort,
  ClusterRule,
  DeclaredPort,
  Direction,
  PodSelection,
  PolicyRule,
  PortEntry,
} from './objects.ts';
import { ALL_PORTS, NO_PORTS, type PortSetId, PortSets, type Protocol } from './port-set.ts';
import type { ClusterPolicy, Endpoint, Namespace, Policy, World } from './world.ts';

/**
 * Answers who may talk to whom, by the clauses of NetworkPolicy and of the cluster-level policies.
 *
 * What cannot be known (labels of a namespace that is not in the input, values of a template, whether an address block
 * reaches pods) makes two answers of one: `lower` is what is allowed for certain, `upper` what may be allowed. Where
 * everything is known they are the same.
 *
 * Pods of the same namespace that no selector can tell apart share a class; all work is done on classes.
 */
export type Bound = 'lower' | 'upper';

export interface EngineOptions {
  /** Whether the address blocks of NetworkPolicies reach pods: left to the network plugin by the API. */
  readonly ipBlockMatchesPods?: 'never' | 'may' | 'always';
  /** Addresses of pods, where they are known. */
  readonly podCidrs?: IpSet;
  /** Pods that are not in the input and of which only this is known. */
  readonly symbolic?: readonly SymbolicPod[];
  /** Given where the sets of two engines are to be compared. */
  readonly ports?: PortSets;
  /** Borders at which the address space is cut besides those that policies name. */
  readonly landmarks?: readonly IpRange[];
}

/** A pod that would have to be made: selected by this, and otherwise unknown. */
export interface SymbolicPod {
  /** Undefined for one of the namespaces that `namespaces` selects. */
  readonly namespace: Namespace | undefined;
  readonly namespaces: LabelSelector;
  readonly pods: LabelSelector;
  /** Selected by nothing that asks for more than this: a pod that is like no other. */
  readonly plain?: boolean;
}

/** Pods, or a piece of the address space outside the cluster. */
export type PeerIndex = number;

export interface PodClass<R> {
  readonly index: PeerIndex;
  readonly namespace: Namespace;
  readonly hostNetwork: boolean;
  readonly endpoints: Endpoint<R>[];
  /** Given for a pod that is not in the input. */
  readonly symbolic?: SymbolicPod;
}

/** Which peers are selected for certain, and which may be. */
export interface Selection {
  readonly must: Bits;
  readonly may: Bits;
}

/** Ports on which some peers are let through. */
export interface Allowance {
  readonly peers: Bits;
  readonly ports: PortSetId;
}

/** A policy that selects a pod; `certain` where nothing is left to be known. */
export interface Selecting<P> {
  readonly policy: P;
  readonly index: number;
  readonly certain: boolean;
}

export type Isolation = 'yes' | 'maybe' | 'no';

/** Who decided on some of the ports between a pod and a peer, in one direction. */
export interface Decision<R> {
  readonly tier: 'Admin' | 'NetworkPolicy' | 'Baseline' | 'default';
  /** Undefined for the default, and for ports that no rule of the isolating policies allows. */
  readonly policy: ClusterPolicy<R> | Policy<R> | undefined;
  /** Which rule of the policy's direction. */
  readonly rule: number | undefined;
  readonly action: ClusterAction;
  readonly ports: PortSetId;
  /** False where the rule or its policy only may apply. */
  readonly certain: boolean;
}

/** The class that stands for a pod of which nothing is known. */
export const UNKNOWN_POD: PeerIndex = 0;

export class NetworkEngine<R> {
  readonly world: World<R>;
  readonly ports: PortSets;
  readonly classes: readonly PodClass<R>[];
  /** Peer indices from `classes.length` on. */
  readonly external: readonly IpRange[];
  readonly #options: EngineOptions;
  readonly #size: number;
  readonly #classOf: Int32Array;
  readonly #labels: readonly { readonly labels: Labels; readonly open: boolean }[];
  readonly #declared: readonly (readonly DeclaredPort[])[];
  readonly #portSignature: readonly string[];
  readonly #universe: Bits;
  readonly #hosts: Bits;
  readonly #postings: ReadonlyMap<string, Posting>;
  readonly #openLabels: Bits;
  readonly #symbols: Bits;
  readonly #symbolic: readonly PodClass<R>[];
  readonly #podSelections = new Map<string, Selection>();
  readonly #namespaceSelections = new Map<string, Selection>();
  readonly #ownNamespace = new Map<number, Selection>();
  readonly #blocks = new Map<string, Selection>();
  readonly #rules: Record<Direction, (readonly CompiledRule[])[]> = { ingress: [], egress: [] };
  readonly #clusterRules: Record<Direction, (readonly CompiledRule[])[]> = { ingress: [], egress: [] };
  readonly #named = new Map<string, PortSetId>();
  readonly #signatures: Record<Direction, (Signature | undefined)[]> = { ingress: [], egress: [] };
  readonly #interned: Record<Direction, Map<string, Signature>> = { ingress: new Map(), egress: new Map() };
  readonly #vendor: Partial<Record<Direction, Bits>> = {};
  #everyone: Bits | undefined;
  #hostsOf: ReadonlyMap<Namespace, LabelIndex<PeerIndex>> | undefined;
  /** Pods of the input by namespace, without those on the network of their node. */
  readonly #inside = new Map<Namespace, Bits>();
  #selecting: Selectors<R> | undefined;

  constructor(world: World<R>, options: EngineOptions = {}) {
    this.world = world;
    this.ports = options.ports ?? new PortSets();
    this.#options = options;
    this.external = elementaryRanges([...namedRanges(world), ...(options.landmarks ?? [])]);
    const used = usedKeys(world);
    const { classes, classOf, labels } = classify(world, used, options.symbolic ?? []);
    this.classes = classes;
    this.#classOf = classOf;
    this.#labels = labels;
    this.#size = classes.length + this.external.length;
    this.#declared = classes.map((each) => each.endpoints[0]?.pod.ports ?? []);
    this.#portSignature = this.#declared.map((declared) => portSignature(declared, used.portNames));
    this.#universe = this.none();
    this.#hosts = this.none();
    this.#openLabels = this.none();
    this.#symbols = this.none();
    this.#symbolic = classes.filter(({ symbolic }) => symbolic !== undefined);
    for (const { index } of this.#symbolic) addBit(this.#symbols, index);
    for (const { index, hostNetwork, namespace, symbolic } of classes) {
      addBit(hostNetwork ? this.#hosts : this.#universe, index);
      if (!hostNetwork && symbolic === undefined) {
        let inside = this.#inside.get(namespace);
        if (inside === undefined) {
          inside = this.none();
          this.#inside.set(namespace, inside);
        }
        addBit(inside, index);
      }
      if (labels[index]!.open) addBit(this.#openLabels, index);
    }
    this.#postings = postings(labels, used.keys);
  }

  classOf(endpoint: Endpoint<R>): PeerIndex {
    return this.#classOf[endpoint.index]!;
  }

  isSymbolic(peer: PeerIndex): boolean {
    return peer < this.#symbolic.length;
  }

  isExternal(peer: PeerIndex): boolean {
    return peer >= this.classes.length;
  }

  rangeOf(peer: PeerIndex): IpRange {
    return this.external[peer - this.classes.length]!;
  }

  externalPeers(): readonly PeerIndex[] {
    return this.external.map((_, at) => this.classes.length + at);
  }

  /** What is allowed between two peers; between two pieces of the outside everything is. */
  connection(source: PeerIndex, destination: PeerIndex, bound: Bound): PortSetId {
    const out = this.isExternal(source) ? ALL_PORTS : this.row('egress', source, bound)[destination]!;
    if (out === NO_PORTS || this.isExternal(destination)) return out;
    return this.ports.intersect(out, this.row('ingress', destination, bound)[source]!);
  }

  /** What a pod lets through in one direction, by peer. Shared between pods that the same policies select. */
  row(direction: Direction, pod: PeerIndex, bound: Bound): Int32Array {
    const signature = this.signature(direction, pod);
    if (bound === 'upper' && signature.exact) return this.row(direction, pod, 'lower');
    const rows = signature.rows;
    let row = rows[bound];
    if (row === undefined) {
      row = this.compute(direction, pod, bound);
      rows[bound] = row;
    }
    return row;
  }

  /**
   * What single rules let through, together what `row` says but without a table of all peers. Undefined where policies
   * of the cluster or of other products have a say.
   */
  allowances(direction: Direction, pod: PeerIndex, bound: Bound): readonly Allowance[] | undefined {
    if (this.mayBeIsolatedByVendor(direction, pod) || this.clusterSelecting(direction, pod).length > 0)
      return undefined;
    const policies = this.selecting(direction, pod);
    const isolated = bound === 'lower' ? policies.length > 0 : policies.some(({ certain }) => certain);
    if (!isolated) return [{ peers: this.everyone(), ports: ALL_PORTS }];
    const allowances: Allowance[] = [];
    for (const { index, certain } of policies) {
      if (bound === 'lower' && !certain) continue;
      for (const { must, may, ports } of this.compiledRules(direction, index)) {
        const peers = bound === 'lower' ? must : may;
        if (ports.named.length === 0 || direction === 'ingress') {
          allowances.push({ peers, ports: this.resolve(ports, pod, bound) });
          continue;
        }
        forEachBit(peers, (peer) => {
          const single = this.none();
          addBit(single, peer);
          allowances.push({ peers: single, ports: this.resolve(ports, peer, bound) });
        });
      }
    }
    return allowances;
  }

  /** Whether some peer is let through on one of some ports. */
  letsThrough(
    direction: Direction,
    pod: PeerIndex,
    bound: Bound,
    ports: PortSetId,
    peers: 'any' | readonly PeerIndex[],
  ): boolean {
    const allowances = this.allowances(direction, pod, bound);
    if (allowances === undefined) {
      const row = this.row(direction, pod, bound);
      if (peers === 'any') return row.some((own) => this.ports.intersect(own, ports) !== NO_PORTS);
      return peers.some((peer) => this.ports.intersect(row[peer]!, ports) !== NO_PORTS);
    }
    return allowances.some(
      (each) =>
        this.ports.intersect(each.ports, ports) !== NO_PORTS &&
        (peers === 'any' ? !isEmpty(each.peers) : peers.some((peer) => hasBit(each.peers, peer))),
    );
  }

  /** Pods with the same number let through the same in this direction. */
  signatureOf(direction: Direction, pod: PeerIndex): number {
    return this.signature(direction, pod).id;
  }

  isolation(direction: Direction, pod: PeerIndex): Isolation {
    const selecting = this.selecting(direction, pod);
    if (selecting.length === 0) return 'no';
    return selecting.some(({ certain }) => certain) ? 'yes' : 'maybe';
  }

  /** The NetworkPolicies that isolate a pod in a direction. */
  selecting(direction: Direction, pod: PeerIndex): readonly Selecting<Policy<R>>[] {
    return this.selectors().policies[direction][pod] ?? [];
  }

  /** A policy of another product, which is not evaluated, may isolate the pod or let something through. */
  mayBeIsolatedByVendor(direction: Direction, pod: PeerIndex): boolean {
    if (this.world.vendorPolicies.length === 0) return false;
    let touched = this.#vendor[direction];
    if (touched === undefined) {
      touched = this.touchedByVendors(direction);
      this.#vendor[direction] = touched;
    }
    return hasBit(touched, pod);
  }

  /** The cluster-level policies with rules for a direction that have a pod as their subject, in order of decision. */
  clusterSelecting(direction: Direction, pod: PeerIndex): readonly Selecting<ClusterPolicy<R>>[] {
    return this.selectors().cluster[direction][pod] ?? [];
  }

  /** Pods of a NetworkPolicy. */
  subjectOf(policy: Policy<R>): Selection {
    const { must, may } = this.intersect(this.inNamespace(policy.namespace), this.selectPods(policy.data.pods));
    // A subject is a pod at hand, not one that might be made.
    const known = andNot(may, this.#symbols);
    return policy.data.rejected ? { must: this.none(), may: known } : simplified(andNot(must, this.#symbols), known);
  }

  select({ namespaces, pods }: PodSelection): Selection {
    const byNamespace = this.selectNamespaces(namespaces);
    return pods === null ? byNamespace : this.intersect(byNamespace, this.selectPods(pods));
  }

  /** Which pods a peer of a NetworkPolicy means. */
  selectPeer(policy: Policy<R>, direction: Direction, rule: number, peer: number): Selection {
    const { namespaces, pods, block } = policy.data[direction][rule]!.peers![peer]!;
    if (block !== null) return this.selectBlock(block, false);
    const where = namespaces === null ? this.inNamespace(policy.namespace) : this.selectNamespaces(namespaces);
    return pods === null ? where : this.intersect(where, this.selectPods(pods));
  }

  selectService(namespace: Namespace, selector: LabelSelector): Selection {
    // Endpoints are host-network pods as well as others.
    const everywhere = this.inNamespace(namespace);
    const picked = this.selectPods(selector);
    const must = and(everywhere.must, picked.must);
    const may = and(everywhere.may, picked.may);
    this.#hostsOf ??= this.indexHosts();
    for (const at of this.#hostsOf.get(namespace)?.filter(selector) ?? []) {
      if (matches(selector, this.#labels[at]!) === true) addBit(must, at);
      addBit(may, at);
    }
    return { must: andNot(must, this.#symbols), may: andNot(may, this.#symbols) };
  }

  /** The pods of the input among some. */
  withoutSymbols(pods: Bits): Bits {
    return andNot(pods, this.#symbols);
  }

  /** The ports that a rule's entries stand for at a destination. */
  portsAt(entries: readonly PortEntry[] | null, destination: PeerIndex, bound: Bound): PortSetId {
    return this.resolve(this.compilePorts(entries), destination, bound);
  }

  /** How the ports between a pod and a peer come to be allowed or not, in one direction. */
  decisions(direction: Direction, pod: PeerIndex, peer: PeerIndex, bound: Bound = 'lower'): readonly Decision<R>[] {
    const decisions: Decision<R>[] = [];
    const destination = direction === 'ingress' ? pod : peer;
    let rest: PortSetId = ALL_PORTS;
    const tier = (name: 'Admin' | 'Baseline'): PortSetId => {
      let open = rest;
      let passed: PortSetId = NO_PORTS;
      for (const { policy, index, certain } of this.clusterSelecting(direction, pod)) {
        if (policy.data.tier !== name) continue;
        this.compiledClusterRules(direction, index).forEach((rule, at) => {
          if (!hasBit(rule.may, peer)) return;
          const ports = this.ports.intersect(open, this.resolve(rule.ports, destination, bound));
          if (ports === NO_PORTS) return;
          const sure = certain && hasBit(rule.must, peer);
          const action = rule.action;
          decisions.push({ tier: name, policy, rule: at, action, ports, certain: sure });
          const applies = sure || (action === 'Accept' ? bound === 'upper' : action === 'Deny' && bound === 'lower');
          if (!applies) return;
          open = this.ports.subtract(open, ports);
          if (action === 'Pass') passed = this.ports.unite(passed, ports);
        });
      }
      return this.ports.unite(open, passed);
    };
    rest = tier('Admin');
    const selecting = this.selecting(direction, pod);
    if (selecting.length > 0) {
      let allowed: PortSetId = NO_PORTS;
      for (const { policy, index, certain } of selecting) {
        this.compiledRules(direction, index).forEach((rule, at) => {
          if (!hasBit(rule.may, peer)) return;
          const ports = this.ports.intersect(rest, this.resolve(rule.ports, destination, bound));
          if (ports === NO_PORTS) return;
          decisions.push({
            tier: 'NetworkPolicy',
            policy,
            rule: at,
            action: 'Accept',
            ports,
            certain: certain && hasBit(rule.must, peer),
          });
          allowed = this.ports.unite(allowed, ports);
        });
      }
      const denied = this.ports.subtract(rest, allowed);
      if (denied !== NO_PORTS) {
        const certain = selecting.some((each) => each.certain);
        decisions.push({
          tier: 'NetworkPolicy',
          policy: undefined,
          rule: undefined,
          action: 'Deny',
          ports: denied,
          certain,
        });
      }
      return decisions;
    }
    rest = tier('Baseline');
    if (rest !== NO_PORTS) {
      decisions.push({
        tier: 'default',
        policy: undefined,
        rule: undefined,
        action: 'Accept',
        ports: rest,
        certain: true,
      });
    }
    return decisions;
  }

  private touchedByVendors(direction: Direction): Bits {
    const touched = this.none();
    for (const { namespace, data } of this.world.vendorPolicies) {
      if (!data.isolates[direction]) continue;
      const { selection } = data;
      // Where the pods cannot be told, the namespace is known at least; a kind of the whole cluster means any.
      const everywhere = selection === null ? namespace.index === 0 : selection.namespaces !== null;
      const pods = selection === null ? this.#universe : this.selectPods(selection.pods).may;
      orInto(touched, everywhere ? pods : and(pods, this.inNamespace(namespace).may));
    }
    return this.withoutSymbols(touched);
  }

  private none(): Bits {
    return newBits();
  }

  private indexHosts(): ReadonlyMap<Namespace, LabelIndex<PeerIndex>> {
    const hosts = new Map<Namespace, PeerIndex[]>();
    forEachBit(this.#hosts, (at) => {
      const { namespace } = this.classes[at]!;
      const same = hosts.get(namespace);
      if (same === undefined) hosts.set(namespace, [at]);
      else same.push(at);
    });
    return new Map(
      [...hosts].map(([namespace, list]) => [namespace, new LabelIndex(list, (at) => this.#labels[at]!)] as const),
    );
  }

  private intersect(a: Selection, b: Selection): Selection {
    const must = and(a.must, b.must);
    return a.must === a.may && b.must === b.may ? { must, may: must } : { must, may: and(a.may, b.may) };
  }

  private inNamespace(namespace: Namespace): Selection {
    let own = this.#ownNamespace.get(namespace.index);
    if (own === undefined) {
      const inside = this.#inside.get(namespace);
      const must = inside === undefined ? this.none() : copyOf(inside);
      for (const each of this.#symbolic) if (each.namespace === namespace) addBit(must, each.index);
      const may = copyOf(must);
      for (const { index, symbolic } of this.#symbolic) {
        if (
          symbolic!.namespace === undefined &&
          symbolic!.plain !== true &&
          matches(symbolic!.namespaces, namespace) !== false
        )
          addBit(may, index);
      }
      own = { must, may };
      this.#ownNamespace.set(namespace.index, own);
    }
    return own;
  }

  private selectNamespaces(selector: LabelSelector): Selection {
    const key = canonical(selector);
    let selection = this.#namespaceSelections.get(key);
    if (selection !== undefined) return selection;
    const must = this.none();
    const may = this.none();
    for (const { index, symbolic } of this.#symbolic) {
      const { namespace, namespaces, plain } = symbolic!;
      const verdict = namespace === undefined ? implies(namespaces, selector) : matches(selector, namespace);
      if (verdict === false || (plain === true && verdict !== true)) continue;
      addBit(may, index);
      if (verdict === true) addBit(must, index);
    }
    for (const [namespace, inside] of this.#inside) {
      const verdict = matches(selector, namespace);
      if (verdict === false) continue;
      orInto(may, inside);
      if (verdict === true) orInto(must, inside);
    }
    selection = simplified(must, may);
    this.#namespaceSelections.set(key, selection);
    return selection;
  }

  private selectPods(selector: LabelSelector): Selection {
    const key = canonical(selector);
    let selection = this.#podSelections.get(key);
    if (selection !== undefined) return selection;
    let must = this.#universe;
    let may = this.#universe;
    for (const requirement of selector) {
      const own = this.selectRequirement(requirement);
      must = and(must, own.must);
      may = and(may, own.may);
    }
    if (selector.length > 0) {
      must = andNot(must, this.#symbols);
      may = andNot(may, this.#symbols);
      for (const { index, symbolic } of this.#symbolic) {
        const verdict = implies(symbolic!.pods, selector);
        if (verdict === true) addBit(must, index);
        if (verdict === undefined && symbolic!.plain !== true) addBit(may, index);
        if (verdict === true) addBit(may, index);
      }
    }
    selection = simplified(must, may);
    this.#podSelections.set(key, selection);
    return selection;
  }

  private selectRequirement({ key, operator, values }: Requirement): Selection {
    if (isUnresolved(key)) return { must: this.none(), may: this.#universe };
    const posting = this.#postings.get(key);
    const must = this.none();
    if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (posting !== undefined) orInto(must, posting.present);
      const may = copyOf(must);
      orInto(may, this.#openLabels);
      return operator === 'Exists'
        ? { must, may }
        : { must: andNot(this.#universe, may), may: andNot(this.#universe, must) };
    }
    for (const value of values) {
      const own = posting?.values.get(value);
      if (own !== undefined) orInto(must, own);
    }
    const may = copyOf(must);
    // A class whose labels are open may have the label unless it is known to have another value.
    orInto(may, posting === undefined ? this.#openLabels : andNot(this.#openLabels, posting.present));
    if (posting !== undefined) orInto(may, values.some(isUnresolved) ? posting.present : posting.unresolved);
    return operator === 'In' ? { must, may } : { must: andNot(this.#universe, may), may: andNot(this.#universe, must) };
  }

  /** `always`: a rule of the cluster-level policies, whose networks reach pods by definition. */
  private selectBlock(block: AddressBlock, always: boolean): Selection {
    const key = `${always}${block.cidr}-${block.except.join()}`;
    let selection = this.#blocks.get(key);
    if (selection !== undefined) return selection;
    const must = this.none();
    const set = rangesOf(block);
    this.external.forEach((range, at) => {
      if (setContains(set, range)) addBit(must, this.classes.length + at);
    });
    const may = copyOf(must);
    const how = always ? 'always' : (this.#options.ipBlockMatchesPods ?? 'may');
    if (how !== 'never') {
      const reach = this.reachesPods(set);
      if (reach !== 'none') orInto(may, this.#universe);
      if (reach === 'all' && how === 'always') orInto(must, this.#universe);
      // Nodes commonly have private addresses; which ones is not in the manifests.
      if (PRIVATE_RANGES.some((range) => setOverlaps(set, range))) orInto(may, this.#hosts);
      if (always && setContains(set, ADDRESS_SPACE_IPV4)) orInto(must, this.#hosts);
    }
    if (isUnresolved(block.cidr)) {
      for (let at = this.classes.length; at < this.#size; at++) addBit(may, at);
      orInto(may, this.#universe);
    }
    selection = simplified(must, may);
    this.#blocks.set(key, selection);
    return selection;
  }

  private reachesPods(set: IpSet): 'all' | 'some' | 'none' {
    const { podCidrs } = this.#options;
    if (podCidrs === undefined) {
      if (setContains(set, ADDRESS_SPACE_IPV4)) return 'all';
      return PRIVATE_RANGES.some((range) => setOverlaps(set, range)) ? 'some' : 'none';
    }
    if (podCidrs.every((range) => setContains(set, range))) return 'all';
    return podCidrs.some((range) => setOverlaps(set, range)) ? 'some' : 'none';
  }

  private selectors(): Selectors<R> {
    if (this.#selecting !== undefined) return this.#selecting;
    const policies: Selectors<R>['policies'] = { ingress: [], egress: [] };
    const cluster: Selectors<R>['cluster'] = { ingress: [], egress: [] };
    this.world.policies.forEach((policy, index) => {
      const { must, may } = this.subjectOf(policy);
      forEachBit(may, (at) => {
        const entry = { policy, index, certain: hasBit(must, at) };
        if (policy.data.isolates.ingress) append(policies.ingress, at, entry);
        if (policy.data.isolates.egress) append(policies.egress, at, entry);
      });
    });
    this.world.clusterPolicies.forEach((policy, index) => {
      const { subject, rejected } = policy.data;
      if (subject === null) return;
      const { must, may } = this.select(subject);
      forEachBit(may, (at) => {
        if (this.isSymbolic(at)) return;
        const entry = { policy, index, certain: !rejected && hasBit(must, at) };
        if (policy.data.ingress.length > 0) append(cluster.ingress, at, entry);
        if (policy.data.egress.length > 0) append(cluster.egress, at, entry);
      });
    });
    this.#selecting = { policies, cluster };
    return this.#selecting;
  }

  private signature(direction: Direction, pod: PeerIndex): Signature {
    const known = this.#signatures[direction][pod];
    if (known !== undefined) return known;
    const policies = this.selecting(direction, pod);
    const cluster = this.clusterSelecting(direction, pod);
    const rules = [
      ...policies.map(({ index }) => this.compiledRules(direction, index)),
      ...cluster.map(({ index }) => this.compiledClusterRules(direction, index)),
    ];
    const named = rules.some((each) => each.some(({ ports }) => ports.named.length > 0));
    const list = (entries: readonly Selecting<unknown>[]): string =>
      entries.map(({ index, certain }) => (certain ? index : `~${index}`)).join();
    const vendor = this.mayBeIsolatedByVendor(direction, pod);
    const key = `${vendor ? '?' : ''}${list(policies)};${list(cluster)};${named && direction === 'ingress' ? this.#portSignature[pod] : ''}`;
    let signature = this.#interned[direction].get(key);
    if (signature === undefined) {
      const exact =
        !vendor &&
        [...policies, ...cluster].every(({ certain }) => certain) &&
        !named &&
        rules.every((each) => each.every(({ must, may }) => must === may));
      signature = { id: this.#interned[direction].size, exact, rows: {} };
      this.#interned[direction].set(key, signature);
    }
    this.#signatures[direction][pod] = signature;
    return signature;
  }

  private compute(direction: Direction, pod: PeerIndex, bound: Bound): Int32Array {
    // What a policy of another product adds or takes away is not evaluated.
    if (this.mayBeIsolatedByVendor(direction, pod)) {
      return new Int32Array(this.#size).fill(bound === 'lower' ? NO_PORTS : ALL_PORTS);
    }
    const policies = this.selecting(direction, pod);
    const cluster = this.clusterSelecting(direction, pod);
    const own = this.policyRow(direction, pod, policies, bound);
    if (cluster.length === 0) return own;

    const admin: TierRule[] = [];
    const baseline: TierRule[] = [];
    for (const { policy, index, certain } of cluster) {
      const into = policy.data.tier === 'Admin' ? admin : baseline;
      for (const rule of this.compiledClusterRules(direction, index)) into.push({ rule, certain });
    }
    const isolation = this.isolation(direction, pod);
    const ifIsolated = isolation === 'maybe' ? this.rulesRow(direction, pod, policies, bound) : own;
    const row = new Int32Array(this.#size);
    for (let peer = 0; peer < this.#size; peer++) {
      const destination = direction === 'ingress' ? pod : peer;
      const byBaseline = (ports: PortSetId): PortSetId =>
        this.runTier(baseline, 0, ports, peer, destination, bound, (rest) => rest);
      row[peer] = this.runTier(admin, 0, ALL_PORTS, peer, destination, bound, (rest) => {
        if (isolation === 'yes') return this.ports.intersect(rest, own[peer]!);
        if (isolation === 'no') return byBaseline(rest);
        // Isolated or not: what both worlds allow is certain, what either allows is possible.
        return bound === 'lower'
          ? this.ports.intersect(ifIsolated[peer]!, byBaseline(rest))
          : this.ports.unite(this.ports.intersect(rest, ifIsolated[peer]!), byBaseline(rest));
      });
    }
    return row;
  }

  /** What the NetworkPolicies let through by themselves. */
  private policyRow(
    direction: Direction,
    pod: PeerIndex,
    policies: readonly Selecting<Policy<R>>[],
    bound: Bound,
  ): Int32Array {
    const isolated = bound === 'lower' ? policies.length > 0 : policies.some(({ certain }) => certain);
    if (!isolated) return new Int32Array(this.#size).fill(ALL_PORTS);
    return this.rulesRow(direction, pod, policies, bound);
  }

  private rulesRow(
    direction: Direction,
    pod: PeerIndex,
    policies: readonly Selecting<Policy<R>>[],
    bound: Bound,
  ): Int32Array {
    const row = new Int32Array(this.#size);
    for (const { index, certain } of policies) {
      if (bound === 'lower' && !certain) continue;
      for (const { must, may, ports } of this.compiledRules(direction, index)) {
        const whole = direction === 'ingress' ? this.resolve(ports, pod, bound) : undefined;
        forEachBit(bound === 'lower' ? must : may, (peer) => {
          row[peer] = this.ports.unite(row[peer]!, whole ?? this.resolve(ports, peer, bound));
        });
      }
    }
    return row;
  }

  /**
   * Walks a tier's rules from `at` on with the ports that are still open, and hands what no rule decides, or one
   * passes on, to the next tier.
   */
  private runTier(
    rules: readonly TierRule[],
    at: number,
    open: PortSetId,
    peer: PeerIndex,
    destination: PeerIndex,
    bound: Bound,
    next: (rest: PortSetId) => PortSetId,
  ): PortSetId {
    const { ports } = this;
    let allowed: PortSetId = NO_PORTS;
    let passed: PortSetId = NO_PORTS;
    let rest = open;
    for (let index = at; index < rules.length && rest !== NO_PORTS; index++) {
      const { rule, certain } = rules[index]!;
      if (!hasBit(rule.may, peer)) continue;
      // A named port of a pod that is not known may be any port: whether the rule means this one is then open too.
      const sure = certain && hasBit(rule.must, peer);
      const own = ports.intersect(
        rest,
        this.resolve(rule.ports, destination, bound === 'upper' || rule.action !== 'Accept' ? 'upper' : 'lower'),
      );
      if (own === NO_PORTS) continue;
      const exactPorts = sure ? ports.intersect(own, this.resolve(rule.ports, destination, 'lower')) : NO_PORTS;
      const unsure = ports.subtract(own, exactPorts);
      if (exactPorts !== NO_PORTS) {
        if (rule.action === 'Accept') allowed = ports.unite(allowed, exactPorts);
        if (rule.action === 'Pass') passed = ports.unite(passed, exactPorts);
        rest = ports.subtract(rest, exactPorts);
      }
      if (unsure === NO_PORTS) continue;
      if (rule.action === 'Accept' && bound === 'upper') {
        allowed = ports.unite(allowed, unsure);
        rest = ports.subtract(rest, unsure);
      } else if (rule.action === 'Deny' && bound === 'lower') {
        rest = ports.subtract(rest, unsure);
      } else if (rule.action === 'Pass') {
        const onward = this.runTier(rules, index + 1, unsure, peer, destination, bound, next);
        const handedOver = next(unsure);
        allowed = ports.unite(
          allowed,
          bound === 'lower' ? ports.intersect(onward, handedOver) : ports.unite(onward, handedOver),
        );
        rest = ports.subtract(rest, unsure);
      }
    }
    return ports.unite(allowed, next(ports.unite(rest, passed)));
  }

  private compiledRules(direction: Direction, index: number): readonly CompiledRule[] {
    let compiled = this.#rules[direction][index];
    if (compiled === undefined) {
      const policy = this.world.policies[index]!;
      compiled = policy.data[direction].map((rule, at) => this.compileRule(policy, direction, rule, at));
      this.#rules[direction][index] = compiled;
    }
    return compiled;
  }

  private compileRule(policy: Policy<R>, direction: Direction, { peers, ports }: PolicyRule, at: number): CompiledRule {
    const compiledPorts = this.compilePorts(ports);
    if (peers === null) {
      const every = this.everyone();
      return { action: 'Accept', must: every, may: every, ports: compiledPorts };
    }
    const must = this.none();
    const may = this.none();
    peers.forEach((_, peer) => {
      const selection = this.selectPeer(policy, direction, at, peer);
      orInto(must, selection.must);
      orInto(may, selection.may);
    });
    return { action: 'Accept', ...simplified(must, may), ports: compiledPorts };
  }

  private compiledClusterRules(direction: Direction, index: number): readonly CompiledRule[] {
    let compiled = this.#clusterRules[direction][index];
    if (compiled === undefined) {
      compiled = this.world.clusterPolicies[index]!.data[direction].map((rule) => this.compileClusterRule(rule));
      this.#clusterRules[direction][index] = compiled;
    }
    return compiled;
  }

  private compileClusterRule({ action, peers, ports }: ClusterRule): CompiledRule {
    const must = this.none();
    const may = this.none();
    for (const peer of peers) {
      if (peer.by === 'unknown') {
        // Fail closed: an Accept matches nothing, anything else denies everything.
        if (action === 'Accept') continue;
        const every = this.everyone();
        return { action: 'Deny', must: every, may: every, ports: { fixed: ALL_PORTS, named: [] } };
      }
      if (peer.by === 'nodes') orInto(may, this.#hosts);
      else if (peer.by === 'domains') {
        for (let at = this.classes.length; at < this.#size; at++) addBit(may, at);
      } else {
        const selections =
          peer.by === 'pods'
            ? [this.select(peer)]
            : peer.cidrs.map((cidr) => this.selectBlock({ cidr, except: [] }, true));
        for (const selection of selections) {
          orInto(must, selection.must);
          orInto(may, selection.may);
        }
      }
    }
    return { action, ...simplified(must, may), ports: this.compileClusterPorts(ports) };
  }

  /** Every pod, every node, every address. */
  private everyone(): Bits {
    this.#everyone ??= allBits(this.#size);
    return this.#everyone;
  }

  private compilePorts(entries: readonly PortEntry[] | null): PortSpec {
    if (entries === null) return EVERY_PORT;
    let fixed: PortSetId = NO_PORTS;
    const named: NamedPort[] = [];
    for (const { protocol, port, endPort } of entries) {
      if (typeof port === 'string') named.push({ name: port, protocol });
      else
        fixed = this.ports.unite(
          fixed,
          port === null ? this.ports.every(protocol) : this.ports.range(protocol, port, endPort ?? port),
        );
    }
    return { fixed, named };
  }

  private compileClusterPorts(entries: readonly ClusterPort[] | null): PortSpec {
    if (entries === null) return EVERY_PORT;
    let fixed: PortSetId = NO_PORTS;
    const named: NamedPort[] = [];
    for (const entry of entries) {
      if ('named' in entry) named.push({ name: entry.named, protocol: undefined });
      else fixed = this.ports.unite(fixed, this.ports.range(entry.protocol, entry.low, entry.high));
    }
    return { fixed, named };
  }

  /** Named ports are looked up at the destination, where each pod may give another number. */
  private resolve({ fixed, named }: PortSpec, destination: PeerIndex, bound: Bound): PortSetId {
    if (named.length === 0 || this.isExternal(destination)) return fixed;
    let ports = fixed;
    for (const { name, protocol } of named)
      ports = this.ports.unite(ports, this.resolveName(name, protocol, destination, bound));
    return ports;
  }

  private resolveName(name: string, protocol: Protocol | undefined, destination: PeerIndex, bound: Bound): PortSetId {
    if (this.isSymbolic(destination) || isUnresolved(name)) {
      if (bound === 'lower') return NO_PORTS;
      return protocol === undefined ? ALL_PORTS : this.ports.every(protocol);
    }
    const key = `${name}\n${protocol}\n${this.#portSignature[destination]}`;
    let ports = this.#named.get(key);
    if (ports === undefined) {
      ports = NO_PORTS;
      for (const declared of this.#declared[destination]!) {
        if (declared.name !== name || (protocol !== undefined && declared.protocol !== protocol)) continue;
        ports = this.ports.unite(ports, this.ports.range(declared.protocol, declared.number, declared.number));
      }
      this.#named.set(key, ports);
    }
    return ports;
  }
}

interface Selectors<R> {
  readonly policies: Record<Direction, Selecting<Policy<R>>[][]>;
  readonly cluster: Record<Direction, Selecting<ClusterPolicy<R>>[][]>;
}

interface Signature {
  readonly id: number;
  /** Lower and upper bound are the same. */
  readonly exact: boolean;
  readonly rows: Partial<Record<Bound, Int32Array>>;
}

interface NamedPort {
  readonly name: string;
  /** Undefined for any. */
  readonly protocol: Protocol | undefined;
}

interface PortSpec {
  readonly fixed: PortSetId;
  readonly named: readonly NamedPort[];
}

const EVERY_PORT: PortSpec = { fixed: ALL_PORTS, named: [] };

interface CompiledRule extends Selection {
  readonly action: ClusterAction;
  readonly ports: PortSpec;
}

interface TierRule {
  readonly rule: CompiledRule;
  readonly certain: boolean;
}

/** Which classes have a label key, and with which value. */
interface Posting {
  readonly present: Bits;
  readonly unresolved: Bits;
  readonly values: ReadonlyMap<string, Bits>;
}

function append<T>(lists: T[][], at: number, item: T): void {
  const own = lists[at];
  if (own === undefined) lists[at] = [item];
  else own.push(item);
}

/** One object for both, where they are the same: then nothing is left to be known. */
function simplified(must: Bits, may: Bits): Selection {
  return must === may || isEmpty(andNot(may, must)) ? { must, may: must } : { must, may };
}

/** The addresses of a block; empty for one that cannot be read. */
export function rangesOf({ cidr, except }: AddressBlock): IpSet {
  const whole = parseCidr(cidr);
  if (whole === undefined) return [];
  const holes = except
    .map(parseCidr)
    .filter((hole) => hole !== undefined && overlaps(whole, hole) && contains(whole, hole));
  return subtract(unite([whole]), holes as readonly IpRange[]);
}

/** The address blocks that policies name. */
export function namedRanges(world: World<unknown>): readonly IpRange[] {
  const ranges: IpRange[] = [];
  const add = (cidr: string): void => {
    const range = parseCidr(cidr);
    if (range !== undefined) ranges.push(range);
  };
  for (const { data } of world.policies) {
    for (const { peers } of [...data.ingress, ...data.egress]) {
      for (const { block } of peers ?? []) {
        if (block === null) continue;
        add(block.cidr);
        block.except.forEach(add);
      }
    }
  }
  for (const { data } of world.clusterPolicies) {
    for (const { peers } of [...data.ingress, ...data.egress]) {
      for (const peer of peers) if (peer.by === 'networks') peer.cidrs.forEach(add);
    }
  }
  return ranges;
}

interface UsedKeys {
  /** Label keys of pods that any selector asks for, with the values that matter; null where only presence does. */
  readonly keys: ReadonlyMap<string, Set<string>>;
  /** Names of ports that any rule asks for. */
  readonly portNames: ReadonlySet<string>;
}

function usedKeys(world: World<unknown>): UsedKeys {
  const keys = new Map<string, Set<string>>();
  const portNames = new Set<string>();
  const use = (selector: LabelSelector | null): void => {
    for (const { key, values } of selector ?? []) {
      let own = keys.get(key);
      if (own === undefined) {
        own = new Set();
        keys.set(key, own);
      }
      for (const value of values) own.add(value);
    }
  };
  for (const { data } of world.policies) {
    use(data.pods);
    for (const { peers, ports } of [...data.ingress, ...data.egress]) {
      for (const { pods } of peers ?? []) use(pods);
      for (const { port } of ports ?? []) if (typeof port === 'string') portNames.add(port);
    }
  }
  for (const { data } of world.clusterPolicies) {
    use(data.subject?.pods ?? null);
    for (const { peers, ports } of [...data.ingress, ...data.egress]) {
      for (const peer of peers) if (peer.by === 'pods') use(peer.pods);
      for (const port of ports ?? []) if ('named' in port) portNames.add(port.named);
    }
  }
  for (const { data } of world.services) {
    use(data.selector);
    for (const { targetPort } of data.ports) if (typeof targetPort === 'string') portNames.add(targetPort);
  }
  for (const { data } of world.vendorPolicies) use(data.selection?.pods ?? null);
  return { keys, portNames };
}

interface Classified<R> {
  readonly classes: readonly PodClass<R>[];
  readonly classOf: Int32Array;
  readonly labels: readonly { readonly labels: Labels; readonly open: boolean }[];
}

/** Puts pods together that no selector and no port name can tell apart. */
function classify<R>(world: World<R>, used: UsedKeys, symbolic: readonly SymbolicPod[]): Classified<R> {
  const classes = [ANY_POD, ...symbolic].map((each, index): PodClass<R> => {
    return {
      index,
      namespace: each.namespace ?? world.namespaces[0]!,
      hostNetwork: false,
      endpoints: [],
      symbolic: each,
    };
  });
  const labels: { labels: Labels; open: boolean }[] = classes.map(() => ({ labels: {}, open: false }));
  const classOf = new Int32Array(world.endpoints.length);
  const byKey = new Map<string, PodClass<R>>();
  for (const endpoint of world.endpoints) {
    const { pod, namespace } = endpoint;
    const projected: Record<string, string> = {};
    let key = `${namespace.index}${pod.hostNetwork === true ? 'h' : ''}${pod.openLabels === true ? 'o' : ''}`;
    for (const name of Object.keys(pod.labels).sort()) {
      const values = used.keys.get(name);
      if (values === undefined) continue;
      const value = pod.labels[name]!;
      // Values that no selector names are all the same to it.
      const kept = values.has(value) || isUnresolved(value) ? value : '';
      const shown = kept === '' && value !== '' ? OTHER : kept;
      projected[name] = shown;
      key += `\n${name}=${shown}`;
    }
    key += `\n\n${portSignature(pod.ports, used.portNames)}`;
    let own = byKey.get(key);
    if (own === undefined) {
      own = { index: classes.length, namespace, hostNetwork: pod.hostNetwork === true, endpoints: [] };
      byKey.set(key, own);
      classes.push(own);
      labels.push({ labels: projected, open: pod.openLabels === true });
    }
    own.endpoints.push(endpoint);
    classOf[endpoint.index] = own.index;
  }
  return { classes, classOf, labels };
}

const ANY_POD: SymbolicPod = { namespace: undefined, namespaces: [], pods: [] };

/** No label value can look like this. */
const OTHER = '\u0000other';

function portSignature(ports: readonly DeclaredPort[], names: ReadonlySet<string>): string {
  if (names.size === 0) return '';
  return ports
    .filter(({ name }) => names.has(name))
    .map(({ name, protocol, number }) => `${name}/${protocol}/${number}`)
    .sort()
    .join();
}

function postings(
  labels: readonly { readonly labels: Labels }[],
  keys: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, Posting> {
  const all = new Map<string, { present: Bits; unresolved: Bits; values: Map<string, Bits> }>();
  labels.forEach(({ labels: own }, index) => {
    for (const key of Object.keys(own)) {
      if (!keys.has(key)) continue;
      let posting = all.get(key);
      if (posting === undefined) {
        posting = { present: newBits(), unresolved: newBits(), values: new Map() };
        all.set(key, posting);
      }
      addBit(posting.present, index);
      const value = own[key]!;
      if (isUnresolved(value)) addBit(posting.unresolved, index);
      let bits = posting.values.get(value);
      if (bits === undefined) {
        bits = newBits();
        posting.values.set(value, bits);
      }
      addBit(bits, index);
    }
  });
  return all;
}
