import { openProject } from '../engine/lint.ts';
import { compile } from '../engine/plan.ts';
import { type Collected, defineFact, type Fact } from '../engine/project.ts';
import type { PodView } from '../k8s/pod.ts';
import {
  BUILT_IN_CONFIGURATION,
  CONFIGURATION_KIND,
  type PodSecurityConfiguration,
  readPodSecurityConfiguration,
} from '../k8s/pod-security/configuration.ts';
import { LABEL_PREFIX } from '../k8s/pod-security/labels.ts';
import { compareLevels, LEVELS, type Level } from '../k8s/pod-security/level.ts';
import { createResponder } from '../k8s/pod-security/requests.ts';
import { createAssessor, type Standing } from '../k8s/pod-security/standing.ts';
import type { Resource, ResourceId } from '../k8s/resource.ts';
import { minorOf } from '../k8s/version.ts';
import { type Paint, paint } from '../reporters/color.ts';
import { plain, plainJson } from '../reporters/plain.ts';
import type { Range } from '../text/source-file.ts';
import type { AnyNode } from '../yaml/node.ts';
import { type Arguments, describeOptions, type OptionSpecs, oneOf, parseArguments } from './args.ts';
import { type Command, type Terminal, UsageError } from './command.ts';
import { openInput } from './open.ts';
import { writeOut, writeTo } from './output.ts';
import { requestLines } from './requests.ts';
import { readSettings, SETTINGS_OPTIONS } from './settings.ts';
import { TOOL_VERSION } from './version.ts';

const OPTIONS = {
  level: {
    short: 'l',
    value: 'LEVEL',
    text: 'baseline or restricted: what keeps workloads from it; exit status 1 if any',
  },
  'kubernetes-version': SETTINGS_OPTIONS['kubernetes-version'],
  format: { short: 'f', value: 'FORMAT', text: 'text (default) or json' },
  output: { short: 'o', value: 'FILE', text: 'where the report goes' },
  requests: {
    value: 'FILE',
    text: 'answer requests, one JSON a line, instead of reading manifests; - for standard input',
  },
  config: SETTINGS_OPTIONS.config,
  'no-config': SETTINGS_OPTIONS['no-config'],
  ignore: SETTINGS_OPTIONS.ignore,
  'stdin-filename': SETTINGS_OPTIONS['stdin-filename'],
  'allow-empty': { text: 'no manifest in the input is no error' },
  'no-color': { text: 'no colours' },
  help: { short: 'h', text: 'this page' },
} as const satisfies OptionSpecs;

/** Which Pod Security level each workload meets, what keeps it from the next, and which label its namespace could bear. */
export const command: Command = {
  get help() {
    return `kubesec-lint pod-security [PATH…]

The Pod Security level that each workload reaches, and what keeps it from the next: the answers of the admission plugin
of the API server. PATH is a file, a folder, a pattern or - for standard input; default .

${describeOptions(OPTIONS)}
With --requests each line is {"id", "level", "version", "pod"}, and each answer {"id", "allowed", "failed": [{"id", …}]}.

Exit status: 0 read and told · 1 with --level, some workload does not meet it or cannot be judged · 2 wrong use or unreadable input
`;
  },
  run(argv, terminal) {
    const args = parseArguments(argv, OPTIONS);
    if (args.has('help')) {
      terminal.out(this.help);
      return 0;
    }
    const wanted = args.value('level');
    const level = wanted === undefined ? undefined : oneOf('--level', wanted, LEVELS);
    const format = oneOf('--format', args.value('format') ?? 'text', ['text', 'json']);
    if (args.has('requests')) return answerRequests(args, level, terminal);
    return assess(args, level, format, terminal);
  },
};

// ── manifests ────────────────────────────────────────────────────────────────────────────────────────────────────

interface Entry {
  readonly resource: ResourceId;
  readonly file: string;
  readonly range: Range;
  /** Where the pod stands in its resource, for those that hold several. */
  readonly pod: string | undefined;
  readonly runtimeClass: string | undefined;
  readonly level: Level;
  readonly violations: readonly {
    readonly level: Level;
    readonly check: string;
    readonly message: string;
    readonly range: Range;
  }[];
  readonly undecided: readonly { readonly message: string; readonly range: Range }[];
}

type Piece =
  | { readonly kind: 'workloads'; readonly entries: readonly Entry[] }
  | { readonly kind: 'namespace'; readonly name: string; readonly enforce: string | undefined }
  | { readonly kind: 'configuration'; readonly configuration: PodSecurityConfiguration };

