import { overlaps } from '../k8s/cidr.ts';
import { connections, type Peer } from '../k8s/network/connections.ts';
import { NetworkEngine } from '../k8s/network/engine.ts';
import { NO_PORTS } from '../k8s/network/port-set.ts';
import { PUBLIC_IPV4 } from '../k8s/network/publicness.ts';
import type { Resource } from '../k8s/resource.ts';
import { plain } from '../reporters/plain.ts';
import type { View } from './network-notes.ts';

/** What a picture shows. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** There were more connections than a picture can hold: namespaces stand for their workloads. */
  readonly collapsed: boolean;
}

export interface GraphNode {
  readonly id: string;
  readonly label: string;
  /** '' for what lies outside of every namespace. */
  readonly group: string;
  readonly kind: 'workload' | 'namespace' | 'external' | 'ingress-controller';
  /** Nothing isolates it from incoming connections. */
  readonly open: boolean;
  /** The internet may reach it. */
  readonly exposed: boolean;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** Possible and not certain. */
  readonly uncertain: boolean;
  readonly fromInternet: boolean;
}

export function graphOf(view: View, most: number): Graph {
  const nodes = new Map<string, GraphNode>();
  const edges: GraphEdge[] = [];
  const exposed = new Set<string>();
  for (const { secondary, world } of view.networks) {
    const engine = new NetworkEngine(world, view.engine);
    const nodeOf = (peer: Peer<Resource>): string => {
      if (peer.kind !== 'workload') {
        nodes.set(peer.id, {
          id: peer.id,
          label: peer.id.replace('[External]', ''),
          group: '',
          kind: peer.kind,
          open: false,
          exposed: false,
        });
        return peer.id;
      }
      const { id, name, kind, namespace, endpoints } = peer.workload;
      const open = endpoints.some((endpoint) => engine.isolation('ingress', engine.classOf(endpoint)) === 'no');
      nodes.set(id, { id, label: `${name} [${kind}]`, group: namespace.name, kind: 'workload', open, exposed: false });
      return id;
    };
    if (view.focus === undefined)
      for (const workload of world.workloads) nodeOf({ kind: 'workload', id: workload.id, workload });
    for (const connection of connections(engine, {
      ...(view.focus === undefined ? {} : { focus: view.focus }),
      podsOnly: secondary,
    })) {
      const { source, destination, ports, possible } = connection;
      const isInternet =
        source.kind === 'ingress-controller' ||
        (source.kind === 'external' && PUBLIC_IPV4.some((range) => overlaps(range, source.range)));
      const uncertain = ports === NO_PORTS;
      edges.push({
        from: nodeOf(source),
        to: nodeOf(destination),
        label: engine.ports.format(uncertain ? possible : ports) + (uncertain ? '~' : ''),
        uncertain,
        fromInternet: isInternet,
      });
      if (isInternet && !uncertain) exposed.add(destination.id);
    }
  }
  const all = [...nodes.values()]
    .map((node) => (exposed.has(node.id) ? { ...node, exposed: true } : node))
    .sort(byPlace);
  const graph = { nodes: all, edges, collapsed: false };
  return edges.length > most ? collapse(graph) : graph;
}

export function* writeDot({ nodes, edges, collapsed }: Graph): Generator<string> {
  yield 'digraph network {\n  rankdir=LR;\n  node [shape=box, style="rounded,filled", fillcolor=white, fontname=Helvetica];\n  edge [fontname=Helvetica, fontsize=10];\n';
  if (collapsed) yield '  label="more connections than fit: namespaces stand for their workloads";\n';
  const ids = numbered(nodes);
  for (const [group, members] of grouped(nodes)) {
    const pad = group === '' ? '  ' : '    ';
    if (group !== '')
      yield `  subgraph "cluster_${escapeDot(group)}" {\n    label="${escapeDot(group)}";\n    color=gray60;\n`;
    for (const { id, label, kind, open, exposed } of members) {
      const shape = kind === 'external' || kind === 'ingress-controller' ? ', shape=ellipse' : '';
      yield `${pad}${ids.get(id)} [label="${escapeDot(label)}"${shape}${open ? ', fillcolor=gray85' : ''}${exposed ? ', color=red' : ''}];\n`;
    }
    if (group !== '') yield '  }\n';
  }
  for (const { from, to, label, uncertain, fromInternet } of edges) {
    yield `  ${ids.get(from)} -> ${ids.get(to)} [label="${escapeDot(label)}"${uncertain ? ', style=dashed' : ''}${fromInternet ? ', color=red' : ''}];\n`;
  }
  yield '}\n';
}

