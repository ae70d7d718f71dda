import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { matchPath, type PathPattern, parsePathPatterns } from '../text/path-pattern.ts';

/** The patterns of one file, speaking of the folder that it stands in. */
interface PatternFile {
  /** Absolute. */
  readonly folder: string;
  readonly patterns: readonly PathPattern[];
}

/**
 * What git leaves out, folder by folder: .gitignore of the folder and of those above it up to the repository, and
 * .git/info/exclude. The nearest file with an opinion wins.
 */
export class IgnoreStack {
  static readonly NONE: IgnoreStack = new IgnoreStack([]);

  readonly #files: readonly PatternFile[];

  private constructor(files: readonly PatternFile[]) {
    this.#files = files;
  }

  /** What is in force in a folder, and says nothing about the folder itself. */
  static above(folder: string): IgnoreStack {
    const folders: string[] = [];
    let repository: string | undefined;
    for (let at = folder; ; at = dirname(at)) {
      folders.unshift(at);
      // A folder in a clone, a file in a worktree or a submodule.
      if (existsSync(join(at, '.git'))) {
        repository = at;
        break;
      }
      if (dirname(at) === at) break;
    }
    if (repository === undefined) return IgnoreStack.NONE.enter(folder);
    const excluded = patternFile(repository, join(repository, '.git', 'info', 'exclude'));
    let stack = excluded === undefined ? IgnoreStack.NONE : new IgnoreStack([excluded]);
    for (const each of folders) stack = stack.enter(each);
    return stack;
  }

  /** Adds the folder's own .gitignore. */
  enter(folder: string): IgnoreStack {
    const own = patternFile(folder, join(folder, '.gitignore'));
    return own === undefined ? this : new IgnoreStack([...this.#files, own]);
  }

  /** Whether this very entry is left out; the folders above it are taken to have been asked before. */
  ignores(path: string, isFolder: boolean): boolean {
    for (let index = this.#files.length - 1; index >= 0; index--) {
      const { folder, patterns } = this.#files[index]!;
      // A folder's own patterns say nothing about the folder.
      if (path.length <= folder.length) continue;
      const answer = matchPath(patterns, slashed(path.slice(folder.length + (folder.endsWith(sep) ? 0 : 1))), isFolder);
      if (answer !== undefined) return answer;
    }
    return false;
  }

  /** Whether the entry or a folder above it is left out. */
  ignoresWithin(path: string, isFolder: boolean): boolean {
    const root = this.#files[0]?.folder;
    if (root === undefined) return false;
    const steps = relative(root, path).split(sep);
    let at = root;
    for (const [index, step] of steps.entries()) {
      at = join(at, step);
      if (this.ignores(at, isFolder || index < steps.length - 1)) return true;
    }
    return false;
  }
}

function patternFile(folder: string, path: string): PatternFile | undefined {
  if (!existsSync(path)) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // A .gitignore that cannot be read leaves nothing out; git says the same.
    return undefined;
  }
  const patterns = parsePathPatterns(text.replace(/^\ufeff/, '').split('\n'));
  return patterns.length === 0 ? undefined : { folder, patterns };
}

function slashed(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}
