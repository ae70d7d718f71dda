import { type Dirent, existsSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { compare } from '../text/order.ts';
import { matchesFile, type PathPattern, parsePathPatterns } from '../text/path-pattern.ts';
import { expandPattern } from './glob.lazy.ts';
import { IgnoreStack } from './ignore.ts';

/** One thing to look at. */
export type Found =
  | { readonly kind: 'file'; readonly path: string; readonly shown: string; readonly isChartTemplate: boolean }
  | { readonly kind: 'stdin' }
  | { readonly kind: 'ignored'; readonly shown: string }
  | { readonly kind: 'failed'; readonly shown: string; readonly reason: string };

/** What one argument of the command line led to. */
export interface Target {
  readonly argument: string;
  readonly kind: 'file' | 'folder' | 'pattern' | 'stdin' | 'missing';
  readonly found: readonly Found[];
}

export interface DiscoverOptions {
  readonly cwd: string;
  /** Patterns as in .gitignore, each list with the folder that it speaks of. */
  readonly ignore: readonly { readonly folder: string; readonly patterns: readonly string[] }[];
}

/**
 * Finds what the arguments mean, in a stable order and every file once. Folders are searched for .yaml, .yml and .json
 * and for the units of systemd that run the cluster, leaving out what .gitignore does; a file that is named is taken whatever it is called. Reading the file system
 * synchronously was measured faster than any other way.
 */
export function discover(args: readonly string[], options: DiscoverOptions): readonly Target[] {
  const seen = new Set<string>();
  const ignores = options.ignore.map(({ folder, patterns }) => ({ folder, patterns: parsePathPatterns(patterns) }));
  const contextFor = (argument: string): Context => ({
    // What was given absolute and lies elsewhere is shown as it was given.
    shown: (path) => shownPath(path, options.cwd, isAbsolute(argument)),
    isIgnored: (path) => ignores.some(({ folder, patterns }) => matchesUnder(folder, patterns, path)),
    isNew: (path) => !seen.has(path) && seen.add(path) !== undefined,
  });
  return args.map((argument) => discoverOne(argument, options.cwd, contextFor(argument)));
}

interface Context {
  shown(path: string): string;
  isIgnored(path: string): boolean;
  /** True the first time it is asked about a path. */
  isNew(path: string): boolean;
}

function discoverOne(argument: string, cwd: string, context: Context): Target {
  if (argument === '-') return { argument, kind: 'stdin', found: context.isNew('-') ? [{ kind: 'stdin' }] : [] };
  const path = resolve(cwd, argument);
  const stats = statOf(path);
  if (stats === undefined)
    return isPattern(argument) ? discoverPattern(argument, cwd, context) : missing(argument, path);
  if (!stats.isDirectory()) return { argument, kind: 'file', found: namedFile(path, stats, context) };
  return { argument, kind: 'folder', found: new Walk(context).walk(path) };
}

function missing(argument: string, path: string): Target {
  return { argument, kind: 'missing', found: [{ kind: 'failed', shown: argument, reason: reasonOf(path) }] };
}

function namedFile(path: string, stats: Stats, context: Context): readonly Found[] {
  if (!context.isNew(path)) return [];
  const shown = context.shown(path);
  if (context.isIgnored(path)) return [{ kind: 'ignored', shown }];
  // A pipe is a fair argument, `<(helm template …)`; a device or a socket would keep us waiting.
  if (!stats.isFile() && !stats.isFIFO()) return [{ kind: 'failed', shown, reason: 'not a file or folder' }];
  return [{ kind: 'file', path, shown, isChartTemplate: isInChartTemplates(dirname(path)) }];
}

function discoverPattern(argument: string, cwd: string, context: Context): Target {
  const found: Found[] = [];
  const stacks = new Map<string, IgnoreStack>();
  for (const path of expandPattern(argument, cwd)) {
    const folder = dirname(path);
    let stack = stacks.get(folder);
    stack ??= IgnoreStack.above(folder);
    stacks.set(folder, stack);
    if (stack.ignoresWithin(path, false) || context.isIgnored(path) || !context.isNew(path)) continue;
    found.push({ kind: 'file', path, shown: context.shown(path), isChartTemplate: isInChartTemplates(folder) });
  }
  return { argument, kind: 'pattern', found };
}

/** Never worth a look: no manifests of the user's own, and many files. */
const SKIPPED_FOLDERS = new Set(['.git', '.hg', '.svn', 'node_modules']);

class Walk {
  readonly #context: Context;
  readonly #found: Found[] = [];
  /** Real paths of folders entered and of files found by way of links, so that no link leads in a circle. */
  readonly #entered = new Set<string>();
  readonly #links: { readonly path: string; readonly ignore: IgnoreStack }[] = [];

  constructor(context: Context) {
    this.#context = context;
  }

  walk(root: string): readonly Found[] {
    const above = IgnoreStack.above(dirname(root));
    // A folder that is named is looked at even where git leaves it out.
    const ignore = above.ignoresWithin(root, true) ? IgnoreStack.NONE : above;
    this.folder(root, ignore, isInChartTemplates(root));
    this.followLinks();
    return this.#found.sort((one, other) => compare(shownOf(one), shownOf(other)));
  }

  private folder(path: string, above: IgnoreStack, isChartTemplate: boolean): void {
    const real = realPathOf(path);
    if (real === undefined || this.#entered.has(real)) return;
    this.#entered.add(real);
    let entries: Dirent[];
    try {
      entries = readdirSync(path, { withFileTypes: true });
    } catch (error) {
      this.#found.push({ kind: 'failed', shown: this.#context.shown(path), reason: systemReason(error) });
      return;
    }
    const ignore = entries.some(({ name }) => name === '.gitignore') ? above.enter(path) : above;
    const isChart = entries.some(({ name }) => name === 'Chart.yaml');
    for (const entry of entries) {
      const { name } = entry;
      const inner = join(path, name);
      if (entry.isDirectory()) {
        if (SKIPPED_FOLDERS.has(name) || ignore.ignores(inner, true) || this.#context.isIgnored(inner)) continue;
        this.folder(inner, ignore, isChartTemplate || (isChart && name === 'templates'));
      } else if (entry.isFile()) {
        if ((hasManifestName(name) || hasUnitName(inner)) && !ignore.ignores(inner, false))
          this.file(inner, isChartTemplate);
      } else if (entry.isSymbolicLink()) {
        this.#links.push({ path: inner, ignore });
      }
    }
  }

  private file(path: string, isChartTemplate: boolean): void {
    if (this.#context.isIgnored(path) || !this.#context.isNew(path)) return;
    this.#found.push({ kind: 'file', path, shown: this.#context.shown(path), isChartTemplate });
  }

  /** Links come last: what they lead to is left out where the walk has been there by its own name. */
  private followLinks(): void {
    for (let next = this.#links.shift(); next !== undefined; next = this.#links.shift()) {
      const { path, ignore } = next;
      const real = realPathOf(path);
      const stats = real === undefined ? undefined : statOf(real);
      if (real === undefined || stats === undefined || ignore.ignores(path, stats.isDirectory())) continue;
      if (stats.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(path.slice(path.lastIndexOf(sep) + 1)))
          this.folder(path, ignore, isInChartTemplates(path));
      } else if (
        stats.isFile() &&
        (hasManifestName(path) || hasUnitName(path)) &&
        !this.#entered.has(dirname(real)) &&
        !this.#entered.has(real)
      ) {
        this.#entered.add(real);
        this.file(path, isInChartTemplates(dirname(path)));
      }
    }
  }
}

function hasManifestName(name: string): boolean {
  const dot = name.lastIndexOf('.');
  if (dot === -1) return name === 'Kustomization' || name.endsWith(`${sep}Kustomization`);
  const extension = name.slice(dot);
  if (extension === '.yaml' || extension === '.yml' || extension === '.json') return true;
  // Policies of the ABAC authorizer, one JSON object a line; other files of that kind are data.
  return extension === '.jsonl' && /abac|polic(?:y|ies)/i.test(name.slice(name.lastIndexOf(sep) + 1));
}

/**
 * Units of systemd that run a component of the cluster, their drop-ins, and the variables of their command lines.
 * Other units, and files of variables, are looked at where they are named.
 */
function hasUnitName(path: string): boolean {
  return UNIT_PATH.test(sep === '/' ? path : path.replaceAll(sep, '/'));
}

const UNIT_PATH =
  /(?:\/(?:(?:kubelet|etcd|kube-(?:apiserver|controller-manager|scheduler|proxy)|cloud-controller-manager)\.(?:service(?:\.d\/[^/]+\.conf)?|env)|10-kubeadm\.conf|kubeadm-flags\.env)|\/etc\/(?:default|sysconfig)\/kubelet)$/;

/** Whether a folder is, or is below, the `templates` of a Helm chart. */
function isInChartTemplates(folder: string): boolean {
  const steps = folder.split(sep);
  for (let index = steps.lastIndexOf('templates'); index > 0; index = steps.lastIndexOf('templates', index - 1)) {
    if (existsSync(join(steps.slice(0, index).join(sep), 'Chart.yaml'))) return true;
  }
  return false;
}

function isPattern(argument: string): boolean {
  return /[*?[\]{}!()]/.test(argument);
}

/** Relative to the working folder where it lies below it, '/'-separated. */
export function shownPath(path: string, cwd: string, keepAbsolute: boolean): string {
  const inside = relative(cwd, path);
  const isElsewhere = inside === '' || isAbsolute(inside) || (keepAbsolute && inside.startsWith('..'));
  const shown = isElsewhere ? path : inside;
  return sep === '/' ? shown : shown.replaceAll(sep, '/');
}

function matchesUnder(folder: string, patterns: readonly PathPattern[], path: string): boolean {
  const inside = relative(folder, path);
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return false;
  return matchesFile(patterns, sep === '/' ? inside : inside.replaceAll(sep, '/'));
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    // The caller says what is missing, with the reason.
    return undefined;
  }
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // A link that leads nowhere or in a circle.
    return undefined;
  }
}

function reasonOf(path: string): string {
  try {
    statSync(path);
    return 'no such file or folder';
  } catch (error) {
    return systemReason(error);
  }
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'no such file or folder',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EISDIR: 'a folder, not a file',
  EMFILE: 'too many files are open',
};

/** What the operating system said, in words. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return SYSTEM_REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}

function shownOf(found: Found): string {
  return found.kind === 'stdin' ? '' : found.shown;
}
