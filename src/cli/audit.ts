import { openProject } from '../engine/lint.ts';
import { compile } from '../engine/plan.ts';
import { defineFact } from '../engine/project.ts';
import { ApiResources } from '../k8s/api-resources.ts';
import { type ProbeResult, probe } from '../k8s/audit/coverage.ts';
import { type AuditRequest, evaluate } from '../k8s/audit/evaluate.ts';
import { answerRequest, type LoadedPolicy, loadPolicy } from '../k8s/audit/requests.ts';
import type { KubeVersion } from '../k8s/version.ts';
import { plain, plainJson } from '../reporters/plain.ts';
import type { SourceFile } from '../text/source-file.ts';
import { type Arguments, describeOptions, type OptionSpecs, oneOf, parseArguments } from './args.ts';
import { type Command, type Terminal, UsageError } from './command.ts';
import { openInput } from './open.ts';
import { writeOut, writeTo } from './output.ts';
import { jsonRequests } from './requests.ts';
import { readSettings, SETTINGS_OPTIONS } from './settings.ts';

const OPTIONS = {
  requests: { value: 'FILE', text: 'answer requests, one JSON object a line; - for standard input' },
  request: { value: 'FILE', text: 'the same' },
  ask: {
    value: '"VERB RESOURCE"',
    text: 'one request: "get secrets", "create pods/exec", "list deployments.apps", "get /healthz"',
  },
  as: { value: 'USER', text: 'who asks (default alice)' },
  'as-group': { value: 'GROUP', text: 'a group that the user is in; repeatable (default system:authenticated)' },
  namespace: { short: 'n', value: 'NAMESPACE', text: 'the namespace of the request (default app)' },
  name: { value: 'NAME', text: 'the name of the object' },
  format: { short: 'f', value: 'FORMAT', text: 'text (default) or json' },
  output: { short: 'o', value: 'FILE', text: 'where the answer goes' },
  'kubernetes-version': SETTINGS_OPTIONS['kubernetes-version'],
  config: SETTINGS_OPTIONS.config,
  'no-config': SETTINGS_OPTIONS['no-config'],
  ignore: SETTINGS_OPTIONS.ignore,
  'stdin-filename': SETTINGS_OPTIONS['stdin-filename'],
  help: { short: 'h', text: 'this page' },
} as const satisfies OptionSpecs;

/** Which level each request gets under an audit policy, and the rule that decides. */
export const command: Command = {
  get help() {
    return `kubesec-lint audit [PATH…]

The level that each request gets under the audit policies of the input, and the rule that decides: the answers of the
API server. Without a question: what auditors ask for, request by request.

${describeOptions(OPTIONS)}
With --requests each line is {"id", "user", "groups", "verb", "namespace", "apiGroup", "resource", "subresource",
"name"} or {"path"}, with "policy" holding a policy as text where no PATH is given, and each answer {"id", "level",
"omitStages", "omitManagedFields", "rule"}; "rule" counts from 0 and is left out where no rule matches.

Exit status: 0 answered · 1 a policy of the input keeps the API server from starting · 2 wrong use or unreadable input
`;
  },
  run(argv, terminal) {
    const args = parseArguments(argv, OPTIONS);
    if (args.has('help')) {
      terminal.out(this.help);
      return 0;
    }
    const format = oneOf('--format', args.value('format') ?? 'text', ['text', 'json']);
    const requests = args.value('requests') ?? args.value('request');
    if (requests !== undefined && args.has('ask')) {
      throw new UsageError('--requests and --ask are two questions; ask one at a time');
    }
    if (requests !== undefined && args.positionals.length === 0) {
      return answerLines(requests, undefined, args, terminal);
    }
    const { policies, version, unreadable } = readPolicies(args, terminal);
    if (unreadable) return 2;
    if (policies.length === 0) {
      terminal.err('kubesec-lint: the input holds no audit.k8s.io Policy\n');
      return 2;
    }
    if (requests !== undefined) {
      const [policy, other] = policies;
      if (other !== undefined) {
        throw new UsageError(
          `--requests takes one policy, and the input holds ${policies.length}: ${policies.map(({ file }) => file).join(', ')}`,
        );
      }
      return answerLines(requests, policy!.loaded, args, terminal);
    }
    const asked = args.has('ask') ? readQuestion(args, version) : undefined;
    const answers = policies.map((policy) => answer(policy, asked, args));
    const text =
      format === 'json'
        ? [plainJson(`${JSON.stringify({ policies: answers.map(jsonOf) }, undefined, 2)}\n`)]
        : answers.flatMap((each) => [...textOf(each)]);
    write(text, args, terminal);
    return policies.every(({ loaded }) => loaded.policy !== undefined) ? 0 : 1;
  },
};

