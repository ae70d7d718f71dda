import { defineRule } from '../../engine/rule.ts';
import { baseNameOf, type Command, partOf, quote, SHELLS, type Word } from '../../k8s/command.ts';

export default defineRule({
  id: 'remote-script-executed',
  title: 'Downloaded script executed',
  category: 'workload',
  severity: 'high',
  preset: 'recommended',
  on: 'container',
  messages: {
    piped: 'container "{name}" downloads {source} and executes it: what runs is not in the image and nobody checked it',
    saved: 'container "{name}" downloads "{file}" and executes it without a checksum or signature',
  },
  check(container, context) {
    const { commands, name } = container;
    if (commands.length === 0) return;
    for (const command of commands) {
      if (!DOWNLOADERS.has(command.program)) {
        if (isInlineDownload(command)) {
          const part = partOf(command.words[0]!, command.words.at(-1)!);
          context.report(command.words[0]!.node, 'piped', {
            data: { name, source: 'a program' },
            ...(part === undefined ? {} : { part }),
          });
        }
        continue;
      }
      if (!command.shell || isLocal(command)) continue;
      if (reachesInterpreter(command)) {
        const part = partOf(command.words[0]!, command.words.at(-1)!);
        context.report(command.words[0]!.node, 'piped', {
          data: { name, source: sourceOf(command) },
          ...(part === undefined ? {} : { part }),
        });
        continue;
      }
      const file = savedAs(command);
      if (file === undefined) continue;
      const runner = commands.find((each) => each.shell && executes(each, file));
      if (runner === undefined || commands.some(verifies)) continue;
      const part = partOf(command.words[0]!, command.words.at(-1)!);
      context.report(command.words[0]!.node, 'saved', {
        data: { name, file: baseNameOf(file) },
        severity: 'medium',
        related: [{ at: runner.words[0]!.node, message: 'executed here' }],
        ...(part === undefined ? {} : { part }),
      });
    }
  },
  docs: {
    why: 'Each start of the container runs whatever the other side sends at that moment. Whoever controls the server, its name or the way to it runs code in the cluster, and no scan of the image ever sees it.',
    fix: 'Build what is needed into the image. Where it has to be downloaded, pin the version and check it: `sha256sum -c`, `cosign verify-blob`, `gpg --verify`.',
    frameworks: { nsa: ['P3'], mitre: ['T1609', 'T1105', 'T1195.002'] },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/docs/concepts/security/application-security-checklist/'],
    limits: 'Scripts of ConfigMaps that are mounted and run are not followed.',
    examples: {
      bad: [
        {
          title: 'piped to a shell',
          in: 'container',
          yaml: 'command:\n  - sh\n  - -c\n  - curl -fsSL https://get.example.com/install.sh | sudo bash -s -- # finding: piped',
        },
        {
          title: 'substituted',
          in: 'container',
          yaml: 'command:\n  - bash\n  - -c\n  - source <(wget -qO- https://get.example.com/env.sh) && app # finding: piped',
        },
        {
          title: 'saved and run',
          in: 'container',
          yaml: 'command: [sh, -c]\nargs:\n  - |\n    curl -sLo /tmp/setup https://get.example.com/setup # finding: saved\n    chmod +x /tmp/setup\n    /tmp/setup --all',
        },
        {
          title: 'in Python',
          in: 'container',
          yaml: 'command:\n  - python3 # finding: piped\n  - -c\n  - import urllib.request as r; exec(r.urlopen("https://get.example.com/x.py").read())',
        },
      ],
      good: [
        {
          title: 'downloaded as data',
          in: 'container',
          yaml: 'command: [sh, -c, "curl -fsS https://api.example.com/status | jq .state"]',
        },
        {
          title: 'checked before it runs',
          in: 'container',
          yaml: 'command: [sh, -c]\nargs:\n  - |\n    curl -sLo /tmp/setup https://get.example.com/setup\n    echo "0123  /tmp/setup" | sha256sum -c -\n    sh /tmp/setup',
        },
        {
          title: 'its own neighbour',
          in: 'container',
          yaml: 'command: [sh, -c, "curl -s http://localhost:8080/env.sh | sh"]',
        },
        { title: 'a mere argument', in: 'container', yaml: 'args: ["--message=curl https://x | sh"]' },
      ],
    },
  },
});

const DOWNLOADERS: ReadonlySet<string> = new Set(['curl', 'wget', 'fetch', 'aria2c']);
const INTERPRETERS = /^(?:python|perl|ruby|node|php)[\d.]*$/;
/** Programs that pass on what they read, so that the shell behind them still gets it. */
const FILTERS: ReadonlySet<string> = new Set([
  'gunzip',
  'zcat',
  'gzip',
  'xz',
  'bzip2',
  'tee',
  'cat',
  'sed',
  'tr',
  'envsubst',
  'base64',
  'awk',
]);

