import { basename, resolve } from 'node:path';
import { serviceUsesFact } from '../engine/facts/service-uses.ts';
import { openProject } from '../engine/lint.ts';
import { compile } from '../engine/plan.ts';
import { defineFact } from '../engine/project.ts';
import { parseCidr, unite } from '../k8s/cidr.ts';
import { differences } from '../k8s/network/diff.ts';
import type { EngineOptions } from '../k8s/network/engine.ts';
import { NETWORK_KINDS, type NetworkObject, readNetworkObject } from '../k8s/network/objects.ts';
import { buildNetworks, type Network, type NetworkItem, type Workload } from '../k8s/network/world.ts';
import type { Resource } from '../k8s/resource.ts';
import { plain } from '../reporters/plain.ts';
import { type Arguments, describeOptions, type OptionSpecs, oneOf, parseArguments } from './args.ts';
import { type Command, type Terminal, UsageError } from './command.ts';
import { explainConnection } from './network-explain.ts';
import { graphOf, writeDot, writeMermaid } from './network-graph.ts';
import { writeHtml } from './network-html.ts';
import { notesOf, type View } from './network-notes.ts';
import { writeSuggestions } from './network-suggest.ts';
import { writeCsv, writeDifference, writeJson, writeTable } from './network-table.ts';
import { openInput } from './open.ts';
import { writeOut, writeTo } from './output.ts';
import { readSettings, SETTINGS_OPTIONS, type Settings } from './settings.ts';

const FORMATS = ['table', 'csv', 'json', 'dot', 'mermaid', 'html'] as const;

const OPTIONS = {
  format: { short: 'f', value: 'FORMAT', text: `${FORMATS.join(', ')}; default table` },
  output: { short: 'o', value: 'FILE', text: 'where it goes' },
  focus: {
    value: 'WORKLOAD',
    text: 'only what this workload has a part in: NAME, NAMESPACE/NAME or NAMESPACE/; repeatable',
  },
  exposure: {
    text: 'also what the policies would allow to and from pods that are not in the input, and who is published',
  },
  explain: { value: 'SRC DST', text: 'which policies decide between two: workloads, an address, or "internet"' },
  diff: { value: 'OTHER_PATH', text: 'what PATH opens and closes against OTHER_PATH' },
  'fail-on-opened': { text: 'with --diff: exit status 1 where workloads that were there before can do more' },
  suggest: { text: 'write policies that close the namespaces and keep open what is known to be used' },
  namespace: { short: 'n', value: 'NAME', text: 'the namespace of objects that name none; default "default"' },
  'pod-cidr': { value: 'CIDR', text: 'addresses of pods, so that ipBlock peers can be judged; repeatable' },
  'ip-block-matches-pods': { value: 'HOW', text: 'never, may (default) or always: what the network plugin does' },
  'max-edges': { value: 'N', text: 'pictures with more connections show namespaces instead; default 300' },
  world: SETTINGS_OPTIONS.world,
  config: SETTINGS_OPTIONS.config,
  'no-config': SETTINGS_OPTIONS['no-config'],
  ignore: SETTINGS_OPTIONS.ignore,
  'stdin-filename': SETTINGS_OPTIONS['stdin-filename'],
  'allow-empty': { text: 'an input without any workload is no error' },
  quiet: { short: 'q', text: 'no notes about what is not evaluated' },
  help: { short: 'h', text: 'this page' },
} as const satisfies OptionSpecs;

