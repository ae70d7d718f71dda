import { readFileSync, writeFileSync } from 'node:fs';
import { askServer } from '../yaml/server.ts';
import { SNIPPETS } from '../yaml/snippets.ts';
import { suiteTexts } from '../yaml/suite.ts';

// What the server's own library makes of every snippet and of the YAML project's test suite, as recorded in
// test/fixtures/yaml; `--write` records it anew: tsx test/oracles/yaml-table.ts --write
const texts = new Map(SNIPPETS.flatMap((group) => group.texts).map((text) => [text, text]));
const tables = [
  { name: 'server.json', texts },
  { name: 'suite.json', texts: suiteTexts() },
];
let isRecorded = true;
for (const { name, texts } of tables) {
  const file = new URL(`../fixtures/yaml/${name}`, import.meta.url);
  const table = makeTable(texts);
  if (process.argv.includes('--write')) writeFileSync(file, table);
  const same = readFileSync(file, 'utf8') === table;
  isRecorded &&= same;
  console.log(`${name}: ${texts.size} texts, ${same ? 'as recorded' : 'not as recorded'}`);
}
process.exitCode = isRecorded ? 0 : 1;

function makeTable(texts: ReadonlyMap<string, string>): string {
  const answers = askServer([...texts.values()]);
  const lines = [...texts.keys()].map((name, index) => {
    // Of an error only that there is one.
    const answer = answers[index]!.line.replace(/,"error":".*"\}$/, ',"error":true}');
    return `  {"text":${ascii(JSON.stringify(name))},"answer":${ascii(answer)}}`;
  });
  return `[\n${lines.join(',\n')}\n]\n`;
}

function ascii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
