import type { Graph } from './network-graph.ts';

export function* writeHtml(_graph: Graph, _title: string, _notes: readonly string[]): Generator<string> {}
