import { formatGithub } from './github.ts';
import { formatOneline } from './oneline.ts';
import type { Format } from './reporter.ts';
import { formatSarif } from './sarif.ts';

/** The formats that most runs do not ask for. */
export function otherFormat(name: 'oneline' | 'sarif' | 'github'): Format {
  return { oneline: formatOneline, sarif: formatSarif, github: formatGithub }[name];
}