export function* writeMermaid({ nodes, edges, collapsed }: Graph): Generator<string> {
  yield 'flowchart LR\n';
  if (collapsed) yield '  %% more connections than fit: namespaces stand for their workloads\n';
  const ids = numbered(nodes);
  let clusters = 0;
  for (const [group, members] of grouped(nodes)) {
    const pad = group === '' ? '  ' : '    ';
    if (group !== '') yield `  subgraph g${clusters++}["${escapeMermaid(group)}"]\n`;
    for (const { id, label, kind, open, exposed } of members) {
      const [left, right] = kind === 'workload' || kind === 'namespace' ? ['["', '"]'] : ['(["', '"])'];
      const style = exposed ? ':::exposed' : open ? ':::open' : '';
      yield `${pad}${ids.get(id)}${left}${escapeMermaid(label)}${right}${style}\n`;
    }
    if (group !== '') yield '  end\n';
  }
  const red: number[] = [];
  for (let at = 0; at < edges.length; at++) {
    const { from, to, label, uncertain, fromInternet } = edges[at]!;
    if (fromInternet) red.push(at);
    yield `  ${ids.get(from)} ${uncertain ? '-.->' : '-->'}|"${escapeMermaid(label)}"| ${ids.get(to)}\n`;
  }
  yield '  classDef open fill:#ddd,stroke:#999\n  classDef exposed fill:#fdd,stroke:#c00\n';
  if (red.length > 0) yield `  linkStyle ${red.join(',')} stroke:#c00\n`;
}

/** Namespaces in place of their workloads. */
function collapse({ nodes, edges }: Graph): Graph {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const nameOf = (id: string): string => {
    const node = byId.get(id)!;
    return node.kind === 'workload' ? `namespace ${node.group}` : id;
  };
  const merged = new Map<string, GraphNode>();
  for (const node of nodes) {
    const id = nameOf(node.id);
    const before = merged.get(id);
    const label = node.kind === 'workload' ? node.group : node.label;
    merged.set(id, {
      id,
      label,
      group: '',
      kind: node.kind === 'workload' ? 'namespace' : node.kind,
      open: node.open || before?.open === true,
      exposed: node.exposed || before?.exposed === true,
    });
  }
  const pairs = new Map<
    string,
    { from: string; to: string; count: number; labels: Set<string>; uncertain: boolean; fromInternet: boolean }
  >();
  for (const { from, to, label, uncertain, fromInternet } of edges) {
    const key = `${nameOf(from)}\n${nameOf(to)}`;
    const pair = pairs.get(key) ?? {
      from: nameOf(from),
      to: nameOf(to),
      count: 0,
      labels: new Set<string>(),
      uncertain: true,
      fromInternet: false,
    };
    pair.count++;
    pair.labels.add(label);
    pair.uncertain &&= uncertain;
    pair.fromInternet ||= fromInternet;
    pairs.set(key, pair);
  }
  return {
    nodes: [...merged.values()].sort(byPlace),
    edges: [...pairs.values()].map(({ from, to, count, labels, uncertain, fromInternet }) => ({
      from,
      to,
      label: labels.size === 1 ? `${[...labels][0]} (${count})` : `${count} connections`,
      uncertain,
      fromInternet,
    })),
    collapsed: true,
  };
}

function grouped(nodes: readonly GraphNode[]): ReadonlyMap<string, readonly GraphNode[]> {
  const groups = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    const own = groups.get(node.group);
    if (own === undefined) groups.set(node.group, [node]);
    else own.push(node);
  }
  return groups;
}

function numbered(nodes: readonly GraphNode[]): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ id }, at) => [id, `n${at}`]));
}

function byPlace(a: GraphNode, b: GraphNode): number {
  return a.group === b.group ? (a.id < b.id ? -1 : 1) : a.group < b.group ? -1 : 1;
}

function escapeDot(text: string): string {
  return plain(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}

/** Mermaid reads `#` and `;` as entities and quotes as ends. */
function escapeMermaid(text: string): string {
  return plain(text)
    .replaceAll('#', '#35;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;')
    .replaceAll('`', '#96;');
}
