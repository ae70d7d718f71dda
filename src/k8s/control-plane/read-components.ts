import type { AnyNode } from '../../yaml/node.ts';
import { baseNameOf, commandsOf, SHELLS } from '../command.ts';
import type { ContainerView } from '../container.ts';
import type { PodView } from '../pod.ts';
import type { Resource } from '../resource.ts';
import { ComponentView, type FlagFault } from './component-view.ts';
import { flagType } from './flag-table.ts';
import { type ArgumentWord, type Component, Flag, isKnown, parseBool, placeOfWord } from './flags.ts';
import { containerMounts } from './mounts.ts';

/** The components that the containers of a pod run. */
export function podComponents(resource: Resource, pod: PodView): readonly ComponentView[] {
  const views: ComponentView[] = [];
  for (const container of pod.containers) {
    for (const { component, words, complete } of invocationsOf(container, pod)) {
      views.push(viewOf(resource, pod, container, component, words, complete));
    }
  }
  return views;
}

export interface Invocation {
  readonly component: Component;
  /** What follows the component's name. */
  readonly words: readonly Argument[];
  readonly complete: boolean;
}

/** A word with what became of it: `$(VAR)` is replaced by what the container's environment says. */
export interface Argument extends ArgumentWord {
  readonly shell: boolean;
  /** The list item where it is a mapping and no word at all. */
  readonly mapping?: boolean;
}

const COMPONENTS: Readonly<Record<string, Component>> = {
  'kube-apiserver': 'kube-apiserver',
  'kube-controller-manager': 'kube-controller-manager',
  'kube-scheduler': 'kube-scheduler',
  etcd: 'etcd',
  kubelet: 'kubelet',
  'kube-proxy': 'kube-proxy',
  'cloud-controller-manager': 'cloud-controller-manager',
};

/** What hyperkube calls them. */
const HYPERKUBE: Readonly<Record<string, Component>> = {
  apiserver: 'kube-apiserver',
  'controller-manager': 'kube-controller-manager',
  scheduler: 'kube-scheduler',
  proxy: 'kube-proxy',
};

const LAUNCHERS = new Set([
  'exec',
  'nice',
  'tini',
  'dumb-init',
  'kube-log-runner',
  'go-runner',
  'busybox',
  'hyperkube',
  'env',
  'flock',
]);

function invocationsOf(container: ContainerView, pod: PodView): readonly Invocation[] {
  const { node } = container;
  const items = [
    ...(node.get('command').items() as readonly AnyNode[]),
    ...(node.get('args').items() as readonly AnyNode[]),
  ];
  const variables = environmentOf(node);
  const argv = items.map((item) => argumentOf(item, variables));
  const first = argv[0];
  const program = first === undefined ? '' : baseNameOf(first.text);
  if (SHELLS.has(program) || (program === 'busybox' && SHELLS.has(argv[1]?.text ?? ''))) {
    return commandsOf(node).flatMap((command): readonly Invocation[] => {
      if (!command.shell || command.source !== 'command') return [];
      const found = invocation(command.words.map((word): Argument => ({ ...word, shell: true })));
      return found === undefined ? [] : [found];
    });
  }
  const found = invocation(argv);
  if (found !== undefined) return [found];
  const imaged =
    first === undefined || first.text.startsWith('-') ? componentOfImage(node.get('image').string) : undefined;
  const component = imaged ?? componentOfLabels(container, pod, argv);
  if (component === undefined) return [];
  // What stands in front of the first flag is the wrapper.
  const from = argv.findIndex(({ text }) => text.startsWith('-'));
  const words = from === -1 ? [] : argv.slice(from);
  return [{ component, words, complete: isComplete(words) }];
}

/** Finds the component behind the programs that only start it. */
export function invocation(argv: readonly Argument[]): Invocation | undefined {
  for (let at = 0; at < argv.length; at++) {
    const name = baseNameOf(argv[at]!.text);
    const before = at === 0 ? '' : baseNameOf(argv[at - 1]!.text);
    const component = COMPONENTS[name] ?? (before === 'hyperkube' ? HYPERKUBE[name] : undefined);
    if (component !== undefined) {
      const words = argv.slice(at + 1);
      if (words.some(({ text }) => text === '--version' || text === '--help' || text === '-h')) return undefined;
      return { component, words, complete: isComplete(words) };
    }
    // A launcher's own options and their values may stand between it and what it starts.
    if (at === 0 && !LAUNCHERS.has(name)) return undefined;
    if (at > 6) return undefined;
  }
  return undefined;
}