function assess(args: Arguments, level: Level | undefined, format: 'text' | 'json', terminal: Terminal): number {
  const settings = readSettings(args, terminal);
  const { kubernetesVersion } = settings.config;
  const fact = standingFact(minorOf(kubernetesVersion));
  // What cannot be parsed has to be told; nothing else of the rules is asked for.
  const rules = settings.rules.filter(({ id }) => id === 'yaml-syntax');
  const config = { ...settings.config, rules: { 'yaml-syntax': {} }, overrides: [] };
  const plan = compile(rules, config, { facts: [fact] });
  const input = openInput(args, settings, terminal);
  const { project, results, problems, skipped } = openProject({ ...input, plan });
  const pieces = project.fact(fact);
  const configuration = configurationOf(pieces);
  const entries = pieces
    .flatMap((piece) => (piece.kind === 'workloads' ? piece.entries : []))
    .map((entry) => (level === undefined ? entry : only(entry, level)));
  const namespaces = summarize(entries, pieces, configuration);

  let unreadable = false;
  for (const problem of problems) {
    unreadable = true;
    const reason = problem.kind === 'unreadable' ? problem.reason : problem.message;
    terminal.err(`kubesec-lint: ${plain(problem.file)}: ${plain(reason)}\n`);
  }
  for (const finding of results.flatMap((result) => result.findings)) {
    unreadable = true;
    const { line, column } = finding.range.start;
    terminal.err(`kubesec-lint: ${plain(finding.file)}:${line}:${column}: ${plain(finding.message)}\n`);
  }
  for (const { file, reason } of skipped) {
    // Other files are not meant to be manifests; these are, and were not judged.
    if (reason.includes('template')) terminal.err(`kubesec-lint: ${plain(file)} was left out: ${plain(reason)}\n`);
  }
  if (results.length === 0 && problems.length === 0 && !args.has('allow-empty')) {
    terminal.err('kubesec-lint: the input holds no Kubernetes manifest; --allow-empty takes that\n');
    unreadable = true;
  }
  const file = args.value('output');
  const colors = paint(
    file === undefined && terminal.stdoutIsTTY && !args.has('no-color') && (terminal.env['NO_COLOR'] ?? '') === '',
  );
  const text =
    format === 'json'
      ? jsonReport(entries, namespaces, kubernetesVersion)
      : textReport(entries, namespaces, level, colors);
  if (file === undefined) writeOut(text, terminal);
  else writeTo(file, text, terminal);
  if (unreadable) return 2;
  const met = (entry: Entry) => entry.undecided.length === 0 && compareLevels(entry.level, level ?? 'privileged') >= 0;
  return level === undefined || entries.every(met) ? 0 : 1;
}

/** All that the report needs, taken while the trees are at hand. */
function standingFact(server: number): Fact<readonly Piece[], Piece> {
  const standingOf = createAssessor(server);
  return defineFact<readonly Piece[], Piece>({
    name: 'pod-security-standing',
    pods: true,
    kinds: ['Namespace', CONFIGURATION_KIND],
    collect(resource): Piece | undefined {
      if (resource.groupKind === 'Namespace') {
        const label = resource.metadata.get('labels').get(`${LABEL_PREFIX}enforce`);
        return { kind: 'namespace', name: resource.head.name, enforce: label.string };
      }
      if (resource.groupKind === CONFIGURATION_KIND) {
        const configuration = readPodSecurityConfiguration(resource.root);
        return configuration === undefined ? undefined : { kind: 'configuration', configuration };
      }
      // A SidecarSet is only a part of pods that are written elsewhere.
      const pods = resource.pods.filter((pod) => !pod.partial);
      return {
        kind: 'workloads',
        entries: pods.map((pod) => entryOf(resource, pod, pods.length > 1, standingOf(pod))),
      };
    },
    compute: (_project, collected: readonly Collected<Piece>[]) => collected.map(({ data }) => data),
  });
}

function entryOf(resource: Resource, pod: PodView, several: boolean, standing: Standing): Entry {
  const { group, version, kind, namespace, name } = resource.head;
  const named = resource.metadata.get('name');
  return {
    resource: { group, version, kind, namespace, name },
    file: resource.file.path,
    range: rangeOf(named.present ? named : resource.root.at(['kind'])),
    pod: several ? pod.spec.path : undefined,
    runtimeClass: pod.spec.get('runtimeClassName').string,
    level: standing.level,
    violations: standing.obstacles.map(({ level, check, message, node }) => ({
      level,
      check,
      message,
      range: rangeOf(node),
    })),
    undecided: standing.undecided.map(({ message, node }) => ({ message, range: rangeOf(node) })),
  };
}

