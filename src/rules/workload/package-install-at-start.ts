import { defineRule } from '../../engine/rule.ts';
import { type Command, partOf } from '../../k8s/command.ts';
import { baseName, isFault } from '../../k8s/image.ts';

export default defineRule({
  id: 'package-install-at-start',
  title: 'Packages installed when the container starts',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  on: 'container',
  messages: {
    installs:
      'container "{name}" installs packages with {manager} when it starts: what runs differs from start to start',
  },
  check(container, context) {
    if (container.kind === 'ephemeral') return;
    const command = container.commands.find((each) => each.source === 'command' && installs(each));
    if (command === undefined) return;
    const { image } = container;
    if (image !== undefined && !isFault(image) && BUILDERS.test(baseName(image))) return;
    const part = partOf(command.words[0]!, command.words.at(-1)!);
    context.report(command.words[0]!.node, 'installs', {
      data: { name: container.name, manager: command.program },
      ...(part === undefined ? {} : { part }),
    });
  },
  docs: {
    why: 'What is installed is not what was scanned, it depends on the day and on a server outside, and it needs a writable root file system and mostly root.',
    fix: 'Install when the image is built.',
    frameworks: { nsa: ['P2', 'P3'], mitre: ['T1105', 'T1195.002'] },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/docs/concepts/security/application-security-checklist/'],
    examples: {
      onlyIn: ['containers', 'initContainers'],
      bad: [
        {
          title: 'a system package',
          in: 'container',
          yaml: 'command: [sh, -c]\nargs:\n  - apk add --no-cache curl && app # finding',
        },
        {
          title: 'with a proxy in front',
          in: 'container',
          yaml: 'command: [sh, -c]\nargs:\n  - DEBIAN_FRONTEND=noninteractive apt-get -y install jq # finding',
        },
        { title: 'a Python package', in: 'container', yaml: 'command:\n  - pip3 # finding\n  - install\n  - requests' },
      ],
      good: [
        {
          title: 'from what is there',
          in: 'container',
          yaml: 'command: [sh, -c, "pip install --no-index -f /wheels app"]',
        },
        {
          title: 'a build runner',
          in: 'container',
          yaml: 'image: registry.example.com/ci-runner:1.0.0\ncommand: [sh, -c, "npm install"]',
        },
        { title: 'something else', in: 'container', yaml: 'command: [app, install]' },
      ],
    },
  },
});

const VERBS: ReadonlyMap<string, RegExp> = new Map([
  ['apt-get', /^install$/],
  ['apt', /^install$/],
  ['apk', /^add$/],
  ['yum', /^(?:local)?install$/],
  ['dnf', /^install$/],
  ['microdnf', /^install$/],
  ['zypper', /^(?:install|in)$/],
  ['pip', /^install$/],
  ['pip3', /^install$/],
  ['npm', /^(?:install|i|add|ci)$/],
  ['gem', /^install$/],
  ['go', /^install$/],
]);
const OTHER_VERBS = /^(?:run|run-script|test|t|exec|x|start|remove|purge|uninstall|rm|del|show|list|search)$/;
const BUILDERS = /(?:^|[-_])(?:ci|runner|builder|build)(?:[-_]|$)/;

function installs({ program, words }: Command): boolean {
  const verb = VERBS.get(program);
  if (verb === undefined) return false;
  if (!words.slice(1).some(({ text }) => verb.test(text))) return false;
  // `npm run ci` runs a script of that name.
  const first = words.slice(1).find(({ text }) => !text.startsWith('-'));
  if (first !== undefined && OTHER_VERBS.test(first.text)) return false;
  // From a folder, or from wheels that are there.
  return !words.some(({ text }) => text === '--no-index' || text === '-e' || text === '--editable');
}
