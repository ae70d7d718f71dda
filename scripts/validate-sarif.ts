/**
 * Holds SARIF files to the official schema and, where SARIF_MULTITOOL names its binary, to `@microsoft/sarif-multitool`
 * with the rules of code scanning: `npx tsx scripts/validate-sarif.ts report.sarif …`. The multitool alone accepts a
 * result without a message, hence both.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';

const {
  id: _,
  $schema: __,
  ...schema
} = createRequire(import.meta.url)('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);
const multitool = process.env['SARIF_MULTITOOL'];

for (const file of process.argv.slice(2)) {
  const valid = validate(JSON.parse(readFileSync(file, 'utf8')));
  console.log(`${file}: ${valid ? 'valid by the schema' : JSON.stringify(validate.errors)}`);
  if (!valid) process.exitCode = 1;
  if (multitool === undefined) continue;
  const env = { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' };
  const { stdout } = spawnSync(multitool, ['validate', file, '--rule-kind', 'Sarif;Ghas'], { encoding: 'utf8', env });
  const remarks = stdout.split('\n').filter((line) => /: (?:error|warning|note) /.test(line));
  for (const remark of remarks) console.log(`  ${remark}`);
  if (remarks.some((line) => line.includes(': error '))) process.exitCode = 1;
}
