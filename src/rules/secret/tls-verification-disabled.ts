import { defineRule } from '../../engine/rule.ts';
import { type Command, hasShortOption, hasWord, partOf, type Word } from '../../k8s/command.ts';
import { literalVariables } from '../../k8s/env.ts';

interface Options {
  /** Further variables, each with the value that switches verification off. */
  readonly insecureEnv: Readonly<Record<string, string>>;
}

export default defineRule({
  id: 'tls-verification-disabled',
  title: 'TLS verification switched off',
  category: 'secret',
  severity: 'medium',
  preset: 'recommended',
  on: 'container',
  messages: {
    variable: 'container "{name}" switches TLS verification off ({variable}={value})',
    command: 'container "{name}" switches TLS verification off ({what})',
  },
  options: {
    defaults: { insecureEnv: {} } as Options,
    schema: {
      type: 'object',
      properties: { insecureEnv: { type: 'object', additionalProperties: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  check(container, context) {
    const { insecureEnv } = context.options;
    const isInsecure = (key: string, value: string): boolean =>
      VARIABLES.get(key)?.test(value) ?? (Object.hasOwn(insecureEnv, key) && insecureEnv[key] === value);
    for (const { name: key, value, node, valueNode } of literalVariables(container, isInsecure)) {
      context.report(valueNode, 'variable', {
        data: { name: container.name, variable: key, value },
        fix: { title: `Remove ${key}`, safety: 'hardening', changes: [{ op: 'remove', path: node.steps }] },
      });
    }
    for (const command of container.commands) {
      for (const word of assignmentsOf(command)) {
        const equals = word.text.indexOf('=');
        const [variable, value] = [word.text.slice(0, equals), word.text.slice(equals + 1)];
        if (!isInsecure(variable, value)) continue;
        const part = partOf(word);
        context.report(word.node, 'variable', {
          data: { name: container.name, variable, value },
          ...(part === undefined ? {} : { part }),
        });
      }
      const word = insecureWord(command);
      if (word === undefined) continue;
      const part = partOf(word);
      const local = command.source === 'probe' || command.words.some(({ text }) => LOCAL.test(text));
      context.report(word.node, 'command', {
        data: { name: container.name, what: `${command.program} ${word.text}`.trim() },
        ...(part === undefined ? {} : { part }),
        ...(local ? { severity: 'low', preset: 'strict' } : {}),
      });
    }
  },
  docs: {
    why: 'Whoever stands between the two ends, a compromised pod, a node or a name server, reads and changes everything that is sent, credentials included.',
    fix: 'Mount the certificate of the authority and name it: `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`, `curl --cacert`.',
    frameworks: { mitre: ['T1557'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://attack.mitre.org/techniques/T1557/'],
    limits:
      'Probes and connections within the pod or to the API server are reported in the preset `strict`, at severity low.',
    examples: {
      bad: [
        {
          title: 'Node.js',
          in: 'container',
          yaml: 'env:\n  - name: NODE_TLS_REJECT_UNAUTHORIZED\n    value: "0" # finding: variable',
        },
        {
          title: 'curl',
          in: 'container',
          yaml: 'command: [sh, -c]\nargs:\n  - curl -fsSk https://api.example.com/data # finding: command',
        },
        {
          title: 'a flag of many Kubernetes programs',
          in: 'container',
          yaml: 'args:\n  - --insecure-skip-tls-verify=true # finding: command',
        },
        { title: 'npm', in: 'container', yaml: 'command: [npm, config, set, strict-ssl, "false"] # finding: command' },
      ],
      good: [
        {
          title: 'verification is left on',
          in: 'container',
          yaml: 'env:\n  - name: NODE_TLS_REJECT_UNAUTHORIZED\n    value: "1"\ncommand: [curl, --cacert, /ca.crt, "https://api.example.com"]',
        },
        { title: 'another -k', in: 'container', yaml: 'command: [sort, -k, "2"]' },
      ],
    },
  },
});

const VARIABLES: ReadonlyMap<string, RegExp> = new Map([
  ['NODE_TLS_REJECT_UNAUTHORIZED', /^0$/],
  ['PYTHONHTTPSVERIFY', /^0$/],
  ['GIT_SSL_NO_VERIFY', /^(?:1|true|yes|on)$/i],
  ['GOINSECURE', /./],
  ['GODEBUG', /x509ignoreCN=0/],
]);

const LOCAL =
  /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\]|kubernetes(?:\.default(?:\.svc(?:\.[\w.-]+)?)?)?|\$\{?KUBERNETES_SERVICE_HOST\}?)(?:[:/]|$)/;

/** `NAME=value` in front of a command, and of `export`. */
function assignmentsOf({ assignments, program, words }: Command): readonly Word[] {
  return program === 'export' ? [...assignments, ...words.filter(({ text }) => text.includes('='))] : assignments;
}

/** What git takes for no. */
const OFF = /^(?:false|no|off|0)$/i;

function insecureWord(command: Command): Word | undefined {
  const { program, words } = command;
  switch (program) {
    case 'curl':
      return find(words, /^--insecure$/) ?? (hasShortOption(command, 'k') ? find(words, /^-[A-Za-z]*k/) : undefined);
    case 'wget':
      return find(words, /^--no-check-certificate$/);
    case 'git':
      return hasWord(command, 'config') && words.some(({ text }) => /^http\.sslVerify$/i.test(text))
        ? find(words, OFF)
        : find(words, /^http\.sslVerify=(?:false|no|off|0)$/i);
    case 'pip':
    case 'pip3':
      return find(words, /^--trusted-host/);
    case 'apt':
    case 'apt-get':
      return find(words, /^--allow-unauthenticated$/);
    case 'npm':
    case 'pnpm':
    case 'yarn':
      return hasWord(command, 'strict-ssl')
        ? find(words, /^false$/)
        : find(words, /^(?:--no-strict-ssl|(?:--)?strict-ssl=false)$/);
    default:
      return find(words, /^--insecure-skip-tls-verify(?:=true)?$/);
  }
}

function find(words: readonly Word[], pattern: RegExp): Word | undefined {
  return words.find(({ text }) => pattern.test(text));
}
