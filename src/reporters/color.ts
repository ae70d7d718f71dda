import type { Severity } from '../engine/finding.ts';

/** Paints text, or leaves it alone where colour is not wanted. */
export interface Paint {
  severity(severity: Severity, text: string): string;
  strong(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  file(text: string): string;
}

const SEVERITY_CODES: Readonly<Record<Severity, string>> = {
  critical: '1;31',
  high: '31',
  medium: '33',
  low: '36',
  info: '34',
};

export function paint(color: boolean): Paint {
  const wrap = (code: string) => (text: string) => (color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    severity: (severity, text) => wrap(SEVERITY_CODES[severity])(text),
    strong: wrap('1'),
    faint: wrap('2'),
    good: wrap('32'),
    file: wrap('1;4'),
  };
}