/** Which workload may talk to which, by the policies of the input. */
export const command: Command = {
  get help() {
    return `kubesec-lint network [PATH…]

Which workload may talk to which, by NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy and
ClusterNetworkPolicy. PATH is a file, a folder, a pattern or - for standard input; default .

${describeOptions(OPTIONS)}
A connection with ~ behind it is possible and not certain: labels of a namespace that is not in the input, values of a
template, address blocks that may or may not reach pods, policies of other products. {ingress-controller} stands for
whatever serves the Ingresses, routes and Gateways of the input.

Exit status: 0 told · 1 with --fail-on-opened, something was opened · 2 wrong use or unreadable input
`;
  },
  run(argv, terminal) {
    const args = parseArguments(joinExplain(argv), OPTIONS);
    if (args.has('help')) {
      terminal.out(this.help);
      return 0;
    }
    const format = oneOf('--format', args.value('format') ?? 'table', FORMATS);
    const settings = readSettings(args, terminal);
    const engine = engineOptions(args);
    const opened = open(args, settings, terminal, args.positionals);
    const view: View = { ...opened, engine, focus: focusOf(args, opened.networks) };
    if (args.has('suggest')) return finish(writeSuggestions(view), args, terminal, opened.failed);
    const explain = args.value('explain');
    if (explain !== undefined) {
      const [source, destination] = explain.split('\u0000') as [string, string];
      return finish(explainConnection(view, source, destination), args, terminal, opened.failed);
    }
    const other = args.value('diff');
    if (other !== undefined) return compareWith(other, view, format, settings, args, terminal);

    if (view.networks.every(({ world }) => world.workloads.length === 0) && !args.has('allow-empty')) {
      terminal.err('kubesec-lint: the input holds no workload; --allow-empty takes that\n');
      return 2;
    }
    const notes = notesOf(view);
    if (!args.has('quiet')) for (const note of notes) terminal.err(`kubesec-lint: ${plain(note)}\n`);
    const most = numberOf(args, 'max-edges', 300);
    const exposure = args.has('exposure');
    switch (format) {
      case 'table':
        return finish(writeTable(view, exposure), args, terminal, opened.failed);
      case 'csv':
        return finish(writeCsv(view, exposure), args, terminal, opened.failed);
      case 'json':
        return finish(writeJson(view, exposure, notes), args, terminal, opened.failed);
      case 'dot':
        return finish(writeDot(graphOf(view, most)), args, terminal, opened.failed);
      case 'mermaid':
        return finish(writeMermaid(graphOf(view, most)), args, terminal, opened.failed);
      case 'html':
        return finish(writeHtml(graphOf(view, most), titleOf(args, terminal), notes), args, terminal, opened.failed);
    }
  },
};

interface Opened {
  readonly networks: readonly Network<Resource>[];
  readonly uses: View['uses'];
  /** Something could not be read. */
  readonly failed: boolean;
}

const itemsFact = defineFact<readonly NetworkItem<Resource>[], NetworkObject>({
  name: 'network-items',
  kinds: NETWORK_KINDS,
  pods: true,
  collect: readNetworkObject,
  compute: (_project, collected) =>
    collected.map(({ resource, data }) => ({ head: resource.head, data, ref: resource })),
});

function open(args: Arguments, settings: Settings, terminal: Terminal, paths: readonly string[]): Opened {
  // What cannot be parsed has to be told; nothing else of the rules is asked for.
  const rules = settings.rules.filter(({ id }) => id === 'yaml-syntax');
  const config = { ...settings.config, rules: { 'yaml-syntax': {} }, overrides: [] };
  const plan = compile(rules, config, { facts: [itemsFact, serviceUsesFact] });
  const input = openInput({ ...args, positionals: paths }, settings, terminal);
  const { project, results, problems, skipped } = openProject({ ...input, plan });
  let failed = false;
  for (const problem of problems) {
    failed = true;
    const reason = problem.kind === 'unreadable' ? problem.reason : problem.message;
    terminal.err(`kubesec-lint: ${plain(problem.file)}: ${plain(reason)}\n`);
  }
  for (const finding of results.flatMap(({ findings }) => findings)) {
    failed = true;
    const { line, column } = finding.range.start;
    terminal.err(`kubesec-lint: ${plain(finding.file)}:${line}:${column}: ${plain(finding.message)}\n`);
  }
  for (const { file, reason } of skipped) {
    if (reason.includes('template')) terminal.err(`kubesec-lint: ${plain(file)} was left out: ${plain(reason)}\n`);
  }
  const networks = buildNetworks(lastOfEach(project.fact(itemsFact), args, settings), {
    defaultNamespace: args.value('namespace') ?? settings.config.defaultNamespace,
    closed: settings.config.world === 'closed',
  });
  return { networks, uses: (resource, pod) => project.fact(serviceUsesFact).hostsOf(resource, pod), failed };
}