function componentOfImage(image: string | undefined): Component | undefined {
  if (image === undefined) return undefined;
  const name = baseNameOf(image.replace(/@.*$/, '')).replace(/:[^:]*$/, '');
  return COMPONENTS[name.replace(/-(?:amd64|arm64|arm|ppc64le|s390x)$/, '')];
}

function componentOfLabels(container: ContainerView, pod: PodView, argv: readonly Argument[]): Component | undefined {
  const labels: AnyNode = pod.metadata.get('labels');
  const component = COMPONENTS[labels.get('component').string ?? ''];
  if (component === undefined || labels.get('tier').string !== 'control-plane') return undefined;
  const only = pod.containers.length === 1 || container.name === component;
  return only && argv.some(({ text }) => text.startsWith('--')) ? component : undefined;
}

export function isComplete(words: readonly Argument[]): boolean {
  return words.every(({ text }) => isKnown(text) || /^--?[A-Za-z][\w.-]*=/.test(text));
}

function environmentOf(container: AnyNode): ReadonlyMap<string, string | undefined> {
  const variables = new Map<string, string | undefined>();
  for (const entry of container.get('env').items() as readonly AnyNode[]) {
    const name = entry.get('name').string;
    if (name !== undefined)
      variables.set(name, entry.get('valueFrom').present ? undefined : (entry.get('value').string ?? ''));
  }
  return variables;
}

function argumentOf(node: AnyNode, variables: ReadonlyMap<string, string | undefined>): Argument {
  const { raw } = node;
  if (node.isMap) {
    const [name, value] = node.entries()[0] ?? ['', undefined];
    const text = `${name}: ${value?.raw === undefined || value.raw === null ? '' : String(value.raw)}`;
    return { text, node, start: 0, end: 0, shell: false, mapping: true };
  }
  const written = typeof raw === 'string' ? raw : raw === null || raw === undefined ? '' : String(raw);
  const text = written.includes('$(') ? expand(written, variables) : written;
  return { text, node, start: 0, end: written.length, shell: false };
}

/** `$(VAR)` as the kubelet expands it: `$$` is a `$`, what is not known stays. */
function expand(text: string, variables: ReadonlyMap<string, string | undefined>): string {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (whole, rest: string, name: string | undefined) => {
    if (rest === '$') return '$';
    return variables.get(name!) ?? whole;
  });
}