/** A whole mapping or list is no place to look at; its key is. */
function rangeOf(node: AnyNode): Range {
  return node.document.file.range(node.isMap || node.isList ? node.anchor : node.span);
}

/** What stands between a workload and one level; what the levels above ask for is not of interest. */
function only(entry: Entry, level: Level): Entry {
  return { ...entry, violations: entry.violations.filter((each) => compareLevels(each.level, level) <= 0) };
}

function configurationOf(pieces: readonly Piece[]): PodSecurityConfiguration {
  const found = pieces.flatMap((piece) => (piece.kind === 'configuration' ? [piece.configuration] : []));
  const agreed = found.every((each) => JSON.stringify(each) === JSON.stringify(found[0]));
  return agreed ? (found[0] ?? BUILT_IN_CONFIGURATION) : BUILT_IN_CONFIGURATION;
}

// ── namespaces ───────────────────────────────────────────────────────────────────────────────────────────────────

interface NamespaceSummary {
  readonly namespace: string;
  /** The strictest level that all its workloads meet. */
  readonly level: Level;
  readonly workloads: number;
  /** How many of them could not be judged in full. */
  readonly undecided: number;
  /** Those that keep it from the next level. */
  readonly obstacles: readonly string[];
  /** Not looked at by admission, by its configuration. */
  readonly exempt: boolean;
  /** What its manifest enforces today. */
  readonly enforces: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

function summarize(
  entries: readonly Entry[],
  pieces: readonly Piece[],
  { exemptNamespaces, exemptRuntimeClasses }: PodSecurityConfiguration,
): readonly NamespaceSummary[] {
  const enforced = new Map<string, string | undefined>();
  for (const piece of pieces)
    if (piece.kind === 'namespace' && piece.name !== '') enforced.set(piece.name, piece.enforce);
  const byNamespace = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.runtimeClass !== undefined && exemptRuntimeClasses.includes(entry.runtimeClass)) continue;
    const own = byNamespace.get(entry.resource.namespace);
    if (own === undefined) byNamespace.set(entry.resource.namespace, [entry]);
    else own.push(entry);
  }
  return [...byNamespace]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, own]) => {
      const level = LEVELS.find((each) => own.some((entry) => entry.level === each))!;
      return {
        namespace,
        level,
        workloads: own.length,
        undecided: own.filter((entry) => entry.undecided.length > 0).length,
        obstacles: level === 'restricted' ? [] : own.filter((entry) => entry.level === level).map(nameOf),
        exempt: exemptNamespaces.includes(namespace),
        enforces: enforced.get(namespace),
        labels: labelsFor(level),
      };
    });
}

/** Enforce what is met, and warn of what comes next. */
function labelsFor(level: Level): Readonly<Record<string, string>> {
  const next = level === 'privileged' ? 'baseline' : 'restricted';
  return {
    ...(level === 'privileged' ? {} : { [`${LABEL_PREFIX}enforce`]: level }),
    [`${LABEL_PREFIX}warn`]: next,
    [`${LABEL_PREFIX}audit`]: next,
  };
}

// ── reports ──────────────────────────────────────────────────────────────────────────────────────────────────────

