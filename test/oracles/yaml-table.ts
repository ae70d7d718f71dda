import { writeFileSync } from 'node:fs';
import { SNIPPETS } from '../yaml/snippets.ts';
import { askServer } from './yaml-server.ts';

// Writes what the server's own library makes of every snippet: npx tsx test/oracles/yaml-table.ts
const texts = SNIPPETS.flatMap((group) => group.texts);
const answers = askServer(texts);
const lines = texts.map((text, index) => {
  // Of an error only that there is one.
  const answer = answers[index]!.line.replace(/,"error":".*"\}$/, ',"error":true}');
  return `  {"text":${ascii(JSON.stringify(text))},"answer":${ascii(answer)}}`;
});
writeFileSync('test/fixtures/yaml/server.json', `[\n${lines.join(',\n')}\n]\n`);
console.log(`${lines.length} snippets`);

function ascii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
