import { spawnSync } from 'node:child_process';
import { flagType } from '../../src/k8s/control-plane/flag-table.ts';
import { parseBool } from '../../src/k8s/control-plane/flags.ts';
import { podComponents } from '../../src/k8s/control-plane/read-components.ts';
import { podTemplates } from '../../src/k8s/kinds.ts';
import { readResources } from '../../src/k8s/read-resources.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { parse } from '../../src/yaml/parse.ts';
import { Random } from '../yaml/random-yaml.ts';

// Random command lines of kube-apiserver, read by us and by its own flag set (test/oracles/go-config, built to
// config/bin/config-oracle below KUBESEC_LINT_ORACLES): tsx test/oracles/flags.ts [SEED] [COUNT]
const [seed = '1', count = '20000'] = process.argv.slice(2);
const random = new Random(Number(seed));
const folder = process.env['KUBESEC_LINT_ORACLES'];
if (folder === undefined) throw new Error('KUBESEC_LINT_ORACLES names no folder with config/bin/config-oracle');

const BOOLEANS = ['anonymous-auth', 'profiling', 'service-account-lookup'];
const LISTS = ['authorization-mode', 'enable-admission-plugins', 'service-account-issuer', 'etcd-servers'];
const TEXTS = ['audit-log-path', 'cert-dir', 'client-ca-file', 'token-auth-file'];
const VALUES = [
  'a',
  '/etc/x',
  'a,b',
  '',
  '-',
  '--',
  '"a"',
  '"a,b",c',
  "'a'",
  'a=b',
  'true',
  '-x',
  '--profiling',
  'https://a:1',
];
const WORDS = ['true', 'false', 'True', 'T', '0', 'no', 'yes', 'off', '', 'FALSE', 'tRUE'];

const asked = Array.from({ length: Number(count) }, argv);
const input = asked.map((each, id) => `${JSON.stringify({ id, kind: 'kube-apiserver', argv: each })}\n`).join('');
const run = spawnSync(`${folder}/config/bin/config-oracle`, { input, maxBuffer: 1 << 30, encoding: 'utf8' });
if (run.status !== 0) throw new Error(`config-oracle: ${run.error?.message ?? run.stderr}`);
let [same, started, shown] = [0, 0, 0];
for (const [index, line] of run.stdout.trim().split('\n').entries()) {
  const theirs: { loads: boolean; errors: string[] | null; set?: Record<string, string | string[]> } = JSON.parse(line);
  const ours = read(asked[index]!);
  const agree =
    theirs.loads === ours.starts &&
    (!theirs.loads || sorted(withoutEmpty(theirs.set ?? {})) === sorted(withoutEmpty(ours.set)));
  if (theirs.loads) started++;
  if (agree) same++;
  else if (shown++ < 5) {
    console.log(
      `${JSON.stringify(asked[index])}\n  ours   ${ours.starts} ${sorted(ours.set)}\n  theirs ${theirs.errors?.join('; ') ?? ''} ${sorted(theirs.set ?? {})}`,
    );
  }
}
console.log(`${same} of ${asked.length} the same, ${started} of them start`);
process.exitCode = same === asked.length ? 0 : 1;

function read(argv: readonly string[]): {
  readonly starts: boolean;
  readonly set: Record<string, string | readonly string[]>;
} {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    spec: { containers: [{ name: 'c', command: ['kube-apiserver', ...argv] }] },
  };
  const [resource] = readResources(parse(new SourceFile('a.json', JSON.stringify(pod)))[0]!, podTemplates());
  const [view] = podComponents(resource!, resource!.pods[0]!);
  const set: Record<string, string | readonly string[]> = {};
  // The usage of --help ends the component, and what is read of it is of no interest.
  if (view === undefined) return { starts: false, set };
  for (const name of view.names) {
    const type = flagType('kube-apiserver', name);
    const { value } = view.flag(name)!;
    // Every occurrence of an array is one value, commas and quotes included.
    if (name === 'service-account-issuer') set[name] = view.all(name).map((flag) => flag.value);
    else if (type === 'list') set[name] = view.words(name).map(({ text }) => text);
    else set[name] = type === 'bool' ? String(parseBool(value)) : value;
  }
  // The other faults are values that are lost on the way, and no errors of the flag set.
  const starts = !view.faults.some(({ kind }) => kind !== 'joined' && kind !== 'quoted');
  return { starts, set };
}

/** A value that is empty is sometimes lost where the flag set gives its values back. */
function withoutEmpty(set: Readonly<Record<string, string | readonly string[]>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(set).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : value.filter((each) => each !== ''),
    ]),
  );
}

function argv(): readonly string[] {
  return Array.from({ length: random.below(5) }, word).flat();
}

function word(): readonly string[] {
  const name = written(random.pick([...BOOLEANS, ...LISTS, ...TEXTS]));
  const value = BOOLEANS.includes(name.replaceAll('_', '-')) ? random.pick(WORDS) : random.pick(VALUES);
  if (random.chance(0.6)) return [`--${name}=${value}`];
  if (random.chance(0.5)) return [`--${name}`, value];
  return random.pick([[`--${name}`], [`-${name}=${value}`], [value], ['-v', '2'], ['-v=2'], ['--v=2'], ['--']]);
}

function written(name: string): string {
  return random.chance(0.1) ? name.replaceAll('-', '_') : name;
}

function sorted(set: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(set).sort(([a], [b]) => (a < b ? -1 : 1)));
}
