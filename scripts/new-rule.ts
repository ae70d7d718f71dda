/** `npm run new-rule rbac/wildcard-verb-in-role` writes a rule to fill in, and its folder of fixtures. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const [, category = '', id = ''] = /^([a-z-]+)\/([a-z][a-z0-9-]*)$/.exec(process.argv[2] ?? '') ?? [];

if (id === '') fail('usage: npm run new-rule CATEGORY/RULE-ID');
const folder = join(ROOT, 'src', 'rules', category);
if (!existsSync(folder)) {
  const known = readdirSync(join(ROOT, 'src', 'rules'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  fail(`there is no category ${category}: ${known.map(({ name }) => name).join(', ')}`);
}
const file = join(folder, `${id}.ts`);
if (existsSync(file)) fail(`${file} is there already`);

writeFileSync(file, ruleText());
mkdirSync(join(ROOT, 'test', 'fixtures', 'rules', category, id), { recursive: true });
writeFileSync(
  join(ROOT, 'test', 'fixtures', 'rules', category, id, 'first-case.yaml'),
  '# What this case is about.\napiVersion: v1\nkind: Pod\n',
);
console.log(
  `wrote src/rules/${category}/${id}.ts; next: fill it in, npm run gen, RULES=${id} npx vitest run test/rules.test.ts`,
);

function ruleText(): string {
  return `import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: '${id}',
  title: 'What is wrong, in at most 72 characters',
  category: '${category}',
  severity: 'medium',
  preset: 'recommended',
  on: 'container',
  messages: {
    found: 'container "{name}" …',
  },
  check({ name, node }, context) {
    const value = node.get('image');
    if (!value.present) return;
    context.report(value, 'found', { data: { name } });
  },
  docs: {
    why: 'What an attacker gains, or what breaks.',
    fix: 'What to write instead.',
    frameworks: {},
    references: [],
    examples: {
      bad: [{ title: 'the plain case', in: 'container', yaml: 'image: nginx # finding' }],
      good: [{ title: 'as it should be', in: 'container', yaml: 'image: nginx:1.29.1' }],
    },
  },
});
`;
}

function fail(reason: string): never {
  console.error(reason);
  process.exit(2);
}
