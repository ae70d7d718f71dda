import type { AnyNode } from '../../yaml/node.ts';
import { baseNameOf, SHELLS } from '../command.ts';
import type { Resource } from '../resource.ts';
import { ComponentView, type FlagFault, type UnresolvedVariable } from './component-view.ts';
import { type Component, Flag, placeOfWord } from './flags.ts';
import { NO_MOUNTS } from './mounts.ts';
import { type Argument, invocation, readFlags } from './read-components.ts';
import {
  fileValue,
  slice,
  splitScript,
  splitWords,
  Trace,
  type Traced,
  withoutSpecifiers,
  writtenValue,
} from './unit-words.ts';

/**
 * The components that units of systemd start, with their drop-ins and environment files as far as the input holds
 * these, and what stands alone in environment files whose unit is not in the input.
 */
export function unitComponents(resources: readonly Resource[]): readonly ComponentView[] {
  // An etcd with nothing of a cluster beside it may be anybody's.
  const isCluster = resources.some(
    ({ groupKind, head }) => !isOfUnits(groupKind) || /kube/.test(baseNameOf(head.file)),
  );
  const files = resources.filter(({ groupKind }) => groupKind === ENVIRONMENT_FILE);
  const used = new Set<Resource>();
  const views = groupsOf(resources.filter(({ groupKind }) => groupKind === UNIT)).flatMap((group) =>
    componentsOfUnit(group, files, used, isCluster),
  );
  const alone = files.filter((file) => !used.has(file)).flatMap(componentsOfFile);
  return [...views, ...alone];
}

const UNIT = 'Unit.systemd.freedesktop.org';
const ENVIRONMENT_FILE = 'EnvironmentFile.systemd.freedesktop.org';

function isOfUnits(groupKind: string): boolean {
  return groupKind === UNIT || groupKind === ENVIRONMENT_FILE;
}

/** A unit with its drop-ins, in the order in which systemd reads them. */
interface Group {
  readonly root: string;
  readonly files: readonly Resource[];
}

interface Variable {
  readonly value: Traced;
}

interface Environment {
  readonly variables: ReadonlyMap<string, Variable>;
  /** Every file that may set a variable is in the input. */
  readonly complete: boolean;
}

/** Where systemd looks for units: what comes first wins over a file of the same name further down. */
const UNIT_FOLDERS = ['etc/systemd/system', 'run/systemd/system', 'usr/local/lib/systemd/system'];
const UNIT_FOLDER =
  /(?:^|\/)(etc\/systemd\/system|run\/systemd\/system|(?:usr\/)?(?:local\/)?lib\/systemd\/system)(?:\/|$)/;