interface Policy {
  readonly file: string;
  readonly name: string;
  readonly loaded: LoadedPolicy;
  /** Line of each rule. */
  readonly lines: readonly number[];
}

interface Row {
  readonly topic: string;
  readonly request: AuditRequest;
  readonly level: string;
  readonly omitStages: readonly string[];
  readonly rule: number | undefined;
}

interface Answer {
  readonly policy: Policy;
  readonly rows: readonly Row[];
}

function readPolicies(
  args: Arguments,
  terminal: Terminal,
): { readonly policies: readonly Policy[]; readonly version: KubeVersion; readonly unreadable: boolean } {
  const settings = readSettings(args, terminal);
  const plan = compile([], settings.config, { facts: [policiesFact] });
  const { project, problems } = openProject({ ...openInput(args, settings, terminal), plan });
  for (const problem of problems) {
    const reason = problem.kind === 'unreadable' ? problem.reason : problem.message;
    terminal.err(`kubesec-lint: ${plain(problem.file)}: ${plain(reason)}\n`);
  }
  return { policies: project.fact(policiesFact), version: project.version, unreadable: problems.length > 0 };
}

const policiesFact = defineFact<readonly Policy[], Policy>({
  name: 'audit-policies',
  kinds: ['Policy.audit.k8s.io'],
  collect({ root, head }) {
    const { file } = root.document;
    const rules = root.at(['rules']).items();
    return {
      file: head.file,
      name: head.name,
      loaded: loadPolicy(root.raw ?? null),
      lines: rules.map((rule) => lineOf(file, rule.entrySpan.start)),
    };
  },
  compute: (_project, collected) => collected.map(({ data }) => data),
});

/** A policy inside of a ConfigMap is told by the lines of the file around it. */
function lineOf(file: SourceFile, offset: number): number {
  const { origin } = file;
  return origin.kind === 'embedded' ? lineOf(origin.host, origin.toHost(offset)) : file.position(offset).line;
}

function answer(policy: Policy, asked: AuditRequest | undefined, args: Arguments): Answer {
  const { loaded } = policy;
  if (loaded.policy === undefined) return { policy, rows: [] };
  if (asked !== undefined) {
    const { level, omitStages, rule } = evaluate(loaded.policy, asked);
    return { policy, rows: [{ topic: '', request: asked, level, omitStages, rule }] };
  }
  const { name, groups } = readUser(args);
  const rows = probe(loaded.policy, name, groups).map(({ topic, request, decision }: ProbeResult): Row => {
    const { level, omitStages, rule } = decision;
    return { topic, request, level, omitStages, rule };
  });
  return { policy, rows };
}

function readUser(args: Arguments): { readonly name: string; readonly groups: readonly string[] } {
  const name = args.value('as') ?? 'alice';
  const given = args.values('as-group');
  const implied = name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  return { name, groups: given.length > 0 ? given : [implied] };
}

/** `get secrets`, `create pods/exec`, `list deployments.apps`, `get /healthz`. */
function readQuestion(args: Arguments, version: KubeVersion): AuditRequest {
  const words = args.value('ask')!.trim().split(/\s+/);
  const [verb, what] = words;
  if (verb === undefined || what === undefined || words.length > 2) {
    throw new UsageError('--ask takes a verb and a resource in one argument: --ask "get secrets"');
  }
  const { name: user, groups } = readUser(args);
  const name = args.value('name') ?? '';
  const nothing = {
    user,
    groups,
    verb,
    namespace: '',
    apiGroup: '',
    resource: '',
    subresource: '',
    name: '',
    path: '',
  };
  if (what.startsWith('/')) return { ...nothing, path: what };
  const [word = '', subresource = ''] = what.split('/');
  const dot = word.indexOf('.');
  const resource = dot === -1 ? word : word.slice(0, dot);
  const homes = dot === -1 ? new ApiResources(version).named(resource).filter(({ served }) => served) : [];
  const home = homes.find(({ group }) => group === '') ?? homes[0];
  return {
    ...nothing,
    apiGroup: dot === -1 ? (home?.group ?? '') : word.slice(dot + 1),
    resource,
    subresource,
    name,
    namespace: home?.namespaced === false ? '' : (args.value('namespace') ?? 'app'),
  };
}