function viewOf(
  resource: Resource,
  pod: PodView,
  container: ContainerView,
  component: Component,
  words: readonly Argument[],
  complete: boolean,
): ComponentView {
  const { node } = container;
  const read = readFlags(component, words);
  const flags = [...read.flags];
  let known = complete;
  if (component === 'etcd') {
    flags.push(...environmentFlags(node, new Set(flags.map(({ name }) => name))));
    known &&= !node.get('envFrom').present && !flags.some(({ name }) => name === 'config-file');
  }
  // Whatever a file of settings says can be no flag that is missing.
  if (component !== 'kube-apiserver' && component !== 'kubelet' && flags.some(({ name }) => name === 'config'))
    known = false;
  if (node.get('env').present && words.some(({ text }) => /\$\(/.test(text))) known &&= isComplete(words);
  return new ComponentView({
    component,
    resource,
    container,
    minor: component === 'etcd' ? undefined : minorOfImage(node.get('image').string),
    complete: known,
    anchor: anchorOf(node, words),
    mounts: containerMounts(node, pod.spec),
    faults: read.faults,
    isCluster: component !== 'etcd' || isClusterEtcd(resource, pod),
    flags,
  });
}

/** The list that holds most of the flags; the container where there is none. */
function anchorOf(container: AnyNode, words: readonly Argument[]): AnyNode {
  const count = (key: string) =>
    words.filter(({ text, node }) => text.startsWith('--') && node.parent?.key === key).length;
  const [inCommand, inArgs] = [count('command'), count('args')];
  if (inCommand + inArgs > 0) return container.get(inArgs > inCommand ? 'args' : 'command');
  const command: AnyNode = container.get('command');
  if (command.present) return command;
  const args: AnyNode = container.get('args');
  return args.present ? args : container.get('name').present ? container.get('name') : container;
}

export function minorOfImage(image: string | undefined): number | undefined {
  const match = image === undefined ? null : /:v?1\.(\d{1,3})\.\d+(?:[-+_.][\w.-]*)?(?:@.*)?$/.exec(image);
  return match === null ? undefined : Number(match[1]);
}

function isClusterEtcd(resource: Resource, pod: PodView): boolean {
  if (pod.metadata.get('labels').get('component').string === 'etcd') return true;
  if (resource.head.namespace === 'kube-system') return true;
  if (/(?:^|\/)etcd\.ya?ml$/.test(resource.head.file)) return true;
  return (pod.spec.get('volumes').items() as readonly AnyNode[]).some(
    (volume) => volume.at(['hostPath', 'path']).string?.startsWith('/var/lib/etcd') === true,
  );
}

export function readFlags(component: Component, words: readonly Argument[]): Read {
  return component === 'etcd' ? readGoFlags(words) : readPflags(component, words);
}

interface Read {
  readonly flags: readonly Flag[];
  readonly faults: readonly FlagFault[];
}

/** Reads arguments as github.com/spf13/pflag does for the kube-* components. */
function readPflags(component: Component, words: readonly Argument[]): Read {
  const flags: Flag[] = [];
  const faults: FlagFault[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const { text } = word;
    if (word.mapping === true) {
      if (text.startsWith('-')) faults.push(mappingFault(word));
      continue;
    }
    if (text === '--') {
      const lost = words.slice(at + 1).find((each) => each.text !== '' && isKnown(each.text));
      if (lost !== undefined) faults.push(positionalFault(component, lost, 'stands behind a bare `--`'));
      break;
    }
    if (!text.startsWith('-') || text === '-') {
      if (text !== '' && isKnown(text)) faults.push(positionalFault(component, word, 'is no flag'));
      continue;
    }
    if (!text.startsWith('--')) {
      at += readShort(component, word, words[at + 1], flags, faults);
      continue;
    }
    const equals = text.indexOf('=');
    const name = (equals === -1 ? text.slice(2) : text.slice(2, equals)).replaceAll('_', '-');
    if (name === '' || !isKnown(name)) continue;
    if (readBlank(component, word, flags, faults)) continue;
    const type = flagType(component, name);
    if (equals !== -1) {
      const value = text.slice(equals + 1);
      flags.push(new Flag({ name, value, origin: 'argument', nameWord: word }));
      const fault = valueFault(component, word, name, value, type);
      if (fault !== undefined) faults.push(fault);
      continue;
    }
    const next = words[at + 1];
    if (type === 'bool' || name === 'version') {
      flags.push(new Flag({ name, value: 'true', bare: true, origin: 'argument', nameWord: word }));
      if (next !== undefined && next.mapping !== true && parseBool(next.text.toLowerCase()) !== undefined) {
        at++;
        faults.push({
          kind: 'split-boolean',
          flag: name,
          text: `${text} ${next.text}`,
          effect: `--${name} is true, and ${component} does not start because of the loose word "${next.text}"`,
          place: placeOfWord(word),
          ...(next.node.parent === word.node.parent ? {} : {}),
        });
      }
      continue;
    }
    if (next === undefined || (type === undefined && next.text.startsWith('-'))) {
      // Of a flag that is not in the table it is not known whether it wants a value.
      if (type === undefined)
        flags.push(new Flag({ name, value: 'true', bare: true, origin: 'argument', nameWord: word }));
      else
        faults.push({
          kind: 'no-value',
          flag: name,
          text,
          effect: `${component} does not start, since --${name} needs a value`,
          place: placeOfWord(word),
        });
      continue;
    }
    at++;
    flags.push(new Flag({ name, value: next.text, origin: 'argument', nameWord: word, valueWord: next }));
    const fault = listFault(component, next, name, next.text, type);
    if (fault !== undefined) faults.push(fault);
  }
  return { flags, faults };
}

/**
 * `--name value` as one argument: no flag has a name with a blank in it. The value is taken as it was meant, so that
 * what the flag would have said is not missed once more.
 */
function readBlank(component: Component, word: Argument, flags: Flag[], faults: FlagFault[]): boolean {
  const [, dashes, written, value] = /^(--?)([A-Za-z][\w-]*)[ \t]+(\S.*)$/s.exec(word.text) ?? [];
  if (written === undefined || value === undefined) return false;
  const name = written.replaceAll('_', '-');
  if (flagType(component, name) === undefined) return false;
  flags.push(new Flag({ name, value, origin: 'argument', nameWord: word }));
  faults.push({
    kind: 'blank',
    flag: name,
    text: shorten(word.text),
    effect: `${component} has no flag of that whole name and does not start; a \`=\` is missing`,
    place: placeOfWord(word),
    ...(/\s--?[a-z]/.test(value) ? {} : fixOf(word, `${dashes}${written}=${value}`)),
  });
  return true;
}

/** `-v=2`, `-v2`, `-v 2`; the only flag with a letter. Gives the number of further words that it takes. */
function readShort(
  component: Component,
  word: Argument,
  next: Argument | undefined,
  flags: Flag[],
  faults: FlagFault[],
): number {
  const { text } = word;
  if (text.startsWith('-v') && text !== '-v') {
    const value = text.slice(text[2] === '=' ? 3 : 2);
    if (/^\d+$/.test(value)) {
      flags.push(new Flag({ name: 'v', value, origin: 'argument', nameWord: word }));
      return 0;
    }
  } else if (text === '-v' && next !== undefined) {
    flags.push(new Flag({ name: 'v', value: next.text, origin: 'argument', nameWord: word, valueWord: next }));
    return 1;
  }
  const name = text.slice(1).split('=')[0]!;
  faults.push({
    kind: 'single-dash',
    flag: name.replaceAll('_', '-'),
    text: shorten(text),
    effect: `${component} reads it as a row of one-letter flags and does not start`,
    place: placeOfWord(word),
    ...(/^[a-z][a-z0-9_-]+$/.test(name) ? fixOf(word, `-${text}`) : {}),
  });
  return 0;
}

/** Reads arguments as Go's flag package does for etcd: one dash or two, nothing behind the first word that is no flag. */
function readGoFlags(words: readonly Argument[]): Read {
  const flags: Flag[] = [];
  const faults: FlagFault[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const { text } = word;
    if (word.mapping === true) {
      if (text.startsWith('-')) faults.push(mappingFault(word));
      continue;
    }
    if (!text.startsWith('-') || text === '-' || text === '--') {
      if (text !== '' && isKnown(text)) faults.push(positionalFault('etcd', word, 'is no flag'));
      break;
    }
    const bare = text.replace(/^--?/, '');
    const equals = bare.indexOf('=');
    const name = equals === -1 ? bare : bare.slice(0, equals);
    if (name === '' || !isKnown(name) || readBlank('etcd', word, flags, faults)) continue;
    const type = flagType('etcd', name);
    if (equals !== -1) {
      const value = bare.slice(equals + 1);
      flags.push(new Flag({ name, value, origin: 'argument', nameWord: word }));
      const fault = valueFault('etcd', word, name, value, type);
      if (fault !== undefined) faults.push(fault);
      continue;
    }
    const next = words[at + 1];
    if (type === 'bool' || next === undefined) {
      flags.push(new Flag({ name, value: 'true', bare: true, origin: 'argument', nameWord: word }));
      if (next !== undefined && parseBool(next.text) !== undefined) {
        faults.push({
          kind: 'split-boolean',
          flag: name,
          text: `${text} ${next.text}`,
          effect: `--${name} is true, and etcd does not start because of the loose word "${next.text}"`,
          place: placeOfWord(word),
        });
        break;
      }
      continue;
    }
    at++;
    flags.push(new Flag({ name, value: next.text, origin: 'argument', nameWord: word, valueWord: next }));
  }
  return { flags, faults };
}

/** etcd takes `ETCD_CLIENT_CERT_AUTH` for `--client-cert-auth`; a flag beats it. */
function environmentFlags(container: AnyNode, given: ReadonlySet<string>): readonly Flag[] {
  const flags: Flag[] = [];
  for (const entry of container.get('env').items() as readonly AnyNode[]) {
    const variable = entry.get('name').string;
    if (variable === undefined || !variable.startsWith('ETCD_')) continue;
    const name = variable.slice('ETCD_'.length).toLowerCase().replaceAll('_', '-');
    if (given.has(name)) continue;
    const node: AnyNode = entry.get('value');
    const literal = node.string;
    const at = literal === undefined ? (entry.get('name') as AnyNode) : node;
    // A value from elsewhere counts as given and not known.
    const value = literal ?? (entry.get('valueFrom').present ? '$(valueFrom)' : '');
    const valueWord = { text: value, node: at, start: 0, end: at.string?.length ?? 0 };
    flags.push(new Flag({ name, value, origin: 'environment', nameWord: valueWord, valueWord }));
  }
  return flags;
}

function valueFault(
  component: Component,
  word: Argument,
  name: string,
  value: string,
  type: string | undefined,
): FlagFault | undefined {
  const place = placeOfWord(word);
  const text = word.text;
  const short = { flag: name, text: shorten(text), place };
  const joined = word.shell ? -1 : value.search(/\s--[a-z]/);
  if (joined !== -1) {
    const effect = `everything behind the first \`=\` is the value of --${name}`;
    return { kind: 'joined', ...short, effect };
  }
  const quote = value[0];
  if (!word.shell && value.length > 1 && (quote === '"' || quote === "'") && value.endsWith(quote)) {
    const inner = value.slice(1, -1);
    // pflag reads the value of a list flag as a line of CSV, which knows double quotes.
    if (!(quote === '"' && type === 'list' && !inner.includes(','))) {
      const fix = fixOf(word, text.slice(0, text.length - value.length) + inner);
      return {
        kind: 'quoted',
        ...short,
        effect: `no shell takes the quotes away, so they are part of --${name}`,
        ...fix,
      };
    }
  }
  if (type === 'bool' && isKnown(value) && parseBool(value) === undefined) {
    return {
      kind: 'not-boolean',
      ...short,
      effect: `"${shorten(value)}" is no boolean, so ${component} does not start`,
    };
  }
  return listFault(component, word, name, value, type);
}

/** A quote inside of a list's field is no CSV, which the flag refuses. */
function listFault(
  component: Component,
  word: Argument,
  name: string,
  value: string,
  type: string | undefined,
): FlagFault | undefined {
  if (type !== 'list' || !value.includes('"') || !isKnown(value)) return undefined;
  if (/^(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*))*$/.test(value)) return undefined;
  const effect = `the value of --${name} is a line of CSV, where a quote opens and closes a field: ${component} does not start`;
  return { kind: 'not-list', flag: name, text: shorten(word.text), effect, place: placeOfWord(word) };
}

function positionalFault(component: Component, word: Argument, why: string): FlagFault {
  const effect =
    component === 'etcd'
      ? `"${shorten(word.text)}" ${why}, so etcd does not start`
      : `"${shorten(word.text)}" ${why}: ${component} takes no arguments and does not start`;
  return { kind: 'positional', flag: '', text: shorten(word.text), effect, place: placeOfWord(word) };
}

function mappingFault(word: Argument): FlagFault {
  const colon = word.text.indexOf(':');
  const flag = word.text.slice(0, colon).replace(/^-+/, '');
  const fixed = `${word.text.slice(0, colon)}=${word.text.slice(colon + 1).trim()}`;
  return {
    kind: 'mapping',
    flag,
    text: shorten(word.text),
    effect: 'the item is a mapping and no text, so the API server and the kubelet refuse the pod',
    place: { node: word.node },
    fix: { node: word.node, value: fixed },
  };
}

function fixOf(word: Argument, value: string): { readonly fix?: FlagFault['fix'] & {} } {
  return word.node.string === word.text && word.unit === undefined ? { fix: { node: word.node, value } } : {};
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
