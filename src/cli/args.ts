import { nearest } from '../text/nearest.ts';
import { UsageError } from './command.ts';

export interface OptionSpec {
  readonly short?: string;
  /** The word that stands for its value on the help page; an option without one is a switch. */
  readonly value?: string;
  readonly text: string;
  /** Its name is taken, its work is not there yet. */
  readonly later?: boolean;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export interface Arguments {
  readonly positionals: readonly string[];
  has(option: string): boolean;
  /** The last value given. */
  value(option: string): string | undefined;
  values(option: string): readonly string[];
  /** Options in the order in which they were given. */
  readonly given: readonly { readonly option: string; readonly value: string }[];
}

/** `--name value`, `--name=value`, `-n value`, `-nvalue`; `--` ends the options. */
export function parseArguments(argv: readonly string[], specs: OptionSpecs): Arguments {
  const given: { option: string; value: string }[] = [];
  const positionals: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]!;
    if (word === '--') {
      positionals.push(...argv.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    const { option, spec, attached } = recognize(word, specs);
    if (spec.later === true) throw new UsageError(`--${option} is not there yet`);
    if (spec.value === undefined) {
      if (attached !== undefined) throw new UsageError(`--${option} takes no value`);
      given.push({ option, value: '' });
      continue;
    }
    const value = attached ?? argv[++index];
    if (value === undefined) throw new UsageError(`--${option} needs a value: --${option} ${spec.value}`);
    given.push({ option, value });
  }
  return {
    positionals,
    given,
    has: (option) => given.some((each) => each.option === option),
    value: (option) => given.findLast((each) => each.option === option)?.value,
    values: (option) => given.filter((each) => each.option === option).map((each) => each.value),
  };
}

/** The lines of a help page, one an option. */
export function describeOptions(specs: OptionSpecs): string {
  const rows = Object.entries(specs)
    .filter(([, { later }]) => later !== true)
    .map(([name, { short, value, text }]) => {
      const names = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
      return { names, text };
    });
  const width = Math.max(...rows.map(({ names }) => names.length));
  return rows.map(({ names, text }) => `  ${names.padEnd(width)}  ${text}\n`).join('');
}

/** Holds a value to a list of words. */
export function oneOf<const W extends string>(option: string, value: string, words: readonly W[]): W {
  const word = words.find((each) => each === value);
  if (word !== undefined) return word;
  const meant = nearest(value, words);
  const hint = meant === undefined ? `one of ${words.join(', ')}` : `did you mean "${meant}"`;
  throw new UsageError(`${option} has no "${value}": ${hint}`);
}

function recognize(
  word: string,
  specs: OptionSpecs,
): { readonly option: string; readonly spec: OptionSpec; readonly attached: string | undefined } {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    const option = word.slice(2, equals === -1 ? undefined : equals);
    const spec = Object.hasOwn(specs, option) ? specs[option] : undefined;
    if (spec === undefined) throw new UsageError(unknownOption(`--${option}`, specs));
    return { option, spec, attached: equals === -1 ? undefined : word.slice(equals + 1) };
  }
  const found = Object.entries(specs).find(([, { short }]) => short === word[1]);
  if (found === undefined) throw new UsageError(unknownOption(word, specs));
  const [option, spec] = found;
  const attached = word.length > 2 ? word.slice(word[2] === '=' ? 3 : 2) : undefined;
  return { option, spec, attached };
}

function unknownOption(written: string, specs: OptionSpecs): string {
  const meant = nearest(written.replace(/^-+/, ''), Object.keys(specs));
  return `unknown option ${written}${meant === undefined ? '; --help lists them' : `; did you mean --${meant}`}`;
}