function* textOf({ policy, rows }: Answer): Iterable<string> {
  const { file, name, loaded, lines } = policy;
  yield `${plain(file)}${name === '' ? '' : ` ${plain(name)}`}\n`;
  for (const error of loaded.errors) yield `  kube-apiserver does not start with it: ${plain(error)}\n`;
  for (const key of loaded.unknown) yield `  dropped, since it is not known: ${plain(key)}\n`;
  const cells = merge(rows).map(({ request, verbs, level, omitStages, rule }) => [
    plain(`${verbs.join(', ')} ${whatOf(request)}`),
    plain(level),
    rule === undefined
      ? 'no rule matches'
      : `rule ${rule + 1}${lines[rule] === undefined ? '' : `, line ${lines[rule]}`}`,
    level === 'None' || omitStages.length === 0 ? '' : `without ${plain(omitStages.join(', '))}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((row) => row[column]!.length)));
  let topic = '';
  for (const [index, row] of merge(rows).entries()) {
    if (row.topic !== topic) {
      topic = row.topic;
      yield `  ${topic}\n`;
    }
    const [asked, level, rule, stages] = cells[index]!;
    const indent = topic === '' ? '  ' : '    ';
    yield `${`${indent}${asked!.padEnd(widths[0]!)}  ${level!.padEnd(widths[1]!)}  ${rule!.padEnd(widths[2]!)}  ${stages}`.trimEnd()}\n`;
  }
}

/** Requests that differ in their verb alone, side by side where the answer is the same. */
function merge(rows: readonly Row[]): readonly (Row & { readonly verbs: readonly string[] })[] {
  const merged: (Row & { verbs: string[] })[] = [];
  for (const row of rows) {
    const same = merged.find(
      (each) =>
        each.topic === row.topic &&
        each.level === row.level &&
        each.rule === row.rule &&
        whatOf(each.request) === whatOf(row.request) &&
        each.omitStages.join() === row.omitStages.join(),
    );
    if (same === undefined) merged.push({ ...row, verbs: [row.request.verb] });
    else same.verbs.push(row.request.verb);
  }
  return merged;
}

function whatOf({ apiGroup, resource, subresource, path }: AuditRequest): string {
  if (resource === '') return path;
  return `${resource}${apiGroup === '' ? '' : `.${apiGroup}`}${subresource === '' ? '' : `/${subresource}`}`;
}

function jsonOf({ policy, rows }: Answer): unknown {
  const { file, name, loaded, lines } = policy;
  return {
    file,
    name,
    loaded: loaded.policy !== undefined,
    errors: loaded.errors,
    unknown: loaded.unknown,
    requests: rows.map(({ topic, request, level, omitStages, rule }) => ({
      ...(topic === '' ? {} : { topic }),
      ...request,
      level,
      omitStages,
      rule: rule ?? null,
      line: (rule === undefined ? undefined : lines[rule]) ?? null,
    })),
  };
}

function answerLines(file: string, fixed: LoadedPolicy | undefined, args: Arguments, terminal: Terminal): number {
  write(answered(file, fixed, terminal), args, terminal);
  return 0;
}

function* answered(file: string, fixed: LoadedPolicy | undefined, terminal: Terminal): Iterable<string> {
  for (const { line, request } of jsonRequests(file, terminal)) {
    if (typeof request !== 'object' || request === null || Array.isArray(request)) {
      throw new UsageError(`line ${line} of the requests is no JSON object`);
    }
    // JSON holds nothing that a YAML document may not hold.
    yield `${JSON.stringify(answerRequest(request as never, fixed))}\n`;
  }
}

function write(pieces: Iterable<string>, args: Arguments, terminal: Terminal): void {
  const file = args.value('output');
  if (file === undefined) writeOut(pieces, terminal);
  else writeTo(file, pieces, terminal);
}
