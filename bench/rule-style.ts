/**
 * What a rule that does not fire costs a container, in the two styles that were weighed: over nodes, and over plain
 * values with nodes made only to report. `npx tsx bench/rule-style.ts`; the figures are in docs/decisions.
 */
import { SourceFile } from '../src/text/source-file.ts';
import type { AnyNode } from '../src/yaml/node.ts';
import { parse } from '../src/yaml/parse.ts';
import { isMap, type Value } from '../src/yaml/value.ts';

const RULES = 100;
const KEYS = ['privileged', 'allowPrivilegeEscalation', 'readOnlyRootFilesystem', 'procMount', 'runAsNonRoot'];

const manifest = Array.from({ length: 200 }, (_, index) => container(index)).join('');
const [document] = parse(new SourceFile('bench.yaml', `containers:\n${manifest}`));
const nodes = document!.root.get('containers').items() as readonly AnyNode[];
const values = (document!.value as { containers: readonly Value[] }).containers;

for (let round = 0; round < 3; round++) {
  const [byNode, nodeHits] = time(() => {
    let hits = 0;
    for (const node of nodes) {
      for (let rule = 0; rule < RULES; rule++) {
        if (node.get('securityContext').get(KEYS[rule % KEYS.length]!).boolean === true) hits++;
      }
    }
    return hits;
  });
  const [byValue, valueHits] = time(() => {
    let hits = 0;
    for (const value of values) {
      for (let rule = 0; rule < RULES; rule++) {
        if (!isMap(value)) continue;
        const context = value['securityContext'];
        if (isMap(context) && context[KEYS[rule % KEYS.length]!] === true) hits++;
      }
    }
    return hits;
  });
  if (nodeHits !== valueHits) throw new Error('the two styles disagree');
  const perRule = (ms: number) => ((ms * 1e6) / (nodes.length * RULES * 50)).toFixed(1);
  console.log(`nodes ${perRule(byNode)} ns, values ${perRule(byValue)} ns a rule and container`);
}

function time(run: () => number): [number, number] {
  let hits = 0;
  const start = performance.now();
  for (let repeat = 0; repeat < 50; repeat++) hits = run();
  return [performance.now() - start, hits];
}

function container(index: number): string {
  const lines = [`- name: c${index}`, `  image: registry.example.com/app:${index}`];
  if (index % 2 === 0)
    lines.push('  securityContext:', '    runAsNonRoot: true', '    allowPrivilegeEscalation: false');
  if (index % 3 === 0) lines.splice(1, 0, '  ports:', '    - containerPort: 8080');
  return `${lines.join('\n')}\n`;
}
