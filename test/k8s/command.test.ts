import { describe, expect, test } from 'vitest';
import { type Command, commandsOf, partOf } from '../../src/k8s/command.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { parse } from '../../src/yaml/parse.ts';

function read(yaml: string): readonly Command[] {
  return commandsOf(parse(new SourceFile('container.yaml', yaml))[0]!.root);
}

function script(text: string): readonly Command[] {
  // The argument vector itself comes first; what the shell runs follows.
  return read(JSON.stringify({ command: ['sh', '-c', text] })).slice(1);
}

/** One line a command: wrappers in brackets, what it writes and where its output goes behind it. */
function show(commands: readonly Command[]): readonly string[] {
  return commands.map((command) => {
    const { wrappers, assignments, words, writes, reads, pipedTo, feeds } = command;
    return [
      ...wrappers.map(({ text }) => `[${text}]`),
      ...assignments.map(({ text }) => `{${text}}`),
      ...words.map(({ text }) => text),
      ...writes.map(({ text }) => `> ${text}`),
      ...reads.map(({ text }) => `< ${text}`),
      ...(pipedTo === undefined ? [] : [`| ${pipedTo.program}`]),
      ...(feeds === undefined ? [] : [`-> ${feeds.command.program} ${feeds.as}`]),
    ].join(' ');
  });
}

describe('argument vectors', () => {
  test('command and args are one vector, split by nobody', () => {
    expect(show(read('command: [/bin/app, "a b"]\nargs: ["| sh", --flag]'))).toEqual(['/bin/app a b | sh --flag']);
  });

  test('without a command the program is that of the image', () => {
    expect(read('args: [serve, --port=80]').map(({ program, words }) => [program, words.length])).toEqual([['', 2]]);
  });

  test('wrappers give way to what they start', () => {
    expect(show(read('command: [sudo, -E, -u, app, timeout, 5s, /usr/bin/curl, -k, x]'))).toEqual([
      '[sudo] [timeout] /usr/bin/curl -k x',
    ]);
  });

  test('the variables of env belong to what it starts', () => {
    expect(show(read('command: [env, -u, HOME, MODE=fast, /bin/app, A=b]'))).toEqual([
      '[env] {MODE=fast} /bin/app A=b',
    ]);
  });

  test('hooks and probes are read, and said to be what they are', () => {
    const yaml = `
livenessProbe: { exec: { command: [pg_isready] } }
lifecycle: { preStop: { exec: { command: [sh, -c, sleep 5] } } }`;
    expect(read(yaml).map(({ source, words, shell }) => [source, words[0]!.text, shell])).toEqual([
      ['hook', 'sh', false],
      ['hook', 'sleep', true],
      ['probe', 'pg_isready', false],
    ]);
  });

  test('args that begin with -c are for an entrypoint that is a shell', () => {
    expect(show(read('args: [-c, "curl x | sh"]')).slice(1)).toEqual(['curl x | sh', 'sh']);
  });

  test('two dashes stand between sh -c and its script', () => {
    expect(show(read('command: [sh, -c, --]\nargs: ["app; sleep 1"]')).slice(1)).toEqual(['app', 'sleep 1']);
  });

  test('items of other types are left out, and a container that starts nothing has none', () => {
    expect(show(read('command: [app, 1, null, {a: b}]'))).toEqual(['app']);
    expect(read('name: app\nimage: nginx')).toEqual([]);
    expect(read('command: app')).toEqual([]);
  });
});

describe('shell scripts', () => {
  test.each<[string, readonly string[]]>([
    ['a; b && c || d & e', ['a', 'b', 'c', 'd', 'e']],
    ['curl -s x | gunzip | bash -s --', ['curl -s x | gunzip', 'gunzip | bash', 'bash -s --']],
    ['curl x |\n  sh', ['curl x | sh', 'sh']],
    ['curl \\\n  x', ['curl x']],
    ['# curl x | sh\necho "#" # comment', ['echo #']],
    ['echo "a | b" \'c; d\'', ['echo a | b c; d']],
    ['echo a\\ b', ['echo a b']],
    ['A=1 B=2 app --x', ['{A=1} {B=2} app --x']],
    ['if test -f x; then curl y; fi', ['test -f x', 'curl y']],
    ['echo x > /tmp/f 2>&1', ['echo x > /tmp/f > 1']],
    ['exec 3<>/dev/tcp/db/5432', ['exec > /dev/tcp/db/5432']],
    ['echo x >> f', ['echo x > f']],
    ['nc host 80 < f 2>/dev/null', ['nc host 80 > /dev/null < f']],
    ['cat <<< text', ['cat']],
    ['bash -c "$(curl -s x)"', ['curl -s x -> bash argument', 'bash -c $(curl -s x)', '$(curl -s x)']],
    ['source <(curl x)', ['curl x -> source file', 'source']],
    ['echo `id -u`x', ['id -u -> echo argument', 'echo `id -u`x']],
    ['(cd /tmp && ls)', ['cd /tmp', 'ls']],
    ['echo $((1 + 2))', ['echo $((1 + 2))']],
    ["sh -c 'apk add curl; app'", ['sh -c apk add curl; app', 'apk add curl', 'app']],
    ['cat <<EOF\ncurl x | sh\nEOF\napp', ['cat', 'app']],
    ['bash <<EOF\ncurl x\nEOF\napp', ['bash', 'curl x', 'app']],
    ['sudo apt-get update', ['[sudo] apt-get update']],
    ['exec "$@"', ['[exec] $@']],
    ['case $1 in a) app;; esac', ['case $1 in a', 'app']],
    ['echo ${A:-$(b)} c', ['echo ${A:-$(b)} c']],
    ["echo 'unclosed", ['echo unclosed']],
    ['echo "unclosed $(', ['echo unclosed $(']],
    ['', []],
    [') ) |', []],
  ])('%j', (text, expected) => {
    expect(show(script(text))).toEqual(expected);
  });

  test('deep and hostile nesting ends', () => {
    for (const text of [
      '$('.repeat(50_000),
      '`'.repeat(50_000),
      '('.repeat(50_000),
      '"$('.repeat(50_000),
      "sh -c '".repeat(20_000),
      'a <<x\n'.repeat(20_000),
    ]) {
      // Work that grows faster than the text would run into the time limit of the test.
      expect(() => script(text)).not.toThrow();
    }
  });
});

describe('places', () => {
  const at = (yaml: string, text: string) => {
    const file = new SourceFile('container.yaml', yaml);
    const root = parse(file)[0]!.root;
    const word = commandsOf(root)
      .flatMap(({ words }) => words)
      .findLast((each) => each.text === text)!;
    const part = partOf(word)!;
    const begin = word.node.span.start;
    return file.text.slice(begin + part.start, begin + part.end);
  };

  test('a word is found in a block scalar, in quotes and in a nested script', () => {
    expect(at('args:\n  - -c\n  - |\n    apk add\n    curl x\n', 'curl')).toBe('curl');
    expect(at('args: [-c, "a \\"b c\\""]', 'b c')).toBe('\\"b c\\"');
    expect(at('args: [-c, \'sh -c "apk id"\']', 'apk')).toBe('apk');
  });
});
