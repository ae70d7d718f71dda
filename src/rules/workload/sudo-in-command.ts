import { defineRule } from '../../engine/rule.ts';
import { type Command, partOf, type Word } from '../../k8s/command.ts';

export default defineRule({
  id: 'sudo-in-command',
  title: 'sudo, su or setuid in a command',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  on: 'container',
  messages: { raises: 'container "{name}" uses {what}, which needs allowPrivilegeEscalation' },
  check(container, context) {
    for (const command of container.commands) {
      const found = raisingWord(command);
      if (found === undefined) continue;
      const part = partOf(found.word);
      context.report(found.word.node, 'raises', {
        data: { name: container.name, what: found.what },
        ...(part === undefined ? {} : { part }),
      });
    }
  },
  docs: {
    why: 'A container that raises its own privileges cannot be given `allowPrivilegeEscalation: false`, and neither can whoever breaks into it be held to less than root.',
    fix: 'Let the container start as the user it needs, and prepare files and capabilities when the image is built.',
    frameworks: { mitre: ['T1068'] },
    equivalents: { kubescape: ['C-0062'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/security-context/'],
    examples: {
      bad: [
        { title: 'sudo', in: 'container', yaml: 'command:\n  - sudo # finding\n  - app' },
        { title: 'su', in: 'container', yaml: 'command: [sh, -c]\nargs:\n  - su -c app # finding' },
        {
          title: 'in a script',
          in: 'container',
          yaml: 'command: [sh, -c]\nargs:\n  - |\n    mkdir -p /data\n    chmod u+s /data/tool # finding',
        },
        {
          title: 'capabilities on a file',
          in: 'container',
          yaml: 'command: [sh, -c]\nargs:\n  - setcap cap_net_raw+ep /bin/ping && app # finding',
        },
      ],
      good: [
        { title: 'the program itself', in: 'container', yaml: 'command: [app]' },
        {
          title: 'an ordinary mode',
          in: 'container',
          yaml: 'command: [sh, -c, "chmod 0755 /data && chmod -R 644 /data/conf"]',
        },
        { title: 'to a lesser user', in: 'container', yaml: 'command: [sh, -c, "su -s /bin/sh -c app vitess"]' },
        { title: 'a mere word', in: 'container', yaml: 'command: [echo, "use sudo"]' },
      ],
    },
  },
});

function raisingWord({
  program,
  words,
  wrappers,
}: Command): { readonly word: Word; readonly what: string } | undefined {
  const sudo = wrappers.find(({ text }) => /(?:^|\/)(?:sudo|doas)$/.test(text));
  if (sudo !== undefined) return { word: sudo, what: sudo.text };
  const word = words[0];
  if (word === undefined) return undefined;
  if (program === 'sudo' || program === 'setcap') return { word, what: program };
  if (program === 'su') return becomesRoot(words) ? { word, what: program } : undefined;
  if (program !== 'chmod') return undefined;
  // 4000 is setuid, 2000 setgid, 1000 neither.
  const mode = words.find(({ text }) => /(?:^|,)[ugoa]*[+=][rwxXt]*s|^0?[2-7][0-7]{3}$/.test(text));
  return mode === undefined ? undefined : { word: mode, what: `chmod ${mode.text}` };
}

/** `su USER` of a container that runs as root gives privileges up; it raises none. */
function becomesRoot(words: readonly Word[]): boolean {
  let user = 'root';
  for (let index = 1; index < words.length; index++) {
    const { text } = words[index]!;
    if (/^(?:-[cs]|--command|--shell)$/.test(text)) index++;
    else if (!text.startsWith('-')) user = text;
  }
  return user === 'root';
}
