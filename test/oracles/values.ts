import { spawnSync } from 'node:child_process';
import { isFault, parseImage } from '../../src/k8s/image.ts';
import { parseQuantity } from '../../src/k8s/quantity.ts';
import { Random } from '../yaml/random-yaml.ts';

// Random image references and quantities, read by us and by Kubernetes' own libraries (test/oracles/go-values, built to
// values/bin/values-oracle below KUBESEC_LINT_ORACLES): tsx test/oracles/values.ts [SEED] [COUNT]
const [seed = '1', count = '200000'] = process.argv.slice(2);
const random = new Random(Number(seed));
const texts = (make: () => string) => Array.from({ length: Number(count) }, make);

const SEGMENTS =
  'a nginx app A MyApp foo_bar foo__bar foo___bar foo--bar foo- -foo foo. foo..bar my_reg.local localhost example.com Example EXAMPLE.com [::1] [fe80::1] [::g] 127.0.0.1 docker.io index.docker.io library x-y.z é É _ a_ 1 1.2 a.b_c.d'
    .split(' ')
    .concat('');
const SEPARATORS = ['/', '/', '/', '/', ':', '@', ':5000/', '.', '-', ' ', '//', ':5000', '\t', '\n'];
const TAGS = ['1', 'latest', '', 'v_1', '-x', '.x', 'a'.repeat(128), 'a'.repeat(129), 'x y', 'A.B-c', '1:2'];
const DIGITS = [
  '',
  '0',
  '00',
  '1',
  '12',
  '100',
  '1000',
  '999999',
  '0000',
  '0123',
  '123456789012345678',
  '9223372036854775807',
  '9223372036854775808',
];
const SUFFIXES =
  '  m n u k K M G T P E Ki Mi Gi Ti Pi Ei e3 E3 e-3 E+2 e e- i ni KiB e30 e-30 Mi1 x 1 -1 E0 e00 ee1 e99999999999999999999'.split(
    ' ',
  );

const differing =
  compare('image', texts(image), (text) => {
    const read = parseImage(text);
    if (isFault(read)) return null;
    const { domain, path, tag, digest } = read;
    return { ...(digest === undefined ? {} : { digest }), domain, path, ...(tag === undefined ? {} : { tag }) };
  }) +
  compare('quantity', texts(quantity), (text) => {
    const read = parseQuantity(text);
    return read === undefined ? null : { format: read.format, nano: String(read.nano) };
  });
process.exitCode = differing === 0 ? 0 : 1;

function compare(what: string, asked: readonly string[], read: (text: string) => unknown): number {
  const folder = process.env['KUBESEC_LINT_ORACLES'];
  if (folder === undefined) throw new Error('KUBESEC_LINT_ORACLES names no folder with values/bin/values-oracle');
  const input = `${asked.map((text) => JSON.stringify(text)).join('\n')}\n`;
  const run = spawnSync(`${folder}/values/bin/values-oracle`, [what], { input, maxBuffer: 1 << 30, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`values-oracle: ${run.error?.message ?? run.stderr}`);
  const answers = run.stdout.split('\n');
  let valid = 0;
  const shown = new Set<string>();
  asked.forEach((text, index) => {
    const answer = answers[index]!;
    if (answer !== 'null') valid++;
    if (JSON.stringify(read(text)) !== answer)
      shown.add(`${JSON.stringify(text)} is ${JSON.stringify(read(text))}, expected ${answer}`);
  });
  for (const line of [...shown].slice(0, 20)) console.log(line);
  console.log(`seed ${seed}: ${asked.length} of ${what}, ${valid} of them valid, ${shown.size} disagreements`);
  return shown.size;
}

function image(): string {
  const hex = (length: number) => Array.from({ length }, () => random.pick([...'0123456789abcdef'])).join('');
  if (random.chance(0.02)) return hex(64);
  let text = '';
  const parts = 1 + random.below(4);
  for (let part = 0; part < parts; part++) {
    text += random.pick(SEGMENTS);
    if (part < parts - 1 || random.chance(0.2)) text += random.pick(SEPARATORS);
  }
  if (random.chance(0.02)) text += `/${'a'.repeat(random.below(300))}`;
  if (random.chance(0.3)) text += `:${random.pick(TAGS)}`;
  if (random.chance(0.3)) {
    const digits = random.pick([hex(64), hex(63), hex(32), hex(128), hex(96), hex(64).toUpperCase(), '']);
    text += `@${random.pick(['sha256:', 'sha256:', 'sha512:', 'sha384:', 'md5:', 'SHA256:', 'sha256+b64:', ''])}${digits}`;
  }
  return text;
}

function quantity(): string {
  const digits = () => random.pick(DIGITS);
  const sign = random.pick(['', '', '', '-', '+']);
  return `${sign}${digits()}${random.chance(0.3) ? `.${digits()}` : ''}${random.pick(SUFFIXES)}`;
}
