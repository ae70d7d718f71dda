import { createHash } from 'node:crypto';
import { plain } from '../reporters/plain.ts';
import { xml } from '../reporters/xml.ts';
import type { Graph, GraphEdge, GraphNode } from './network-graph.ts';
import { TOOL_VERSION } from './version.ts';

/**
 * One page that needs nothing from elsewhere. Its content security policy lets run what is written below, known by its
 * hash, and nothing else: no address is fetched, and no name from a manifest can become script or style.
 */
export function* writeHtml(graph: Graph, title: string, notes: readonly string[]): Generator<string> {
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(STYLE)}'`,
    `script-src '${hashOf(SCRIPT)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const picture = layOut(graph);
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${xml(title)}: who may talk to whom</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Who may talk to whom <span>${xml(title)}</span></h1>
<form id="filter">
<label>Filter <input id="words" type="search" placeholder="workload, namespace, port …" autocomplete="off"></label>
<label>Namespace <select id="namespace"><option value="">all</option>${namespacesOf(graph)
    .map((name) => `<option>${xml(name)}</option>`)
    .join('')}</select></label>
<label><input id="internet" type="checkbox"> from outside only</label>
<label><input id="certain" type="checkbox"> certain only</label>
<button id="clear" type="reset">Show all</button>
<output id="count"></output>
</form>
<ul class="legend"><li class="l-exposed">the internet may reach it</li><li class="l-open">nothing isolates it from incoming connections</li><li class="l-maybe">possible, not certain</li></ul>
${graph.collapsed ? '<p class="note">There are more connections than a picture can hold: namespaces stand for their workloads.</p>\n' : ''}${notes.map((note) => `<p class="note">${xml(note)}</p>\n`).join('')}</header>
<main>
<div class="picture"><svg id="picture" role="img" aria-label="Connections between workloads" viewBox="0 0 ${picture.width} ${picture.height}" width="${picture.width}" height="${picture.height}">
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker><marker id="arrow-red" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="red" d="M0 0L8 4L0 8z"/></marker></defs>
`;
  for (const { name, x, y, width, height } of picture.boxes) {
    yield `<g class="box" data-namespace="${xml(name)}"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/><text x="${x + 12}" y="${y + 20}">${xml(shorten(name, 30))}</text></g>\n`;
  }
  for (const [at, edge] of graph.edges.entries()) {
    const path = pathBetween(picture.places.get(edge.from)!, picture.places.get(edge.to)!);
    const classes = ['edge', edge.fromInternet ? 'red' : '', edge.uncertain ? 'maybe' : '']
      .filter((each) => each !== '')
      .join(' ');
    yield `<path class="${classes}" data-edge="${at}" d="${path}" marker-end="url(#arrow${edge.fromInternet ? '-red' : ''})"><title>${xml(describe(edge))}</title></path>\n`;
  }
  for (const [at, node] of graph.nodes.entries()) {
    const { x, y } = picture.places.get(node.id)!;
    const classes = ['node', node.kind, node.exposed ? 'exposed' : '', node.open ? 'open' : '']
      .filter((each) => each !== '')
      .join(' ');
    yield `<g class="${classes}" data-node="${at}" tabindex="0" role="button" aria-label="${xml(node.id)}"><rect x="${x}" y="${y}" width="${NODE_WIDTH}" height="${NODE_HEIGHT}" rx="${node.group === '' ? 13 : 5}"/><text x="${x + 10}" y="${y + 18}">${xml(shorten(node.label, 31))}</text><title>${xml(node.id)}</title></g>\n`;
  }
  yield `</svg></div>
<table><caption>Connections</caption><thead><tr><th scope="col">Source</th><th scope="col">Destination</th><th scope="col">Connection</th></tr></thead><tbody>
`;
  for (const [at, { from, to, label, fromInternet, uncertain }] of graph.edges.entries()) {
    const classes = [fromInternet ? 'red' : '', uncertain ? 'maybe' : ''].filter((each) => each !== '').join(' ');
    yield `<tr data-edge="${at}"${classes === '' ? '' : ` class="${classes}"`}><td>${xml(from)}</td><td>${xml(to)}</td><td>${xml(label)}</td></tr>\n`;
  }
  yield `</tbody></table>
</main>
<footer>kubesec-lint ${xml(TOOL_VERSION)}. A connection with ~ is possible and not certain. Policies have an effect only where the network plugin enforces them.</footer>
<script type="application/json" id="data">${jsonForHtml(dataOf(graph))}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const NODE_WIDTH = 262;
const NODE_HEIGHT = 26;
const GAP = 10;
const PADDING = 14;
const CHANNEL = 110;

interface Place {
  readonly x: number;
  readonly y: number;
}

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly {
    readonly name: string;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
  readonly places: ReadonlyMap<string, Place>;
}

/** What lies outside on the left, namespaces in columns beside it, the tallest first so that columns end alike. */
function layOut({ nodes }: Graph): Picture {
  const places = new Map<string, Place>();
  const groups = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    const own = groups.get(node.group);
    if (own === undefined) groups.set(node.group, [node]);
    else own.push(node);
  }
  const outside = groups.get('') ?? [];
  groups.delete('');
  outside.forEach((node, at) => {
    places.set(node.id, { x: PADDING, y: 40 + at * (NODE_HEIGHT + GAP) });
  });
  const boxWidth = NODE_WIDTH + 2 * PADDING;
  const sized = [...groups].map(([name, members]) => ({
    name,
    members,
    height: 34 + members.length * (NODE_HEIGHT + GAP) + PADDING - GAP,
  }));
  const total = sized.reduce((sum, { height }) => sum + height + 20, 0);
  const tallest = Math.max(0, ...sized.map(({ height }) => height));
  // About as wide as high, so that the page has to be moved in one direction only.
  const columns = Math.max(1, Math.min(sized.length, Math.round(Math.sqrt(total / (boxWidth + CHANNEL)))));
  const heights: number[] = Array.from({ length: columns }, () => 20);
  const left = outside.length === 0 ? 20 : NODE_WIDTH + 2 * PADDING + CHANNEL;
  const boxes: Picture['boxes'][number][] = [];
  for (const { name, members, height } of [...sized].sort(
    (a, b) => b.height - a.height || (a.name < b.name ? -1 : 1),
  )) {
    const column = heights.indexOf(Math.min(...heights));
    const x = left + column * (boxWidth + CHANNEL);
    const y = heights[column]!;
    boxes.push({ name, x, y, width: boxWidth, height });
    members.forEach((node, at) => {
      places.set(node.id, { x: x + PADDING, y: y + 34 + at * (NODE_HEIGHT + GAP) });
    });
    heights[column] = y + height + 20;
  }
  return {
    width: Math.round(left + (sized.length === 0 ? 0 : columns * (boxWidth + CHANNEL))),
    height: Math.round(Math.max(tallest + 40, 60 + outside.length * (NODE_HEIGHT + GAP), ...heights)),
    boxes,
    places,
  };
}

/** From the nearer side of one node to the nearer side of the other; within a column around its right edge. */
function pathBetween(from: Place, to: Place): string {
  const middle = NODE_HEIGHT / 2;
  if (from.x === to.x) {
    const x = from.x + NODE_WIDTH;
    const bend = Math.min(CHANNEL - 20, 24 + Math.abs(from.y - to.y) / 6);
    return `M${x} ${from.y + middle - 3}C${x + bend} ${from.y + middle - 3} ${x + bend} ${to.y + middle + 3} ${x} ${to.y + middle + 3}`;
  }
  const forward = from.x < to.x;
  const start = forward ? from.x + NODE_WIDTH : from.x;
  const end = forward ? to.x : to.x + NODE_WIDTH;
  const bend = (end - start) / 2;
  const lift = forward ? -4 : 4;
  return `M${start} ${from.y + middle + lift}C${start + bend} ${from.y + middle + lift} ${end - bend} ${to.y + middle + lift} ${end} ${to.y + middle + lift}`;
}

function dataOf({ nodes, edges }: Graph): object {
  const index = new Map(nodes.map(({ id }, at) => [id, at]));
  return {
    nodes: nodes.map(({ id, group, label, kind }) => ({
      text: plain(`${id} ${label}`).toLowerCase(),
      group: kind === 'namespace' ? plain(label) : plain(group),
    })),
    edges: edges.map(({ from, to, label, fromInternet, uncertain }) => [
      index.get(from),
      index.get(to),
      plain(label).toLowerCase(),
      fromInternet ? 1 : 0,
      uncertain ? 1 : 0,
    ]),
  };
}

function namespacesOf({ nodes }: Graph): readonly string[] {
  const names = nodes
    .map(({ group, kind, label }) => (kind === 'namespace' ? label : group))
    .filter((name) => name !== '');
  return [...new Set(names)].sort();
}

function describe({ from, to, label, uncertain }: GraphEdge): string {
  return `${from} => ${to} : ${label}${uncertain ? ' (possible)' : ''}`;
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Inside a script element nothing may look like its end or like a comment. */
function jsonForHtml(value: object): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #667085; --line: #98a2b3; --page: #fff; --box: #f6f7f9; --node: #fff; --open: #dfe3e8; --red: #c6281c; --redbg: #fdecea; --focus: #1f5fd0 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #9aa4b5; --line: #6b7588; --page: #12161d; --box: #1a2029; --node: #232b36; --open: #3a4452; --red: #ff7a6b; --redbg: #4a2422; --focus: #7fb0ff } }
* { box-sizing: border-box }
body { margin: 0; font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page) }
header { position: sticky; top: 0; left: 0; z-index: 1; padding: 12px 20px 8px; background: var(--page); border-bottom: 1px solid var(--line) }
h1 { margin: 0 0 8px; font-size: 18px }
h1 span { margin-left: .5em; font-weight: 400; color: var(--soft) }
form { display: flex; flex-wrap: wrap; gap: 8px 18px; align-items: center }
input[type=search] { width: 17em; max-width: 60vw }
input, select, button { font: inherit; color: inherit }
output { color: var(--soft) }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 8px 0 0; padding: 0; list-style: none; font-size: 13px; color: var(--soft) }
.legend li::before { content: ""; display: inline-block; width: 16px; height: 10px; margin-right: 6px; border: 1px solid var(--line); border-radius: 3px; vertical-align: -1px }
.legend .l-exposed::before { border-color: var(--red); background: var(--redbg) }
.legend .l-open::before { background: var(--open) }
.legend .l-maybe::before { height: 0; border: 0; border-top: 2px dashed var(--line); border-radius: 0; vertical-align: 3px }
.note { margin: 6px 0 0; font-size: 13px; color: var(--soft) }
.picture { overflow: auto; padding: 12px 20px }
svg text { font-size: 13px; fill: var(--ink) }
.box rect { fill: var(--box); stroke: var(--line) }
.box text { font-weight: 600 }
.node rect { fill: var(--node); stroke: var(--line) }
.node { cursor: pointer }
.node.open rect { fill: var(--open) }
.node.exposed rect { stroke: var(--red); fill: var(--redbg) }
.node:focus { outline: none }
.node:focus rect, .node.chosen rect { stroke: var(--focus); stroke-width: 2.5 }
.edge { fill: none; stroke: var(--line); stroke-width: 1.4 }
.edge.red { stroke: var(--red) }
.edge.maybe { stroke-dasharray: 5 4 }
.edge:hover { stroke-width: 3 }
marker path { fill: var(--line) }
marker path.red { fill: var(--red) }
.away { display: none }
table { margin: 8px 20px 20px; border-collapse: collapse; font-size: 14px }
caption { padding: 8px 0; text-align: left; font-weight: 600 }
th, td { padding: 4px 18px 4px 0; text-align: left; border-bottom: 1px solid var(--box); overflow-wrap: anywhere; vertical-align: top }
tr.red td:first-child { color: var(--red) }
tr.maybe { color: var(--soft) }
footer { padding: 10px 20px 24px; font-size: 13px; color: var(--soft) }
`;

