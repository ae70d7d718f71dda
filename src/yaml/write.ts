import { plainKey, resolvePlain } from './scalar.ts';
import { isList, isMap, type Value } from './value.ts';

/** How a document is written, as far as new text should look like it. */
export interface Style {
  /** Spaces from a mapping to the mapping in it. */
  readonly step: number;
  /** Spaces from a key to the dashes of its list. */
  readonly listStep: number;
  /** In brackets: the quotes of keys and of strings. JSON wants both in double quotes, KYAML strings only. */
  readonly keys: Quotes;
  readonly strings: Quotes;
}

export type Quotes = 'plain' | 'single' | 'double';

/** The lines of a mapping or list that is not empty, each with its indentation. */
export function blockLines(value: Value, column: number, style: Style): readonly string[] {
  const pad = ' '.repeat(column);
  if (isList(value)) {
    return value.flatMap((item) => {
      if (isInline(item)) return [`${pad}- ${inlineText(item, style, false)}`];
      const [first = '', ...rest] = blockLines(item, column + 2, style);
      return [`${pad}- ${first.trimStart()}`, ...rest];
    });
  }
  if (!isMap(value)) return [pad + inlineText(value, style, false)];
  return Object.keys(value).flatMap((key) => {
    const entry = value[key]!;
    const name = `${pad}${keyOf(key, 'plain', false)}:`;
    if (isInline(entry)) return [`${name} ${inlineText(entry, style, false)}`];
    return [name, ...blockLines(entry, column + (isList(entry) ? style.listStep : style.step), style)];
  });
}

/** Whether a value is written on the line of its key. */
export function isInline(value: Value): boolean {
  if (isList(value)) return value.length === 0;
  return !isMap(value) || Object.keys(value).length === 0;
}

/** A value on one line, collections in brackets. */
export function inlineText(value: Value, style: Style, inFlow: boolean): string {
  if (isList(value)) return `[${value.map((item) => inlineText(item, style, true)).join(', ')}]`;
  if (isMap(value)) {
    const entries = Object.keys(value).map(
      (key) => `${keyOf(key, style.keys, true)}: ${inlineText(value[key]!, style, true)}`,
    );
    return `{${entries.join(', ')}}`;
  }
  return scalarText(value, inFlow ? style.strings : 'plain', inFlow);
}

/** A scalar; a string gets the quotes that are wanted if it can have them. */
export function scalarText(value: Value, wanted: Quotes, inFlow: boolean): string {
  if (typeof value !== 'string') return value === null ? 'null' : String(value);
  if (wanted === 'plain' && isPlain(value, inFlow) && resolvePlain(value) === value) return value;
  if (wanted === 'single' && /^[ -~]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  return doubleQuoted(value);
}

/** A key as it is written. */
export function keyOf(key: string, wanted: Quotes, inFlow: boolean): string {
  if (wanted === 'plain' && isPlain(key, inFlow) && plainKey(key) === key && key !== '<<') return key;
  return scalarText(key, wanted === 'single' ? 'single' : 'double', inFlow);
}

/** Narrower than YAML allows, so that it holds for every reader. */
function isPlain(text: string, inFlow: boolean): boolean {
  if (text.length > 200) return false;
  if (!/^[A-Za-z0-9_./$(]/.test(text) || /^(?:\.\.\.|---)/.test(text)) return false;
  const pattern = inFlow
    ? /^(?:[A-Za-z0-9_./@+=~$()<>%^*-]|:(?=[A-Za-z0-9_./-]))+$/
    : /^(?:[A-Za-z0-9_./@+=~$()<>%^*,;?!-]|:(?=[A-Za-z0-9_./-])| (?=[A-Za-z0-9_./$(]))+$/;
  return pattern.test(text);
}

/** JSON's escapes are YAML's, but YAML must see the other line breaks and control characters escaped too. */
function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
