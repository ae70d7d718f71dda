import { CONTROL_NAMESPACE, type RbacAnalysis } from './analysis.ts';
import { type Holder, type Holding, holders, subjectKey } from './holdings.ts';
import type { Subject } from './policy.ts';

/** What the search has to know beside roles and bindings. Plain facts about the input. */
export interface Surroundings {
  readonly accounts: readonly { readonly namespace: string; readonly name: string }[];
  readonly workloads: readonly {
    readonly namespace: string;
    readonly account: string;
    readonly mountsToken: boolean;
    /** Whoever runs code in it is master of its node. */
    readonly control: string | undefined;
    /** `Deployment "a/web"`. */
    readonly label: string;
  }[];
  /** Secrets with a service account token that does not expire. */
  readonly tokens: readonly { readonly namespace: string; readonly name: string; readonly account: string }[];
  /** Namespaces of the input: whether Pod Security admission keeps their pods off the node. */
  readonly namespaces: ReadonlyMap<string, { readonly restricted: boolean }>;
}

export type Goal = 'cluster-admin' | 'node';

/** One step: who has it, what it is, what it leads to. */
export interface Step {
  readonly from: string;
  readonly to: string;
  /** `creates tokens of service accounts in namespace "a"`. */
  readonly text: string;
  /** What grants it; empty where it is in the nature of things. */
  readonly holdings: readonly Holding[];
  /** Position in `workloads`, where a pod of the input is what makes the step. */
  readonly workload: number | undefined;
  /** Depends on something that the input does not show. */
  readonly maybe: boolean;
}

export interface Path {
  readonly subject: Subject;
  readonly goal: Goal;
  readonly steps: readonly Step[];
  readonly maybe: boolean;
  /** How far it is: ten for an ordinary step. */
  readonly length: number;
}

/** Where somebody stands who owns a node. */
export const NODE_KEY = '(node)';

const ADMIN = '(cluster-admin)';
const NODE = NODE_KEY;
const EVERYWHERE = '*';

interface Edge extends Step {
  readonly weight: number;
}

/**
 * Who can become cluster-admin or take a node, by which steps. Permissions are edges between identities; `any service
 * account of a namespace` and `the pods of a namespace` are vertices of their own, so that the graph stays as large as
 * the input. One search backwards from each goal answers for every subject.
 */
export class EscalationGraph {
  readonly #holders: ReadonlyMap<string, Holder>;
  readonly #into = new Map<string, Edge[]>();
  readonly #searches = new Map<string, ReadonlyMap<string, Edge>>();

