import { defineRule } from '../../engine/rule.ts';
import { type Command, partOf, type Word } from '../../k8s/command.ts';
import { literalVariables } from '../../k8s/env.ts';

export default defineRule({
  id: 'runtime-daemon-without-auth',
  title: 'Daemon started without authentication',
  category: 'workload',
  severity: 'high',
  preset: 'recommended',
  on: 'container',
  messages: {
    flag: 'container "{name}" starts {daemon} without authentication ({flag})',
    variable: 'container "{name}" starts {daemon} without authentication ({variable}={value})',
  },
  check(container, context) {
    for (const command of container.commands) {
      if (command.source === 'probe') continue;
      const found = openFlag(command);
      if (found === undefined) continue;
      const part = partOf(found.word);
      context.report(found.word.node, 'flag', {
        data: { name: container.name, daemon: found.daemon, flag: found.word.text },
        severity: found.severity,
        ...(part === undefined ? {} : { part }),
      });
    }
    for (const { name: variable, value, valueNode } of literalVariables(container, isOpenVariable)) {
      context.report(valueNode, 'variable', {
        data: { name: container.name, daemon: VARIABLES.get(variable)?.daemon ?? '', variable, value },
        severity: 'medium',
      });
    }
  },
  docs: {
    why: 'Whoever reaches the port is in: he runs containers, reads the database, or has a shell in the notebook. Inside a cluster that is every pod that no NetworkPolicy holds back.',
    fix: 'Leave the flag out, set a password from a Secret or a certificate, and let a NetworkPolicy say who may connect.',
    frameworks: { mitre: ['T1133', 'T1609'] },
    equivalents: { kubescape: ['C-0274', 'C-0021'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/application-security-checklist/'],
    examples: {
      bad: [
        {
          title: 'the dashboard, login skipped',
          in: 'container',
          yaml: 'args:\n  - --enable-skip-login # finding: flag',
        },
        {
          title: 'a Docker daemon on the network',
          in: 'container',
          yaml: 'command:\n  - dockerd\n  - -H\n  - tcp://0.0.0.0:2375 # finding: flag',
        },
        {
          title: 'a notebook without a token',
          in: 'container',
          yaml: "command: [sh, -c]\nargs:\n  - jupyter lab --ServerApp.token='' # finding: flag",
        },
        {
          title: 'a database that trusts everyone',
          in: 'container',
          yaml: 'env:\n  - name: POSTGRES_HOST_AUTH_METHOD\n    value: trust # finding: variable',
        },
      ],
      good: [
        {
          title: 'a database with a password',
          in: 'container',
          yaml: 'env:\n  - name: POSTGRES_HOST_AUTH_METHOD\n    value: scram-sha-256',
        },
        {
          title: 'a daemon behind TLS',
          in: 'container',
          yaml: 'command: [dockerd, --tlsverify, -H, "tcp://0.0.0.0:2376"]',
        },
        { title: 'only for its own pod', in: 'container', yaml: 'command: [kubectl, proxy, --port=8001]' },
      ],
    },
  },
});

const VARIABLES: ReadonlyMap<string, { readonly daemon: string; readonly open: RegExp }> = new Map([
  ['ALLOW_EMPTY_PASSWORD', { daemon: 'its database', open: /^(?:yes|true|1)$/i }],
  ['MYSQL_ALLOW_EMPTY_PASSWORD', { daemon: 'MySQL', open: /^(?:yes|true|1)$/i }],
  ['MARIADB_ALLOW_EMPTY_ROOT_PASSWORD', { daemon: 'MariaDB', open: /^(?:yes|true|1)$/i }],
  ['POSTGRES_HOST_AUTH_METHOD', { daemon: 'PostgreSQL', open: /^trust$/i }],
  ['DISABLE_SECURITY_PLUGIN', { daemon: 'OpenSearch', open: /^true$/i }],
]);

function isOpenVariable(name: string, value: string): boolean {
  return VARIABLES.get(name)?.open.test(value) === true;
}

interface Found {
  readonly word: Word;
  readonly daemon: string;
  readonly severity: 'high' | 'medium';
}

function openFlag(command: Command): Found | undefined {
  const { program, words } = command;
  // Of an argument vector without a command the program is that of the image; its flags speak for themselves.
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const { text } = word;
    if (!text.startsWith('-')) continue;
    const next = words[index + 1]?.text ?? '';
    if (text === '--enable-skip-login') return { word, daemon: 'the dashboard', severity: 'high' };
    if (/^--(?:NotebookApp|ServerApp)\.(?:token|password)=$/.test(text))
      return { word, daemon: 'Jupyter', severity: 'high' };
    if (/^--(?:NotebookApp|ServerApp)\.(?:token|password)=(?:''|"")$/.test(text))
      return { word, daemon: 'Jupyter', severity: 'high' };
    switch (program) {
      case 'dockerd':
      case 'docker':
        // `docker -H` of today is a client of what others started.
        if (program === 'docker' && !words.some((each) => each.text === 'daemon' || each.text === '-d')) break;
        if (/^(?:-H|--host)$/.test(text) && isOpenDocker(next))
          return { word: words[index + 1]!, daemon: 'Docker', severity: 'high' };
        if (/^(?:-H|--host=)/.test(text) && isOpenDocker(text)) return { word, daemon: 'Docker', severity: 'high' };
        break;
      case 'redis-server':
        if (text === '--protected-mode' && next === 'no') return { word, daemon: 'Redis', severity: 'medium' };
        break;
      case 'kubectl':
        if (
          words[1]?.text === 'proxy' &&
          (text === '--disable-filter=true' ||
            text === '--disable-filter' ||
            text === '--address=0.0.0.0' ||
            (text === '--address' && next === '0.0.0.0'))
        ) {
          return { word, daemon: 'kubectl proxy', severity: 'high' };
        }
        break;
      case 'mongod':
        if (text === '--noauth') return { word, daemon: 'MongoDB', severity: 'high' };
        break;
      case 'code-server':
        if (text === '--auth=none' || (text === '--auth' && next === 'none'))
          return { word, daemon: 'code-server', severity: 'high' };
        break;
      default:
    }
  }
  return undefined;
}

function isOpenDocker(text: string): boolean {
  return /tcp:\/\/[^/]*:2375\b/.test(text) && !/tcp:\/\/(?:localhost|127\.0\.0\.1)/.test(text);
}
