import { type RbacFacts, rbacFact } from '../engine/facts/rbac.ts';
import { openProject } from '../engine/lint.ts';
import { compile } from '../engine/plan.ts';
import type { Project } from '../engine/project.ts';
import { ApiResources } from '../k8s/api-resources.ts';
import { bootstrapObjects } from '../k8s/rbac/bootstrap.ts';
import { bootstrapTable } from '../k8s/rbac/bootstrap-table.lazy.ts';
import type { Request } from '../k8s/rbac/match.ts';
import { answer } from '../k8s/rbac/requests.ts';
import { RbacWorld, SERVICE_ACCOUNT_PREFIX, serviceAccountUser, type User } from '../k8s/rbac/world.ts';
import { minorOf } from '../k8s/version.ts';
import { type Arguments, describeOptions, type OptionSpecs, oneOf, parseArguments } from './args.ts';
import { type Command, type Terminal, UsageError } from './command.ts';
import { openInput } from './open.ts';
import { writeOut } from './output.ts';
import { canI, escalations, type Question, RBAC_FORMATS, subjects, whoCan } from './rbac-answers.ts';
import { jsonRequests } from './requests.ts';
import { readSettings, SETTINGS_OPTIONS } from './settings.ts';

const OPTIONS = {
  'who-can': { value: '"VERB RESOURCE"', text: 'who may do that: "get secrets", "create pods/exec", "get /metrics"' },
  'can-i': { value: '"VERB RESOURCE"', text: 'whether the user of --as may do that; exit status 1 where not' },
  as: { value: 'USER', text: 'a user; a service account as system:serviceaccount:NAMESPACE:NAME or NAMESPACE/NAME' },
  'as-group': { value: 'GROUP', text: 'a group that the user is in; repeatable' },
  namespace: { short: 'n', value: 'NAMESPACE', text: 'ask about this namespace; else about all, each by itself' },
  name: { value: 'NAME', text: 'ask about the object of this name' },
  escalations: { text: 'who can become cluster-admin or take a node, step by step' },
  requests: { value: 'FILE', text: 'answer requests, one JSON object a line (- for standard input)' },
  bootstrap: { text: 'with --requests: add the roles and bindings that every cluster starts with' },
  'no-bootstrap': { text: 'without --requests: leave these out' },
  format: { short: 'f', value: 'FORMAT', text: `${RBAC_FORMATS.join(', ')}` },
  'kubernetes-version': SETTINGS_OPTIONS['kubernetes-version'],
  ignore: SETTINGS_OPTIONS.ignore,
  config: SETTINGS_OPTIONS.config,
  'no-config': SETTINGS_OPTIONS['no-config'],
  'stdin-filename': SETTINGS_OPTIONS['stdin-filename'],
} as const satisfies OptionSpecs;

export const command: Command = {
  get help() {
    return `kubesec-lint rbac [PATH…]

Who can do what, by the roles and bindings of the input and those that every cluster has. Without a question: everybody
whom a binding names, and what it gives them.

${describeOptions(OPTIONS)}
--who-can and --can-i answer as the API server's RBAC authorizer does. Objects that name no namespace stand in
namespace "default". --requests takes {"user", "groups", "verb", "apiGroup", "resource", "subresource", "name",
"namespace"} or {"path"}, with "op" who-can, rules or escalation for other questions than whether it is allowed, and
answers from the input alone unless --bootstrap is given.

Exit status: 0 answered · 1 the answer to --can-i is no · 2 wrong use or unreadable input
`;
  },
  run(argv, terminal) {
    const args = parseArguments(argv, OPTIONS);
    const settings = readSettings(args, terminal);
    const input = openInput(args, settings, terminal);
    const plan = compile([], settings.config, { facts: [rbacFact] });
    const { project, problems } = openProject({ ...input, plan });
    for (const problem of problems) {
      const reason = problem.kind === 'unreadable' ? problem.reason : problem.message;
      terminal.err(`kubesec-lint: ${problem.file}: ${reason}\n`);
    }
    if (problems.some(({ kind }) => kind === 'unreadable')) return 2;
    const asked = (['who-can', 'can-i', 'escalations', 'requests'] as const).filter((option) => args.has(option));
    if (asked.length > 1) throw new UsageError(`--${asked[0]} and --${asked[1]} are two questions; ask one at a time`);
    const facts = project.fact(rbacFact);
    if (asked[0] === 'requests') return answerRequests(args, facts, minorOf(project.version), terminal);

    const format = oneOf('--format', args.value('format') ?? 'text', RBAC_FORMATS);
    const world = worldOf(facts, args, minorOf(project.version));
    const question = (option: 'who-can' | 'can-i'): Question => readQuestion(args, option, project, terminal);
    switch (asked[0]) {
      case 'who-can':
        terminal.out(whoCan(question('who-can'), world, facts, format));
        return 0;
      case 'can-i': {
        const { text, allowed } = canI(question('can-i'), readUser(args), world, facts, format);
        terminal.out(text);
        return allowed ? 0 : 1;
      }
      case 'escalations':
        terminal.out(escalations(facts, format));
        return 0;
      default:
        terminal.out(subjects(facts, format));
        return 0;
    }
  },
};