/** An object that is given twice stands as it was given last, as kubectl apply would leave it. */
function lastOfEach(
  items: readonly NetworkItem<Resource>[],
  args: Arguments,
  settings: Settings,
): readonly NetworkItem<Resource>[] {
  const unnamed = args.value('namespace') ?? settings.config.defaultNamespace;
  const last = new Map<string, number>();
  const keyOf = ({ head }: NetworkItem<Resource>, at: number): string =>
    head.name === '' || head.name.endsWith('*')
      ? `#${at}`
      : `${head.group}\n${head.kind}\n${head.namespace || unnamed}\n${head.name}`;
  items.forEach((item, at) => {
    last.set(keyOf(item, at), at);
  });
  return items.filter((item, at) => last.get(keyOf(item, at)) === at);
}

function compareWith(
  other: string,
  view: View,
  format: (typeof FORMATS)[number],
  settings: Settings,
  args: Arguments,
  terminal: Terminal,
): number {
  if (format !== 'table' && format !== 'csv' && format !== 'json') {
    throw new UsageError(`--diff is written as table, csv or json, not as ${format}`);
  }
  const before = open(args, settings, terminal, [other]);
  const difference = differences(before.networks, view.networks, view.engine);
  const status = finish(writeDifference(difference, format), args, terminal, view.failed || before.failed);
  const more = difference.changes.some(
    ({ kind, workloads }) => workloads.length === 0 && kind !== 'closed' && kind !== 'narrowed',
  );
  return status === 0 && args.has('fail-on-opened') && more ? 1 : status;
}

function finish(pieces: Iterable<string>, args: Arguments, terminal: Terminal, failed: boolean): number {
  const file = args.value('output');
  if (file === undefined) writeOut(pieces, terminal);
  else writeTo(file, pieces, terminal);
  return failed ? 2 : 0;
}

/** `--explain` takes two words. */
function joinExplain(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf('--explain');
  if (at === -1) return argv;
  const [source, destination] = [argv[at + 1], argv[at + 2]];
  if (source === undefined || destination === undefined || source.startsWith('--') || destination.startsWith('--')) {
    throw new UsageError('--explain needs a source and a destination: --explain shop/web shop/db');
  }
  return [...argv.slice(0, at), `--explain=${source}\u0000${destination}`, ...argv.slice(at + 3)];
}

function engineOptions(args: Arguments): EngineOptions {
  const how = oneOf('--ip-block-matches-pods', args.value('ip-block-matches-pods') ?? 'may', [
    'never',
    'may',
    'always',
  ]);
  const cidrs = args.values('pod-cidr').map((text) => {
    const cidr = parseCidr(text);
    if (cidr === undefined) throw new UsageError(`--pod-cidr "${text}" is no CIDR block`);
    return cidr;
  });
  return { ipBlockMatchesPods: how, ...(cidrs.length === 0 ? {} : { podCidrs: unite(cidrs) }) };
}

function focusOf(
  args: Arguments,
  networks: readonly Network<Resource>[],
): ((workload: Workload<Resource>) => boolean) | undefined {
  const wanted = args.values('focus');
  if (wanted.length === 0) return undefined;
  const means =
    (text: string) =>
    ({ id, name, namespace }: Workload<Resource>): boolean =>
      text === id ||
      text === name ||
      text === `${namespace.name}/${name}` ||
      (text.endsWith('/') && text === `${namespace.name}/`);
  for (const text of wanted) {
    if (!networks.some(({ world }) => world.workloads.some(means(text)))) {
      throw new UsageError(`--focus "${text}" is no workload of the input`);
    }
  }
  return (workload) => wanted.some((text) => means(text)(workload));
}

function numberOf(args: Arguments, option: string, usual: number): number {
  const text = args.value(option);
  if (text === undefined) return usual;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new UsageError(`--${option} "${text}" is no number`);
  return number;
}

function titleOf(args: Arguments, terminal: Terminal): string {
  const paths = args.positionals.length === 0 ? ['.'] : args.positionals;
  return paths.map((path) => basename(resolve(terminal.cwd, path)) || path).join(', ');
}