function reachesInterpreter(download: Command): boolean {
  let next = download.pipedTo;
  for (let hops = 0; next !== undefined && hops < 4; hops++) {
    if (readsProgram(next)) return true;
    if (!FILTERS.has(next.program)) return false;
    next = next.pipedTo;
  }
  const { feeds } = download;
  if (feeds === undefined) return false;
  const { program, words } = feeds.command;
  if (feeds.as === 'file') return SHELLS.has(program) || program === 'source' || program === '.';
  // `sh -c "$(curl …)"` and `eval "$(curl …)"`: the substitution is the script, not a value in one.
  if (program === 'eval') return true;
  if (!SHELLS.has(program)) return false;
  const option = words.findIndex(({ text }) => /^-[a-z]*c$/.test(text));
  return option !== -1 && /^\s*(?:\$\(|`)/.test(words[option + 1]?.text ?? '');
}

/** A shell or an interpreter without a file to run takes its program from its input. */
function readsProgram({ program, words }: Command): boolean {
  if (!SHELLS.has(program) && !INTERPRETERS.test(program)) return false;
  const first = words.slice(1).find(({ text }) => text !== '-' && !text.startsWith('-'));
  if (first === undefined) return true;
  // `bash -s -- arguments` reads its input all the same; `sh -c` and `python -c` bring their program along.
  return SHELLS.has(program) && words.some(({ text }) => /^-[a-z]*s$/.test(text));
}

/** `python -c` with a download and an exec in one breath. */
function isInlineDownload({ program, words }: Command): boolean {
  if (!INTERPRETERS.test(program)) return false;
  return words.some(
    ({ text }) => /urlopen|requests\.get|Net::HTTP|LWP::Simple|fetch\(/.test(text) && /\b(?:exec|eval)\b/.test(text),
  );
}

function isLocal(command: Command): boolean {
  const target = command.words.find(({ text }) => /^[a-z]+:\/\//.test(text))?.text ?? '';
  return /^file:|^[a-z]+:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/.test(target);
}

function sourceOf(command: Command): string {
  const url = command.words.find(({ text }) => text.includes('://')) ?? command.words.at(-1)!;
  // Without a login that may stand in it.
  return quote([{ ...url, text: url.text.replace(/:\/\/[^/@]*@/, '://') }], 80);
}

/** Where a download is put: `-o FILE`, `-O`, or a redirection. */
function savedAs({ program, words, writes }: Command): string | undefined {
  if (writes[0] !== undefined) return writes[0].text;
  const letter = program === 'wget' ? 'O' : 'o';
  const option = words.findIndex(({ text }) => new RegExp(`^-[A-Za-z]*${letter}$`).test(text));
  if (option !== -1) return words[option + 1]?.text;
  const long = words.find(({ text }) => text.startsWith('--output=') || text.startsWith('--output-document='));
  if (long !== undefined) return long.text.slice(long.text.indexOf('=') + 1);
  const remote = program === 'wget' || words.some(({ text }) => /^-[A-Za-z]*O[A-Za-z]*$/.test(text));
  const url = remote ? words.find(({ text }) => text.includes('://')) : undefined;
  return url === undefined ? undefined : baseNameOf(url.text.replace(/[?#].*$/, ''));
}

function executes({ program, words, wrappers }: Command, file: string): boolean {
  if (file === '' || file === '-' || file === '/dev/null') return false;
  const same = (word: Word | undefined) => word !== undefined && (word.text === file || word.text === `./${file}`);
  if (same(words[0]) || wrappers.some(same)) return true;
  if (program === 'chmod')
    return words.some(({ text }) => /^[ugoa]*\+[rwst]*x|^0?[0-7]*[1357][0-7]*$/.test(text)) && words.some(same);
  const interpreter = SHELLS.has(program) || INTERPRETERS.test(program) || program === 'source' || program === '.';
  return interpreter && same(words.slice(1).find(({ text }) => !text.startsWith('-')));
}

function verifies({ program, words }: Command): boolean {
  if (/^(?:sha(?:1|224|256|384|512)sum|md5sum|shasum|b2sum)$/.test(program))
    return words.some(({ text }) => /^-[a-z]*c|^--check/.test(text));
  if (program === 'cosign') return words[1]?.text.startsWith('verify') === true;
  return /^gpgv?2?$/.test(program) && (program.startsWith('gpgv') || words.some(({ text }) => text === '--verify'));
}
