import { type Document, TAPE_STRIDE } from '../../src/yaml/document.ts';
import { keyText } from '../../src/yaml/scalar.ts';
import { isList, isMap, type Value } from '../../src/yaml/value.ts';

/** Where the tape of a document does not fit its value; undefined where it does. */
export function tapeFault({ tape, value, file, errors }: Document): string | undefined {
  if (errors.length > 0) return tape.length === 0 && value === null ? undefined : 'a failed document has a value';
  const hasOddBreaks = /[\x85\u2028\u2029]/.test(file.text);
  const visit = (node: number, each: Value, path: string): string | undefined => {
    const base = node * TAPE_STRIDE;
    const [start, end, next] = [tape[base + 2]!, tape[base + 3]!, tape[base + 4]!];
    if (!(start >= 0 && start <= end && end <= file.text.length)) return `${path}: spans ${start} to ${end}`;
    if (/[ \t\r\n]$/.test(file.text.slice(start, end))) return `${path}: ends in a blank`;
    let child = node + 1;
    const keys = isMap(each) ? new Set(Object.keys(each)) : undefined;
    let position = 0;
    for (; child < next; child = tape[child * TAPE_STRIDE + 4]!) {
      if (isList(each)) {
        const fault = visit(child, each[position]!, `${path}[${position}]`);
        if (fault !== undefined) return fault;
      } else if (isMap(each)) {
        const keyStart = tape[child * TAPE_STRIDE]!;
        // A key written as a block scalar is not found on the tape: a finding then points at the mapping.
        if (/[|>]/.test(file.text[keyStart]!)) return undefined;
        // Nor is a JSON key that holds a line break of Unicode, which YAML would fold.
        if (hasOddBreaks) return undefined;
        const key = keyText(file.text, keyStart, tape[child * TAPE_STRIDE + 1]!);
        if (!keys!.delete(key)) return `${path}: no key ${JSON.stringify(key)}`;
        const fault = visit(child, each[key]!, `${path}.${key}`);
        if (fault !== undefined) return fault;
      }
      position++;
    }
    if (child !== next) return `${path}: children end at ${child}, not ${next}`;
    const size = isList(each) ? each.length : isMap(each) ? Object.keys(each).length : 0;
    return position === size ? undefined : `${path}: ${position} children, not ${size}`;
  };
  const fault = visit(0, value, '$');
  if (fault !== undefined) return fault;
  return tape[4]! * TAPE_STRIDE === tape.length ? undefined : 'the root does not span the tape';
}