function* textReport(
  entries: readonly Entry[],
  namespaces: readonly NamespaceSummary[],
  wanted: Level | undefined,
  colors: Paint,
): Iterable<string> {
  if (entries.length === 0) {
    yield 'no workloads\n';
    return;
  }
  const rows = entries.map((entry) => [
    plain(entry.resource.namespace === '' ? '-' : entry.resource.namespace),
    plain(nameOf(entry)),
    entry.level + (entry.undecided.length > 0 ? '?' : ''),
    blockers(entry, wanted),
  ]);
  const header = [
    'NAMESPACE',
    'WORKLOAD',
    'LEVEL',
    wanted === undefined ? 'THE NEXT LEVEL LACKS' : `${wanted.toUpperCase()} LACKS`,
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...[header, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[], mark: (level: string) => string) =>
    `${row[0]!.padEnd(widths[0]!)}  ${row[1]!.padEnd(widths[1]!)}  ${mark(row[2]!.padEnd(widths[2]!))}  ${row[3]!}`.trimEnd();
  yield `${colors.strong(line(header, (text) => text))}\n`;
  for (const row of rows) yield `${line(row, (level) => tint(level, colors))}\n`;

  for (const entry of entries) {
    const next = wanted ?? nextLevel(entry.level);
    const lacking = entry.violations.filter((each) => compareLevels(each.level, next) <= 0);
    if (lacking.length === 0 && entry.undecided.length === 0) continue;
    const { start } = entry.range;
    yield `\n${colors.strong(plain(nameOf(entry)))} ${colors.faint(plain(`${entry.file}:${start.line}`))}\n`;
    for (const { level, check, message, range } of lacking) {
      yield `  ${place(range)}  ${level.padEnd(10)}  ${check}: ${plain(message)}\n`;
    }
    for (const { message, range } of entry.undecided) yield `  ${place(range)}  undecided   ${plain(message)}\n`;
  }

  yield `\n${colors.strong('Namespaces')}\n`;
  for (const summary of namespaces) yield* namespaceLines(summary, colors);
}

function* namespaceLines(summary: NamespaceSummary, colors: Paint): Iterable<string> {
  const { namespace, level, workloads, undecided, obstacles, exempt, enforces, labels } = summary;
  const name = namespace === '' ? 'no namespace given' : plain(namespace);
  const count = `${workloads} workload${workloads === 1 ? '' : 's'}`;
  const today = enforces === undefined ? '' : `; enforces ${plain(enforces)} today`;
  const left = exempt ? '; exempt by the configuration of the API server' : '';
  const open = undecided === 0 ? '' : `; ${undecided} could not be judged in full`;
  yield `  ${name}: ${tint(level, colors)} is what ${workloads === 1 ? 'its workload meets' : `all ${count} meet`}${open}${today}${left}\n`;
  if (obstacles.length > 0) {
    const shown = obstacles.slice(0, 5).map(plain).join(', ');
    const more = obstacles.length > 5 ? ` and ${obstacles.length - 5} more` : '';
    yield `    ${nextLevel(level)} is out of reach of ${shown}${more}\n`;
  }
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  // A name that the API would not take is nothing to paste into a shell.
  const target = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace) ? namespace : 'NAMESPACE';
  yield `    kubectl label --overwrite namespace ${target} ${pairs.join(' ')}\n`;
}

function* jsonReport(
  entries: readonly Entry[],
  namespaces: readonly NamespaceSummary[],
  kubernetesVersion: string,
): Iterable<string> {
  const tool = { name: 'kubesec-lint', version: TOOL_VERSION, kubernetesVersion };
  yield `${JSON.stringify({ schemaVersion: 1, tool }).slice(0, -1)},\n"workloads":[`;
  for (const [index, entry] of entries.entries()) {
    const { resource, file, range, pod, level, violations, undecided } = entry;
    yield `${index === 0 ? '' : ','}\n${plainJson(
      JSON.stringify({
        resource: {
          apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
          kind: resource.kind,
          namespace: resource.namespace,
          name: resource.name,
        },
        ...(pod === undefined ? {} : { pod }),
        file,
        range,
        kubernetesVersion,
        level,
        violations,
        undecided,
      }),
    )}`;
  }
  const summaries = namespaces.map(({ enforces, ...summary }) => ({ ...summary, enforces: enforces ?? null }));
  yield `\n],\n"namespaces":${plainJson(JSON.stringify(summaries))}\n}\n`;
}

function nameOf({ resource, pod }: Entry): string {
  return `${resource.kind}/${resource.name}${pod === undefined ? '' : ` ${pod}`}`;
}

function nextLevel(level: Level): Level {
  return level === 'privileged' ? 'baseline' : 'restricted';
}

/** The checks that fail, each once. */
function blockers(entry: Entry, wanted: Level | undefined): string {
  const next = wanted ?? nextLevel(entry.level);
  const checks = entry.violations.filter((each) => compareLevels(each.level, next) <= 0).map(({ check }) => check);
  return [...new Set(checks)].join(', ');
}

function place({ start }: Range): string {
  return `${start.line}:${start.column}`.padEnd(7);
}

function tint(level: string, colors: Paint): string {
  if (level.startsWith('restricted')) return colors.good(level);
  return colors.severity(level.startsWith('baseline') ? 'medium' : 'high', level);
}

// ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────

function answerRequests(args: Arguments, level: Level | undefined, terminal: Terminal): number {
  if (args.positionals.length > 0) throw new UsageError('--requests takes no PATH: the object is in the request');
  const version = args.value('kubernetes-version');
  const server = version === undefined ? undefined : minorOf(readSettings(args, terminal).config.kubernetesVersion);
  const respond = createResponder({ server, level });
  const file = args.value('requests')!;
  const answers = answersTo(requestLines(file, terminal), respond);
  const output = args.value('output');
  if (output === undefined) writeOut(answers, terminal);
  else writeTo(output, answers, terminal);
  return 0;
}

function* answersTo(lines: Iterable<string>, respond: (line: string) => object): Iterable<string> {
  for (const line of lines) {
    if (line.trim() !== '') yield `${JSON.stringify(respond(line))}\n`;
  }
}