const SCRIPT = `
'use strict';
(() => {
  const { nodes, edges } = JSON.parse(document.getElementById('data').textContent);
  const by = (id) => document.getElementById(id);
  const shapes = [...document.querySelectorAll('[data-node]')];
  const lines = edges.map((_, at) => document.querySelectorAll('[data-edge="' + at + '"]'));
  const boxes = [...document.querySelectorAll('[data-namespace]')];
  let chosen = -1;
  const apply = () => {
    const words = by('words').value.toLowerCase().split(/\\s+/).filter(Boolean);
    const namespace = by('namespace').value;
    const filtered = words.length > 0 || namespace !== '' || chosen !== -1 || by('internet').checked || by('certain').checked;
    const seen = new Set();
    let count = 0;
    edges.forEach(([from, to, label, internet, maybe], at) => {
      const text = nodes[from].text + ' ' + nodes[to].text + ' ' + label;
      const show = words.every((word) => text.includes(word))
        && (namespace === '' || nodes[from].group === namespace || nodes[to].group === namespace)
        && (chosen === -1 || from === chosen || to === chosen)
        && (!by('internet').checked || internet === 1)
        && (!by('certain').checked || maybe === 0);
      lines[at].forEach((line) => line.classList.toggle('away', !show));
      if (show) { count++; seen.add(from); seen.add(to); }
    });
    const groups = new Set();
    shapes.forEach((shape, at) => {
      const show = !filtered || seen.has(at) || at === chosen;
      shape.classList.toggle('away', !show);
      shape.classList.toggle('chosen', at === chosen);
      if (show) groups.add(nodes[at].group);
    });
    boxes.forEach((box) => box.classList.toggle('away', !groups.has(box.dataset.namespace)));
    by('count').textContent = count + ' of ' + edges.length + ' connections';
  };
  const choose = (at) => { chosen = chosen === at ? -1 : at; apply(); };
  shapes.forEach((shape, at) => {
    shape.addEventListener('click', () => choose(at));
    shape.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); choose(at); }
    });
  });
  by('filter').addEventListener('input', apply);
  by('filter').addEventListener('submit', (event) => event.preventDefault());
  by('filter').addEventListener('reset', () => { chosen = -1; setTimeout(apply); });
  apply();
})();
`;
