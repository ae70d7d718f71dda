import { formatCheckstyle } from './checkstyle.ts';
import { formatGithub } from './github.ts';
import { formatGitlab } from './gitlab.ts';
import { formatHtml } from './html.ts';
import { formatJunit } from './junit.ts';
import { formatMarkdown } from './markdown.ts';
import { formatOneline } from './oneline.ts';
import type { Format } from './reporter.ts';
import { formatSarif } from './sarif.ts';

const FORMATS = {
  oneline: formatOneline,
  sarif: formatSarif,
  github: formatGithub,
  junit: formatJunit,
  gitlab: formatGitlab,
  checkstyle: formatCheckstyle,
  markdown: formatMarkdown,
  html: formatHtml,
} as const satisfies Readonly<Record<string, Format>>;

/** The formats that most runs do not ask for. */
export function otherFormat(name: keyof typeof FORMATS): Format {
  return FORMATS[name];
}
