import type { Change } from '../../yaml/edit.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { partOf, type Word } from '../command.ts';
import { isUnresolved } from '../placeholder.ts';

export type Component =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'etcd'
  | 'kubelet'
  | 'kube-proxy'
  | 'cloud-controller-manager';

/** A node, or a part of the scalar that it is: what a finding points at. */
export interface Place {
  readonly node: AnyNode;
  readonly part?: { readonly start: number; readonly end: number };
}

/** One of several values in the value of a list flag, with its place. */
export interface FlagWord {
  readonly text: string;
  readonly place: Place;
  readonly flag: Flag;
}

/** A word of a command line; of one in a systemd unit it is told how its text was come by. */
export interface ArgumentWord extends Word {
  /**
   * The node is a value of a unit, whose text is what is written, and which is edited by nobody. `exact`: the word is
   * written as it is; `derived`: quotes, escapes or variables stood in it.
   */
  readonly unit?: 'exact' | 'derived';
}

/** Where a flag was given: among the arguments, in the environment (etcd), in a kubeadm file, or by kubeadm itself. */
export type FlagOrigin = 'argument' | 'environment' | 'extraArgs' | 'kubeadm';

/** One occurrence of a flag. */
export class Flag {
  /** As the component knows it: dashes taken off, `_` read as `-`. */
  readonly name: string;
  readonly value: string;
  readonly origin: FlagOrigin;
  /** A boolean flag without a value. */
  readonly bare: boolean;
  readonly #name: ArgumentWord;
  readonly #value: ArgumentWord;

  constructor(init: {
    readonly name: string;
    readonly value: string;
    readonly origin: FlagOrigin;
    readonly bare?: boolean;
    /** The word of the flag's name, and that of its value: the same word for `--name=value` and for a bare flag. */
    readonly nameWord: ArgumentWord;
    readonly valueWord?: ArgumentWord;
  }) {
    this.name = init.name;
    this.value = init.value;
    this.origin = init.origin;
    this.bare = init.bare ?? false;
    this.#name = init.nameWord;
    this.#value = init.valueWord ?? init.nameWord;
  }

  get node(): AnyNode {
    return this.#value.node;
  }

  /** The value has no mark of a template or of an expansion in it. */
  get known(): boolean {
    return isKnown(this.value);
  }

  /** The value; the whole flag where it is bare. */
  get place(): Place {
    return this.bare ? this.item : this.placeOf(0, this.value.length);
  }

  /** The flag's word, name and value where both are one word. */
  get item(): Place {
    return placeOfWord(this.#name);
  }

  /** A stretch of the value. */
  placeOf(start: number, end: number): Place {
    const word = this.#value;
    const offset = word.text.length - this.value.length;
    // A word from a script that lost quotes, or one that was expanded, is pointed at as a whole.
    const exact =
      word.unit !== 'derived' &&
      word.end - word.start === word.text.length &&
      word.text.endsWith(this.value) &&
      end > start;
    return placeOfWord(exact ? { ...word, start: word.start + offset + start, end: word.start + offset + end } : word);
  }

  /** The values of a list flag, as the csv reader behind a pflag string slice cuts them. */
  get words(): readonly FlagWord[] {
    const words: FlagWord[] = [];
    const { value } = this;
    for (let start = 0; start <= value.length; ) {
      let end: number;
      let text: string;
      if (value[start] === '"') {
        const close = value.indexOf('"', start + 1);
        const stop = close === -1 ? value.length : close;
        text = value.slice(start + 1, stop);
        end = value.indexOf(',', stop);
      } else {
        end = value.indexOf(',', start);
        text = value.slice(start, end === -1 ? value.length : end);
      }
      if (end === -1) end = value.length;
      if (text !== '') words.push({ text, place: this.placeOf(start, end), flag: this });
      start = end + 1;
    }
    return words;
  }

  /** Gives the flag another value, where it stands alone as an argument of its own; nothing where it does not. */
  change(value: string): readonly Change[] | undefined {
    const node = this.node;
    const text = this.#value.text;
    if (node.string !== text || this.origin === 'kubeadm' || this.#value.unit !== undefined) return undefined;
    const written = this.bare ? `${text}=${value}` : text.slice(0, text.length - this.value.length) + value;
    return [{ op: 'set', path: node.steps, value: written }];
  }

  /** Drops the flag, where it is one argument of its own. */
  removal(): readonly Change[] | undefined {
    const node = this.node;
    if (this.origin === 'extraArgs') {
      const item = node.key === 'value' ? node.parent! : node;
      return [{ op: 'remove', path: item.steps }];
    }
    if (this.#value.unit !== undefined) return undefined;
    if (this.origin !== 'argument' || node.string !== this.#value.text || this.#name !== this.#value) return undefined;
    return [{ op: 'remove', path: node.steps }];
  }
}

export function isKnown(text: string): boolean {
  return !isUnresolved(text) && !/\$[({A-Za-z_]|`/.test(text) && !/^<[^<>]*>$/.test(text);
}

export function placeOfWord(word: ArgumentWord): Place {
  const whole = word.start === 0 && word.end === word.node.string?.length;
  if (word.unit !== undefined && !whole) return { node: word.node, part: { start: word.start, end: word.end } };
  const part = whole ? undefined : partOf(word);
  return part === undefined ? { node: word.node } : { node: word.node, part };
}

const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** strconv.ParseBool, which reads the values of boolean flags. */
export function parseBool(text: string): boolean | undefined {
  return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
}