  constructor(analysis: RbacAnalysis, surroundings: Surroundings) {
    this.#holders = holders(analysis);
    addSurroundings((edge) => this.add(edge), surroundings, this.#holders);
    for (const holder of this.#holders.values()) addHolder((edge) => this.add(edge), holder, analysis, surroundings);
  }

  get holders(): ReadonlyMap<string, Holder> {
    return this.#holders;
  }

  /** The shortest way of a subject to a goal, of certain steps where there is one. */
  path(key: string, goal: Goal): Path | undefined {
    const holder = this.#holders.get(key);
    return this.pathFrom(key, goal, holder?.subject ?? subjectOf(key));
  }

  private pathFrom(key: string, goal: Goal, subject: Subject): Path | undefined {
    for (const maybe of [false, true]) {
      const next = this.search(goal === 'node' ? NODE : ADMIN, maybe);
      if (!next.has(key)) continue;
      const steps: Edge[] = [];
      for (let at = next.get(key); at !== undefined; at = next.get(at.to)) steps.push(at);
      const length = steps.reduce((sum, { weight }) => sum + weight, 0);
      return { subject, goal, steps, maybe, length };
    }
    return undefined;
  }

  private add(edge: Edge): void {
    const edges = this.#into.get(edge.to);
    if (edges === undefined) this.#into.set(edge.to, [edge]);
    else edges.push(edge);
  }

  /** Dijkstra backwards from a goal: for each vertex the edge that its shortest way begins with. */
  private search(goal: string, maybe: boolean): ReadonlyMap<string, Edge> {
    const name = `${goal} ${maybe}`;
    const known = this.#searches.get(name);
    if (known !== undefined) return known;
    const distance = new Map<string, number>([[goal, 0]]);
    const next = new Map<string, Edge>();
    const buckets: string[][] = [[goal]];
    for (let reached = 0; reached < buckets.length; reached++) {
      const bucket = buckets[reached] ?? [];
      for (const vertex of bucket) {
        if (distance.get(vertex) !== reached) continue;
        for (const edge of this.#into.get(vertex) ?? []) {
          if (edge.maybe && !maybe) continue;
          const length = reached + edge.weight;
          if (length >= (distance.get(edge.from) ?? Number.POSITIVE_INFINITY)) continue;
          distance.set(edge.from, length);
          next.set(edge.from, edge);
          const bucketThere = buckets[length];
          if (bucketThere === undefined) buckets[length] = [edge.from];
          else bucketThere.push(edge.from);
        }
      }
    }
    this.#searches.set(name, next);
    return next;
  }
}

/** How a vertex is called in a sentence. */
export function vertexName(vertex: string): string {
  if (vertex === ADMIN) return 'cluster-admin';
  if (vertex === NODE) return 'the node';
  const [kind = '', rest = ''] = split(vertex);
  const [namespace = '', name = ''] = split(rest, '/');
  const there = namespace === EVERYWHERE ? 'every namespace' : `namespace "${namespace}"`;
  switch (kind) {
    case 'any':
      return `any service account of ${there}`;
    case 'pods':
      return `the pods of ${there}`;
    case 'owner':
      return `full control of ${there}`;
    case 'ServiceAccount':
      return `ServiceAccount "${namespace}/${name}"`;
    default:
      return `${kind} "${rest.slice(1)}"`;
  }
}

/** The steps as a sentence goes: permissions in words, in between whoever they lead to. */
export function describePath({ steps }: Path): string {
  const parts: string[] = [];
  for (const [index, step] of steps.entries()) {
    // That the controllers' accounts are among those of kube-system goes without saying.
    if (step.text === CONTROLLERS) continue;
    if (step.text !== MEMBER) parts.push(step.text);
    else if (steps[index + 1]?.text !== MEMBER && !step.to.startsWith('pods ')) parts.push(vertexName(step.to));
  }
  return parts.join(' → ');
}

/** Leads to the accounts or pods of every namespace at once: cluster-admin by itself, with no second permission. */
export function isBoundless(step: Step): boolean {
  return step.to.endsWith(` ${EVERYWHERE}/`);
}

const MEMBER = 'is one of them';
const CONTROLLERS = 'some are those of built-in controllers';

function subjectOf(key: string): Subject {
  const [kind = '', rest = ''] = split(key);
  const [namespace = '', name = ''] = split(rest, '/');
  return { kind, apiGroup: '', namespace, name };
}

function split(text: string, by = ' '): [string, string] {
  const at = text.indexOf(by);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

const anyAccount = (namespace: string): string => `any ${namespace}/`;
const podsOf = (namespace: string): string => `pods ${namespace}/`;
const owner = (namespace: string): string => `owner ${namespace}/`;
const account = (namespace: string, name: string): string => `ServiceAccount ${namespace}/${name}`;

/** What is so whoever holds what: service accounts of a namespace, pods that run as them, nodes that run the pods. */
function addSurroundings(
  add: (edge: Edge) => void,
  { accounts, workloads, namespaces }: Surroundings,
  subjects: ReadonlyMap<string, Holder>,
): void {
  const known = new Set<string>();
  const perNamespace = new Set<string>([CONTROL_NAMESPACE, ...namespaces.keys()]);
  const addAccount = (namespace: string, name: string): void => {
    const vertex = account(namespace, name);
    if (known.has(vertex)) return;
    known.add(vertex);
    perNamespace.add(namespace);
    add(step(anyAccount(namespace), vertex, MEMBER, { weight: 0 }));
  };
  for (const { namespace, name } of accounts) addAccount(namespace, name);
  for (const { subject } of subjects.values()) {
    if (subject.kind === 'ServiceAccount') addAccount(subject.namespace, subject.name);
  }
  workloads.forEach((workload, index) => {
    const { namespace, control, mountsToken, label } = workload;
    const vertex = account(namespace, workload.account);
    addAccount(namespace, workload.account);
    if (control !== undefined) {
      add(step(podsOf(namespace), NODE, `${label}: ${control}`, { weight: 10, workload: index }));
    }
    if (!mountsToken) return;
    add(
      step(podsOf(namespace), vertex, `${label} holds the token of ${vertexName(vertex)}`, {
        weight: 0,
        workload: index,
      }),
    );
    add(
      step(NODE, vertex, `a node with ${label} holds the token of ${vertexName(vertex)}`, {
        weight: 10,
        workload: index,
      }),
    );
  });
  for (const namespace of perNamespace) {
    add(step(anyAccount(EVERYWHERE), anyAccount(namespace), MEMBER, { weight: 0 }));
    add(step(podsOf(EVERYWHERE), podsOf(namespace), MEMBER, { weight: 0 }));
    add(step(owner(EVERYWHERE), owner(namespace), MEMBER, { weight: 0 }));
    add(step(owner(namespace), anyAccount(namespace), 'runs pods as it', { weight: 0 }));
  }
  // Controllers with the rights to escalate live there, clusterrole-aggregation-controller for one.
  add(step(anyAccount(CONTROL_NAMESPACE), ADMIN, CONTROLLERS, { weight: 12 }));
}

/** The edges that one subject's permissions make. */
function addHolder(add: (edge: Edge) => void, holder: Holder, analysis: RbacAnalysis, around: Surroundings): void {
  const from = subjectKey(holder.subject);
  const edge = (
    to: string,
    text: string,
    weight: number,
    holdings: readonly Holding[],
    more: { readonly maybe?: boolean } = {},
  ): void => add(step(from, to, text, { weight, holdings, ...more }));
  const byCapability = new Map<string, Holding[]>();
  for (const holding of holder.holdings) {
    const key = `${holding.capability} ${holding.namespace}`;
    const same = byCapability.get(key);
    if (same === undefined) byCapability.set(key, [holding]);
    else same.push(holding);
  }
  const scopes = new Set(holder.holdings.map(({ namespace }) => namespace));
  for (const scope of scopes) {
    /** In force in this scope: granted there, or in the whole cluster. */
    const all = (capability: Holding['capability']): readonly Holding[] => {
      const here = byCapability.get(`${capability} ${scope}`) ?? [];
      return scope === '' ? here : [...here, ...(byCapability.get(`${capability} `) ?? [])];
    };
    const free = (capability: Holding['capability'], wanted?: (holding: Holding) => boolean): Holding | undefined =>
      all(capability).find((holding) => holding.names === undefined && (wanted === undefined || wanted(holding)));
    /** What only the whole cluster grants anyway is a matter of that scope. */
    const local = (...holdings: readonly (Holding | undefined)[]): boolean =>
      scope === '' || holdings.some((holding) => holding !== undefined && holding.namespace === scope);
    const place = scope === '' ? EVERYWHERE : scope;
    const where = scope === '' ? 'in the whole cluster' : `in namespace "${scope}"`;

    const everything = free('everything');
    if (everything !== undefined && local(everything)) {
      if (scope === '') edge(ADMIN, 'holds every verb on every resource', 10, [everything]);
      else edge(owner(scope), `holds every verb on every resource ${where}`, 10, [everything]);
      continue;
    }
    if (scope === '') addClusterWide(edge, all, free, holder, analysis);

    const writesBindings = free('rolebindings.write');
    const bindsRoles = all('clusterroles.bind').find(
      ({ names }) => names === undefined || names.some((name) => POWERFUL.includes(name)),
    );
    if (writesBindings !== undefined && bindsRoles !== undefined && local(writesBindings, bindsRoles)) {
      edge(owner(place), `binds any ClusterRole ${where}`, 10, [writesBindings, bindsRoles]);
    }
    const changesRoles = free('roles.write', changes);
    const escalates = free('roles.escalate');
    if (changesRoles !== undefined && escalates !== undefined && local(changesRoles, escalates)) {
      const held = holder.bindings.some(
        ({ namespace, roleRef }) => roleRef.kind === 'Role' && (scope === '' || namespace === scope),
      );
      const bindsOwn = writesBindings !== undefined && free('roles.bind') !== undefined;
      if (held || bindsOwn) edge(owner(place), `adds any right to a Role ${where}`, 10, [changesRoles, escalates]);
    }
    for (const [capability, text] of [
      ['impersonate.serviceaccounts', 'impersonates'],
      ['tokens.create', 'creates tokens of'],
    ] as const) {
      for (const holding of all(capability)) {
        if (!local(holding)) continue;
        if (holding.names === undefined) edge(anyAccount(place), `${text} service accounts ${where}`, 10, [holding]);
        else if (scope !== '')
          for (const name of holding.names) edge(account(scope, name), `${text} it`, 10, [holding]);
      }
    }
    const reads = free('secrets.read');
    const makes = free('secrets.create');
    if (reads !== undefined && makes !== undefined && local(reads, makes)) {
      edge(anyAccount(place), `creates token Secrets and reads them ${where}`, 10, [makes, reads]);
    }
    for (const holding of all('secrets.read')) {
      if (!local(holding)) continue;
      for (const token of around.tokens) {
        if (scope !== '' && token.namespace !== scope) continue;
        if (holding.names !== undefined && !holding.names.includes(token.name)) continue;
        edge(
          account(token.namespace, token.account),
          `reads its token in Secret "${token.namespace}/${token.name}"`,
          20,
          [holding],
        );
      }
      if (holding.names === undefined) {
        edge(anyAccount(place), `reads Secrets ${where}, which may hold its token`, 30, [holding], { maybe: true });
      }
    }
    const starts = free('pods.create') ?? free('workloads.write') ?? undefined;
    const launches = starts ?? free('controllers.write');
    if (launches !== undefined && local(launches)) {
      const maybe = starts === undefined;
      const text = `starts pods ${where}`;
      edge(anyAccount(place), text, maybe ? 20 : 10, [launches], { maybe });
      const open = nodeIsOpen(scope, around);
      if (open !== 'no')
        edge(NODE, `${text} that take over the node`, 20, [launches], { maybe: maybe || open === 'unknown' });
    }
    const enters = free('pods.exec') ?? free('pods.ephemeral') ?? free('pods.change');
    if (enters !== undefined && local(enters)) {
      const text = enters.capability === 'pods.change' ? 'changes the image of pods' : 'runs commands in pods';
      edge(podsOf(place), `${text} ${where}`, 10, [enters]);
    }
    const relabels =
      free('namespaces.relabel') ?? all('namespaces.relabel').find(({ names }) => names?.includes(scope) === true);
    if (relabels !== undefined && starts !== undefined && local(relabels, starts)) {
      edge(NODE, `lifts Pod Security and starts pods ${where}`, 20, [relabels, starts]);
    }
  }
}

/** Roles that are worth binding. */
const POWERFUL: readonly string[] = ['cluster-admin', 'admin', 'edit'];

function addClusterWide(
  edge: (
    to: string,
    text: string,
    weight: number,
    holdings: readonly Holding[],
    more?: { readonly maybe?: boolean },
  ) => void,
  all: (capability: Holding['capability']) => readonly Holding[],
  free: (capability: Holding['capability'], wanted?: (holding: Holding) => boolean) => Holding | undefined,
  holder: Holder,
  analysis: RbacAnalysis,
): void {
  const writes = free('clusterrolebindings.write');
  const binds = all('clusterroles.bind').find(
    ({ names }) => names === undefined || names.some((name) => isAll(name, analysis)),
  );
  if (writes !== undefined && binds !== undefined) edge(ADMIN, 'binds cluster-admin to itself', 10, [writes, binds]);

  const escalates = free('clusterroles.escalate');
  const own = holder.bindings.filter(({ kind }) => kind === 'ClusterRoleBinding').map(({ roleRef }) => roleRef.name);
  const rewrites = all('clusterroles.write').find(
    (holding) => changes(holding) && own.some((name) => holding.names === undefined || holding.names.includes(name)),
  );
  if (escalates !== undefined && rewrites !== undefined)
    edge(ADMIN, 'adds any right to its own ClusterRole', 10, [rewrites, escalates]);

  const users = free('impersonate.users');
  if (users !== undefined) edge(ADMIN, 'impersonates any user', 10, [users]);
  const masters = all('impersonate.groups').find(
    ({ names }) => names === undefined || names.includes('system:masters'),
  );
  // Impersonate-Group alone is refused: a request has to name a user as well.
  const somebody =
    all('impersonate.users')[0] ??
    holder.holdings.find(({ capability }) => capability === 'impersonate.serviceaccounts');
  if (masters !== undefined && somebody !== undefined)
    edge(ADMIN, 'impersonates group system:masters', 10, [masters, somebody]);

  const requests = free('csr.create');
  const approves = free('csr.approve');
  const signs = all('signers.approve').find(
    ({ names }) => names === undefined || names.some((name) => CLIENT_SIGNERS.includes(name)),
  );
  if (requests !== undefined && approves !== undefined && signs !== undefined) {
    edge(ADMIN, 'approves its own client certificate for any user', 10, [approves, signs]);
  }
  const mutates = free('admission.mutate', ({ verbs }) => verbs.some((verb) => verb !== 'delete'));
  if (mutates !== undefined) edge(ADMIN, 'rewrites what others send to the API server', 20, [mutates]);

  const proxies = free('nodes.proxy');
  if (proxies !== undefined) {
    edge(NODE, 'runs commands through the kubelet API', 10, [proxies]);
    edge(podsOf(EVERYWHERE), 'runs commands through the kubelet API', 10, [proxies]);
  }
  const volumes = free('persistentvolumes.create');
  const starts = holder.holdings.find(
    ({ capability, names }) =>
      (capability === 'pods.create' || capability === 'workloads.write') && names === undefined,
  );
  if (volumes !== undefined && starts !== undefined)
    edge(NODE, 'mounts the node through a hostPath PersistentVolume', 20, [volumes, starts]);
}

const CLIENT_SIGNERS: readonly string[] = ['kubernetes.io/kube-apiserver-client', 'kubernetes.io/*'];

function isAll(name: string, analysis: RbacAnalysis): boolean {
  const role = analysis.world.role('ClusterRole', '', name);
  return role === undefined
    ? name === 'cluster-admin'
    : analysis.world
        .rulesOf(role)
        .some(({ rule }) => rule.verbs.includes('*') && rule.apiGroups.includes('*') && rule.resources.includes('*'));
}

/** Can change what is already there, and not only add to it. */
function changes({ verbs }: Holding): boolean {
  return verbs.includes('update') || verbs.includes('patch');
}

/** Whether a pod that somebody starts there may be privileged. A namespace that is not in the input may be anything. */
function nodeIsOpen(scope: string, { namespaces }: Surroundings): 'yes' | 'no' | 'unknown' {
  if (scope !== '') {
    const known = namespaces.get(scope);
    return known === undefined ? 'unknown' : known.restricted ? 'no' : 'yes';
  }
  return [...namespaces.values()].some(({ restricted }) => !restricted) ? 'yes' : 'unknown';
}

function step(
  from: string,
  to: string,
  text: string,
  {
    weight,
    holdings = [],
    workload,
    maybe = false,
  }: {
    readonly weight: number;
    readonly holdings?: readonly Holding[];
    readonly workload?: number;
    readonly maybe?: boolean;
  },
): Edge {
  return { from, to, text, weight, holdings, workload, maybe };
}