/** The roles and bindings that answers come from. */
function worldOf({ analysis }: RbacFacts, args: Arguments, minor: number): RbacWorld {
  if (args.has('no-bootstrap')) return new RbacWorld([...analysis.roles, ...analysis.bindings]);
  if (analysis.roles.length + analysis.bindings.length > 0) return analysis.world;
  return new RbacWorld(bootstrapObjects(bootstrapTable(), minor));
}

/**
 * One line of JSON a request, so that the answers can be held against those of another implementation. What every
 * cluster starts with comes first here, and without the roles of the controllers, as in Kubernetes' own policy.
 */
function answerRequests(args: Arguments, { analysis }: RbacFacts, minor: number, terminal: Terminal): number {
  const builtin = args.has('bootstrap') ? bootstrapObjects(bootstrapTable(), minor, { controllers: false }) : [];
  const world = new RbacWorld([...builtin, ...analysis.roles, ...analysis.bindings]);
  writeOut(answersOf(jsonRequests(args.value('requests')!, terminal), world), terminal);
  return 0;
}

function* answersOf(requests: ReturnType<typeof jsonRequests>, world: RbacWorld): Iterable<string> {
  // JSON holds nothing that a YAML document may not hold.
  for (const { request } of requests) yield `${JSON.stringify(answer(world, request as never))}\n`;
}

/** `get secrets`, `create pods/exec`, `list deployments.apps`, `get /healthz`. */
function readQuestion(args: Arguments, option: 'who-can' | 'can-i', project: Project, terminal: Terminal): Question {
  const words = args.value(option)!.trim().split(/\s+/);
  const [verb, what] = words;
  if (verb === undefined || what === undefined || words.length > 2) {
    throw new UsageError(`--${option} takes a verb and a resource in one argument: --${option} "get secrets"`);
  }
  const namespace = args.value('namespace');
  const name = args.value('name') ?? '';
  if (what.startsWith('/')) return { request: { ...NOTHING, verb, path: what }, namespaces: [] };
  const slash = what.indexOf('/');
  const [resourceText, subresource] = slash === -1 ? [what, ''] : [what.slice(0, slash), what.slice(slash + 1)];
  const dot = resourceText.indexOf('.');
  const resource = dot === -1 ? resourceText : resourceText.slice(0, dot);
  const found = dot === -1 ? homeOf(resource, project) : { group: resourceText.slice(dot + 1), namespaced: undefined };
  if (found === undefined && resource !== '*') {
    terminal.err(
      `kubesec-lint: resource "${resource}" is not known, taken for one of the core group; name the group as in ${resource}.apps\n`,
    );
  }
  const home = found ?? { group: '', namespaced: undefined };
  const request: Request = { ...NOTHING, verb, resource, subresource, name, apiGroup: home.group };
  // A request about one namespace is made within it.
  if (resource === 'namespaces' && home.group === '' && name !== '') {
    return { request: { ...request, namespace: name }, namespaces: [] };
  }
  if (home.namespaced === false) return { request, namespaces: [] };
  if (namespace !== undefined) return { request: { ...request, namespace }, namespaces: [] };
  const { analysis } = project.fact(rbacFact);
  const namespaces = new Set(analysis.world.bindings.map((binding) => binding.namespace).filter((each) => each !== ''));
  return { request, namespaces: [...namespaces].sort() };
}

const NOTHING: Request = { verb: '', apiGroup: '', resource: '', subresource: '', name: '', namespace: '', path: '' };

/** The group of a resource, among Kubernetes' own and the custom resources of the input. */
function homeOf(
  resource: string,
  project: Project,
): { readonly group: string; readonly namespaced: boolean | undefined } | undefined {
  const homes = new ApiResources(project.version).named(resource).filter(({ served }) => served);
  const [home] = [...homes].sort((one, other) => Number(one.group !== '') - Number(other.group !== ''));
  if (home !== undefined) return home;
  const crd = project
    .ofKind('CustomResourceDefinition.apiextensions.k8s.io')
    .find(({ head }) => head.name.startsWith(`${resource}.`));
  return crd === undefined ? undefined : { group: crd.head.name.slice(resource.length + 1), namespaced: undefined };
}

function readUser(args: Arguments): User {
  const name = args.value('as');
  if (name === undefined) throw new UsageError('--can-i needs --as: kubesec-lint rbac --can-i "get secrets" --as jane');
  const given = args.values('as-group');
  const slash = name.indexOf('/');
  const account = name.startsWith(SERVICE_ACCOUNT_PREFIX)
    ? name.slice(SERVICE_ACCOUNT_PREFIX.length).replace(':', '/')
    : /^[^:/@\s]+\/[^:/@\s]+$/.test(name) && slash > 0
      ? name
      : undefined;
  if (account !== undefined) {
    const at = account.indexOf('/');
    const user = serviceAccountUser(account.slice(0, at), account.slice(at + 1));
    return { ...user, groups: [...new Set([...user.groups, ...given])] };
  }
  const implied = name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  return { name, groups: [...new Set([implied, ...given])] };
}