function groupsOf(units: readonly Resource[]): readonly Group[] {
  const groups = new Map<string, { root: string; mains: Resource[]; dropIns: Map<string, Resource[]> }>();
  for (const unit of units) {
    const { file } = unit.head;
    const root = rootOf(file);
    const key = `${root}\n${unitNameOf(unit)}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { root, mains: [], dropIns: new Map() };
      groups.set(key, group);
    }
    const name = baseNameOf(file);
    if (name.endsWith('.service')) group.mains.push(unit);
    else group.dropIns.set(name, [...(group.dropIns.get(name) ?? []), unit]);
  }
  return [...groups.values()].map(({ root, mains, dropIns }) => ({
    root,
    files: [
      ...mains.sort(byFolder).slice(0, 1),
      ...[...dropIns.keys()].sort().map((name) => dropIns.get(name)!.sort(byFolder)[0]!),
    ],
  }));
}

function byFolder(one: Resource, other: Resource): number {
  return rankOf(one) - rankOf(other);
}

function rankOf({ head }: Resource): number {
  const folder = UNIT_FOLDER.exec(head.file)?.[1];
  const rank = folder === undefined ? -1 : UNIT_FOLDERS.indexOf(folder);
  return rank === -1 ? UNIT_FOLDERS.length : rank;
}

/** What the paths of the node lie under; the file's own folder where it is in none of systemd's. */
function rootOf(path: string): string {
  const found = UNIT_FOLDER.exec(path);
  if (found !== null) return path.slice(0, found.index);
  const folder = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
  return folder.replace(/(?:^|\/)[^/]+\.service\.d$/, '');
}

function unitNameOf({ head, root }: Resource): string {
  const name = baseNameOf(head.file);
  if (name.endsWith('.service')) return name;
  const folder = /(?:^|\/)([^/]+\.service)\.d\/[^/]+$/.exec(head.file)?.[1];
  if (folder !== undefined) return folder;
  if (name === '10-kubeadm.conf') return 'kubelet.service';
  // A drop-in outside of its folder belongs to the program that it names.
  const text = JSON.stringify(root.get('Service').raw ?? '');
  return /kubelet/i.test(text) ? 'kubelet.service' : name;
}

function componentsOfUnit(
  { root, files }: Group,
  environmentFiles: readonly Resource[],
  used: Set<Resource>,
  isCluster: boolean,
): readonly ComponentView[] {
  const services = files.map((file): AnyNode => file.root.get('Service'));
  const environment = environmentOf(root, services, environmentFiles, used);
  const commands = valuesOf(services, 'ExecStart');
  const views: ComponentView[] = [];
  for (const node of commands) {
    const resource = files.find((file) => file.root.document === node.document)!;
    const { argvs, unresolved } = commandsOf(node, environment);
    for (const argv of argvs) {
      const found = invocation(argv);
      if (found === undefined) continue;
      const faults: FlagFault[] = [];
      let words = found.words;
      const last = words.at(-1);
      if (last?.text === '\\') {
        words = words.slice(0, -1);
        faults.push(brokenLine(last, found.component));
      }
      // Without any flags the unit waits for a drop-in to say what is to be run.
      const complete = words.length > 0 && last?.text !== '\\' && found.complete;
      views.push(
        viewOf({
          resource,
          node,
          component: found.component,
          words,
          complete,
          environment,
          faults,
          unresolved,
          isCluster,
        }),
      );
    }
  }
  return views;
}

/** The values of a list setting that count: an empty one takes back what was said before. */
function valuesOf(services: readonly AnyNode[], key: string): readonly AnyNode[] {
  let values: AnyNode[] = [];
  for (const service of services) {
    for (const node of service.get(key).items() as readonly AnyNode[]) {
      if (node.string === '') values = [];
      else values.push(node);
    }
  }
  return values;
}

function environmentOf(
  root: string,
  services: readonly AnyNode[],
  files: readonly Resource[],
  used: Set<Resource>,
): Environment {
  const variables = new Map<string, Variable>();
  let complete = valuesOf(services, 'PassEnvironment').length === 0;
  for (const node of valuesOf(services, 'Environment')) {
    for (const word of splitWords(writtenValue(node), 'c')) {
      const equals = word.text.indexOf('=');
      if (equals > 0) variables.set(word.text.slice(0, equals), { value: withoutSpecifiers(slice(word, equals + 1)) });
    }
  }
  for (const node of valuesOf(services, 'EnvironmentFile')) {
    const path = node.string!.replace(/^-/, '').replace(/^(["'])(.*)\1$/, '$2');
    const file = fileAt(root, path, files);
    if (file === undefined) {
      complete = false;
      continue;
    }
    used.add(file);
    for (const [name, value] of file.root.entries()) variables.set(name, { value: fileValue(value as AnyNode) });
  }
  return { variables, complete };
}

/** The file that lies at this path of the node; a single one with its name where the input is laid out otherwise. */
function fileAt(root: string, path: string, files: readonly Resource[]): Resource | undefined {
  const exact = `${root}${root === '' || root.endsWith('/') ? path.replace(/^\//, '') : path}`;
  const found = files.find(({ head }) => head.file === exact || head.file === path);
  if (found !== undefined) return found;
  const named = files.filter(({ head }) => baseNameOf(head.file) === baseNameOf(path));
  const near = named.filter(({ head }) => root !== '' && head.file.startsWith(`${root}/`));
  return near.length === 1 ? near[0] : named.length === 1 && !isLaidOutAsNode(named[0]!, path) ? named[0] : undefined;
}

/** Of another path of a node: `etc/sysconfig/kubelet` is not `etc/default/kubelet`. */
function isLaidOutAsNode({ head }: Resource, path: string): boolean {
  return /(?:^|\/)(?:etc|var|run|usr)\//.test(head.file) && !head.file.endsWith(path);
}

interface Commands {
  readonly argvs: readonly (readonly Argument[])[];
  readonly unresolved: readonly UnresolvedVariable[];
}

/** The simple commands that an ExecStart line comes to. */
function commandsOf(node: AnyNode, environment: Environment): Commands {
  const unresolved: UnresolvedVariable[] = [];
  const words = splitWords(writtenValue(node), 'c');
  const commands: Traced[][] = [[]];
  for (const word of words) {
    // A `;` that stands alone begins another command; `\;` is an argument.
    if (word.text === ';' && word.at.length === 1 && node.string![word.at[0]!] === ';') commands.push([]);
    else commands.at(-1)!.push(word);
  }
  const argvs = commands.flatMap((command): readonly (readonly Argument[])[] => {
    const first = command[0];
    if (first === undefined) return [];
    const prefix = /^[-@:+!|]*/.exec(first.text)![0];
    const program = slice(first, prefix.length);
    // `@` in front says that the second word is the name that the program is told.
    const rest = command.slice(prefix.includes('@') ? 2 : 1);
    const expanded = prefix.includes(':') ? rest : rest.flatMap((word) => expandWord(word, environment, unresolved));
    const all = [program, ...expanded.map(withoutSpecifiers)];
    if (!SHELLS.has(baseNameOf(program.text))) return [all.map((word) => argumentOf(word, false))];
    const option = all.findIndex(({ text }, index) => index > 0 && /^-[a-z]*c$/.test(text));
    const script = option === -1 ? undefined : all[option + 1];
    if (script === undefined) return [];
    return splitScript(script).map((simple) =>
      simple
        .flatMap((word) => expandWord(word, environment, unresolved))
        .filter((word, index) => index > 0 || !/^\w+=/.test(word.text))
        .map((word) => argumentOf(word, true)),
    );
  });
  return { argvs, unresolved };
}

/**
 * A word that is `$NAME` becomes as many words as the value has; `${NAME}` within a word is put in as it is. A
 * variable that nothing sets is empty; where not all files are at hand it stays.
 */
function expandWord(word: Traced, environment: Environment, unresolved: UnresolvedVariable[]): readonly Traced[] {
  const { text } = word;
  if (!text.includes('$')) return [word];
  const bare = /^\$(\w+)$/.exec(text)?.[1];
  if (bare !== undefined) {
    const variable = environment.variables.get(bare);
    if (variable !== undefined) return splitWords(variable.value, 'plain');
    if (environment.complete) return [];
    unresolved.push({ name: bare, place: placeOfWord(argumentOf(word, false)) });
    return [word];
  }
  const trace = new Trace(word.node);
  for (let index = 0; index < text.length; index++) {
    const at = word.at[index]!;
    const [reference, name] = /^\$(?:\$|\{(\w+)\})/.exec(text.slice(index)) ?? [];
    if (reference === undefined) {
      trace.add(text[index]!, at);
      continue;
    }
    index += reference.length - 1;
    const variable = name === undefined ? undefined : environment.variables.get(name);
    const value = name === undefined ? '$' : (variable?.value.text ?? (environment.complete ? '' : reference));
    if (value === reference) unresolved.push({ name: name!, place: placeOfWord(argumentOf(word, false)) });
    for (const char of value) trace.add(char, at);
    trace.to(word.at[index]! + 1);
  }
  return [trace.done()];
}

function argumentOf(word: Traced & { readonly bounds?: readonly [number, number] }, shell: boolean): Argument {
  const { text, at, node } = word;
  const [start, end] = word.bounds ?? [at[0] ?? 0, (at.at(-1) ?? -1) + 1];
  const first = at[0] ?? start;
  const isExact = text.length > 0 && at.every((place, index) => place === first + index);
  return isExact
    ? { text, node, start: first, end: first + text.length, shell, unit: 'exact' }
    : { text, node, start, end, shell, unit: 'derived' };
}

function viewOf(init: {
  readonly resource: Resource;
  readonly node: AnyNode;
  readonly component: Component;
  readonly words: readonly Argument[];
  readonly complete: boolean;
  readonly environment: Environment | undefined;
  readonly faults: readonly FlagFault[];
  readonly unresolved: readonly UnresolvedVariable[];
  readonly isCluster: boolean;
}): ComponentView {
  const { resource, node, component, words, environment, unresolved } = init;
  const read = readFlags(component, words);
  const flags = [...read.flags];
  let { complete } = init;
  if (component === 'etcd' && environment !== undefined) {
    flags.push(...etcdVariables(environment, new Set(flags.map(({ name }) => name))));
    complete &&= environment.complete && !flags.some(({ name }) => name === 'config-file');
  }
  if (component !== 'kube-apiserver' && component !== 'kubelet' && flags.some(({ name }) => name === 'config'))
    complete = false;
  // The list of commands stands for its last one, which is where its key is.
  const anchor = node.parent?.isList === true ? node.parent : node;
  return new ComponentView({
    component,
    resource,
    minor: undefined,
    complete,
    anchor,
    mounts: NO_MOUNTS(anchor),
    faults: [...init.faults, ...read.faults],
    isCluster: component !== 'etcd' || init.isCluster || flags.some(({ value }) => /kube/.test(value)),
    flags,
    origin: 'systemd',
    unresolved,
  });
}

/** etcd takes `ETCD_CLIENT_CERT_AUTH` for `--client-cert-auth`; a flag beats it. */
function etcdVariables(environment: Environment, given: ReadonlySet<string>): readonly Flag[] {
  const flags: Flag[] = [];
  for (const [variable, { value }] of environment.variables) {
    if (!variable.startsWith('ETCD_')) continue;
    const name = variable.slice('ETCD_'.length).toLowerCase().replaceAll('_', '-');
    if (given.has(name)) continue;
    const word = argumentOf(value, false);
    flags.push(new Flag({ name, value: value.text, origin: 'environment', nameWord: word, valueWord: word }));
  }
  return flags;
}

/** Variables that hold arguments, by the component whose they are. */
const ARGUMENTS: readonly (readonly [RegExp, Component])[] = [
  [/^KUBELET_(?:\w+_)?(?:ARGS|OPTS|OPTIONS|FLAGS)$/, 'kubelet'],
  [/^KUBE_API(?:SERVER)?_(?:\w+_)?(?:ARGS|OPTS|OPTIONS|FLAGS)$/, 'kube-apiserver'],
  [/^KUBE_CONTROLLER_MANAGER_(?:\w+_)?(?:ARGS|OPTS|OPTIONS|FLAGS)$/, 'kube-controller-manager'],
  [/^KUBE_SCHEDULER_(?:\w+_)?(?:ARGS|OPTS|OPTIONS|FLAGS)$/, 'kube-scheduler'],
  [/^KUBE_PROXY_(?:\w+_)?(?:ARGS|OPTS|OPTIONS|FLAGS)$/, 'kube-proxy'],
];

/** What a file of variables gives a component whose unit is not in the input: never all of its flags. */
function componentsOfFile(resource: Resource): readonly ComponentView[] {
  return ARGUMENTS.flatMap(([pattern, component]): readonly ComponentView[] => {
    const nodes = resource.root.entries().flatMap(([name, node]) => (pattern.test(name) ? [node as AnyNode] : []));
    if (nodes.length === 0) return [];
    const words = nodes.flatMap((node) => splitWords(fileValue(node), 'plain').map((word) => argumentOf(word, false)));
    const node = nodes[0]!;
    const faults: FlagFault[] = [];
    return [
      viewOf({
        resource,
        node,
        component,
        words,
        complete: false,
        environment: undefined,
        faults,
        unresolved: [],
        isCluster: true,
      }),
    ];
  });
}

function brokenLine(word: Argument, component: Component): FlagFault {
  return {
    kind: 'positional',
    flag: '',
    text: '\\',
    effect: `blanks behind it make it an argument, the lines below are no part of the command, and ${component} does not start`,
    place: placeOfWord(word),
  };
}
