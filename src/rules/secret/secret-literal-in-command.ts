import { defineRule } from '../../engine/rule.ts';
import type { Command, Word } from '../../k8s/command.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { type Credential, credentialKind, findCredential, isPlaceholder } from '../../k8s/secret-patterns.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isList, isMap, type Value } from '../../yaml/value.ts';
import { describe, partOf } from './_hint.ts';

export default defineRule({
  id: 'secret-literal-in-command',
  title: 'Secret in a command, its arguments or a hook',
  category: 'secret',
  severity: 'high',
  preset: 'recommended',
  on: 'container',
  messages: {
    literal: '{field} of container "{name}" holds a literal {what}: command lines are seen in the API and in /proc',
  },
  check(container, context) {
    const { commands, name } = container;
    for (const command of commands) {
      // The words of a vector are the list items themselves; the script in one of them is read word by word.
      for (let index = 0; index < command.words.length; index++) {
        const word = command.words[index]!;
        if (!command.shell && isScript(command, index)) {
          // Its words follow as commands of their own; what a here-document holds is in no word.
          for (const found of credentialsByLine(word.text)) report(word.node, found, word, command.source);
          continue;
        }
        const found = findCredential(word.text) ?? inFlag(command, index);
        if (found === undefined) continue;
        report(word.node, found, word, command.source);
      }
      for (const word of command.assignments) {
        const found = findCredential(word.text) ?? inAssignment(word);
        if (found !== undefined) report(word.node, found, word, command.source);
      }
    }
    for (const { node, field } of headersOf(container)) {
      const text = node.string!;
      const found = findCredential(text) ?? bareCredential(text);
      if (found !== undefined) {
        context.report(node, 'literal', {
          data: { field, name, what: describe(found, text) },
          severity: found.isDefault === true ? 'medium' : found.confidence,
          ...partOf(node, found.start, found.end),
        });
      }
    }

    function report(node: AnyNode, found: Credential, word: Word, source: Command['source']): void {
      // Offsets of a shell word are those of its script, and quotes may stand in between.
      const raw = node.string!.slice(word.start, word.end);
      const secret = word.text.slice(found.start, found.end);
      const inside = raw.indexOf(secret);
      const start = word.start + Math.max(inside, 0);
      context.report(node, 'literal', {
        data: { field: FIELDS[source], name, what: describe(found, word.text) },
        severity: found.isDefault === true ? 'medium' : found.confidence,
        ...partOf(node, start, inside === -1 ? word.end : start + secret.length),
      });
    }
  },
  docs: {
    why: 'Arguments are part of the pod for everyone who may read it, of the process list on the node, and of what the runtime logs.',
    fix: 'Put the secret into an environment variable from a Secret and refer to it, `--api-key=$(API_KEY)`, or let the program read a file.',
    frameworks: { nsa: ['N7'], mitre: ['T1552.001'] },
    equivalents: { kubescape: ['C-0012'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/secrets-good-practices/'],
    examples: {
      bad: [
        { title: 'a flag and its value', in: 'container', yaml: 'args:\n  - --client-secret=Xq7-abc-93kd # finding' },
        {
          title: 'a flag, then its value',
          in: 'container',
          yaml: 'command:\n  - app\n  - --password\n  - hunter2hunter # finding',
        },
        {
          title: 'in a script',
          in: 'container',
          yaml: 'command: [sh, -c]\nargs:\n  - |\n    mysqldump -u root -pTr0ub4dor shop # finding',
        },
        {
          title: 'a login in a URL',
          in: 'container',
          yaml: 'args:\n  - https://deploy:Tr0ub4dor@git.example.com/app.git # finding',
        },
        {
          title: 'the header of a probe',
          in: 'container',
          yaml: 'livenessProbe:\n  httpGet:\n    port: 80\n    httpHeaders:\n      - name: Authorization\n        value: Basic YWRtaW46VHIwdWI0ZG9y # finding',
        },
      ],
      good: [
        { title: 'a reference', in: 'container', yaml: 'args: ["--api-key=$(API_KEY)", "--password", "$PASSWORD"]' },
        {
          title: 'the name of a Secret, and a file',
          in: 'container',
          yaml: 'args: ["--tls-secret=web-tls", "--token-file=/run/token", "--secret", "registry-credentials"]',
        },
        {
          title: 'a token that is none',
          in: 'container',
          yaml: 'command: [etcd, --initial-cluster-token=shop01cluster]',
        },
        { title: 'other meanings of -p', in: 'container', yaml: 'command: [app, -p8080abc]' },
        { title: 'a placeholder', in: 'container', yaml: 'args: ["--password=<password>"]' },
      ],
      onlyIn: ['containers'],
    },
  },
});

const FIELDS: Readonly<Record<Command['source'], string>> = {
  command: 'the command',
  hook: 'a lifecycle hook',
  probe: 'a probe',
};

/** One credential a line, with its place in the whole. */
function credentialsByLine(script: string): readonly Credential[] {
  if (!script.includes('<<')) return [];
  const found: Credential[] = [];
  let from = 0;
  for (const line of script.split('\n')) {
    const credential = findCredential(line);
    if (credential !== undefined) {
      found.push({ ...credential, start: from + credential.start, end: from + credential.end });
    }
    from += line.length + 1;
  }
  return found;
}

/** Flags that are called tokens and only tell things apart: etcd's name for a cluster that is being founded. */
const IDENTIFIERS: ReadonlySet<string> = new Set(['--initial-cluster-token', '-initial-cluster-token']);

/** The script of `sh -c`, which is read by its words. */
function isScript(command: Command, index: number): boolean {
  return (
    index > 0 &&
    /^-[a-z]*c$/.test(command.words[index - 1]!.text) &&
    /^(?:|sh|bash|dash|ash|zsh|ksh)$/.test(command.program)
  );
}

/** `--client-secret=VALUE`, `--client-secret VALUE`, and the short forms of a few programs. */
function inFlag(command: Command, index: number): Credential | undefined {
  const { text } = command.words[index]!;
  const equals = text.indexOf('=');
  if (text.startsWith('-') && equals > 1) {
    const kind = IDENTIFIERS.has(text.slice(0, equals)) ? undefined : credentialKind(text.slice(0, equals));
    return kind === undefined ? undefined : literal(text, equals + 1, kind);
  }
  const before = command.words[index - 1]?.text;
  if (before !== undefined && /^--?[a-z]/i.test(before) && !before.includes('=')) {
    if (/^--/.test(before)) {
      const kind = text.startsWith('-') || IDENTIFIERS.has(before) ? undefined : credentialKind(before);
      if (kind !== undefined) return literal(text, 0, kind);
    }
    const login = loginBehind(command.program, before, text);
    if (login !== undefined) return login;
  }
  if (/^(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)$/.test(command.program) && /^-p./.test(text))
    return literal(text, 2, 'password');
  return undefined;
}

function loginBehind(program: string, option: string, text: string): Credential | undefined {
  if ((program === 'redis-cli' && option === '-a') || (program === 'sshpass' && option === '-p'))
    return literal(text, 0, 'password');
  if (program === 'curl' && (option === '-u' || option === '--user')) {
    const colon = text.indexOf(':');
    return colon < 1 ? undefined : literal(text, colon + 1, 'password');
  }
  return undefined;
}

/** `PGPASSWORD=… psql`. */
function inAssignment({ text }: Word): Credential | undefined {
  const equals = text.indexOf('=');
  const kind = credentialKind(text.slice(0, equals));
  return kind === undefined ? undefined : literal(text, equals + 1, kind);
}

function literal(text: string, start: number, kind: string): Credential | undefined {
  const value = text.slice(start);
  if (value.length < 6 || !isLiteral(value)) return undefined;
  return { kind, confidence: 'high', start, end: text.length };
}

/** No variable, path, name of an object, number or switch. */
function isLiteral(value: string): boolean {
  if (isPlaceholder(value) || /[$`{}<>]|:\/\//.test(value)) return false;
  if (/^(?:true|false|yes|no|none|null|disabled|enabled|required|optional)$/i.test(value)) return false;
  if (/^\d{1,6}$|^\d+(?:ms|s|m|h|d)$|^(?:~|\.{0,2})\/|^@/.test(value)) return false;
  // `registry-credentials`, `kube-system/web-tls`: the name of an object, as Kubernetes writes names.
  return !/^(?:[a-z0-9-]+\/)?[a-z][a-z0-9]*(?:[-.][a-z0-9]+)+$/.test(value) || /\d[a-z]|[a-z]\d/.test(value);
}

/** `Basic …` and `Bearer …` as the whole of a header. */
function bareCredential(text: string): Credential | undefined {
  const match = /^(?:Basic|Bearer)\s{1,8}([A-Za-z0-9+/=._-]{16,4096})$/i.exec(text);
  if (match === null || isPlaceholder(match[1]!)) return undefined;
  return { kind: 'Authorization header', confidence: 'high', start: text.length - match[1]!.length, end: text.length };
}

/** Values of HTTP headers that probes and hooks send. */
function headersOf(container: ContainerView): readonly { readonly node: AnyNode; readonly field: string }[] {
  const { value } = container;
  let found: { readonly node: AnyNode; readonly field: string }[] | undefined;
  const add = (path: readonly string[], field: string): void => {
    found ??= [];
    for (const header of container.node.at(path).items() as readonly AnyNode[]) {
      const node: AnyNode = header.get('value');
      if (node.string !== undefined) found.push({ node, field: `a header of ${field}` });
    }
  };
  for (const probe of PROBES) {
    if (sendsHeaders(value[probe])) add([probe, 'httpGet', 'httpHeaders'], probe);
  }
  const { lifecycle } = value;
  if (isMap(lifecycle)) {
    for (const hook of HOOKS) {
      if (sendsHeaders(lifecycle[hook])) add(['lifecycle', hook, 'httpGet', 'httpHeaders'], hook);
    }
  }
  return found ?? NO_HEADERS;
}

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const HOOKS = ['postStart', 'preStop'] as const;
const NO_HEADERS: readonly { readonly node: AnyNode; readonly field: string }[] = [];

function sendsHeaders(handler: Value | undefined): boolean {
  return isMap(handler) && isMap(handler['httpGet']) && isList(handler['httpGet']['httpHeaders']);
}
