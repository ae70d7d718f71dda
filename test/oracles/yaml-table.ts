import { readFileSync, writeFileSync } from 'node:fs';
import { askServer } from '../yaml/server.ts';
import { SNIPPETS } from '../yaml/snippets.ts';

// What the server's own library makes of every snippet, as recorded in test/fixtures/yaml/server.json; `--write`
// records it anew: tsx test/oracles/yaml-table.ts --write
const TABLE = new URL('../fixtures/yaml/server.json', import.meta.url);
const texts = SNIPPETS.flatMap((group) => group.texts);
const answers = askServer(texts);
const lines = texts.map((text, index) => {
  // Of an error only that there is one.
  const answer = answers[index]!.line.replace(/,"error":".*"\}$/, ',"error":true}');
  return `  {"text":${ascii(JSON.stringify(text))},"answer":${ascii(answer)}}`;
});
const table = `[\n${lines.join(',\n')}\n]\n`;
if (process.argv.includes('--write')) writeFileSync(TABLE, table);
const isRecorded = readFileSync(TABLE, 'utf8') === table;
console.log(`${lines.length} snippets, ${isRecorded ? 'as recorded' : 'not as recorded'}`);
process.exitCode = isRecorded ? 0 : 1;

function ascii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
