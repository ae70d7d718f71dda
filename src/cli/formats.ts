import { formatJson } from '../reporters/json.ts';
import { otherFormat } from '../reporters/others.lazy.ts';
import type { Format } from '../reporters/reporter.ts';
import { formatText } from '../reporters/text.ts';
import { nearest } from '../text/nearest.ts';
import type { Arguments } from './args.ts';
import { UsageError } from './command.ts';

export const FORMATS = [
  'text',
  'oneline',
  'json',
  'sarif',
  'github',
  'gitlab',
  'junit',
  'checkstyle',
  'markdown',
  'html',
] as const;
export type FormatName = (typeof FORMATS)[number];

export interface FormatRequest {
  readonly name: FormatName;
  /** Undefined for standard output. */
  readonly file: string | undefined;
}

/** Reads `--format text --format sarif=report.sarif` and `--output`, which belongs to the format before it. */
export function requestedFormats(args: Arguments): readonly FormatRequest[] {
  const requests: { name: FormatName; file: string | undefined }[] = [];
  for (const { option, value } of args.given) {
    if (option === 'format') {
      const equals = value.indexOf('=');
      const file = equals === -1 ? undefined : value.slice(equals + 1);
      if (file === '') throw new UsageError(`--format ${value} names no file`);
      requests.push({ name: formatName(equals === -1 ? value : value.slice(0, equals)), file });
    } else if (option === 'output') {
      const last = requests.at(-1);
      if (last === undefined) requests.push({ name: 'text', file: value });
      else last.file = value;
    }
  }
  if (requests.length === 0) return [{ name: 'text', file: undefined }];
  const toStdout = requests.filter(({ file }) => file === undefined);
  if (toStdout.length > 1) {
    throw new UsageError(
      `formats ${toStdout.map(({ name }) => name).join(' and ')} would share standard output; give all but one a file: --format ${toStdout[1]!.name}=FILE`,
    );
  }
  return requests;
}

export function formatNamed(name: FormatName): Format {
  if (name === 'text') return formatText;
  return name === 'json' ? formatJson : otherFormat(name);
}

function formatName(name: string): FormatName {
  const known = FORMATS.find((each) => each === name);
  if (known !== undefined) return known;
  const meant = nearest(name, FORMATS);
  throw new UsageError(
    `there is no format "${name}": ${meant === undefined ? FORMATS.join(', ') : `did you mean ${meant}`}`,
  );
}
