/**
 * How long the RBAC rules and the escalation search take over 5,000 roles and bindings. The aim is 2 seconds.
 *
 *   env -u NODE_EXTRA_CA_CERTS npx tsx bench/rbac.ts [objects]
 */
import { DEFAULT_CONFIG } from '../src/engine/config.ts';
import { rbacFact } from '../src/engine/facts/rbac.ts';
import { lint, openProject } from '../src/engine/lint.ts';
import { compile } from '../src/engine/plan.ts';
import type { AnyRule } from '../src/engine/rule.ts';
import { rules } from '../src/rules/index.ts';
import { SourceFile } from '../src/text/source-file.ts';

const RESOURCES = [
  'pods',
  'secrets',
  'configmaps',
  'deployments',
  'services',
  'nodes',
  'pods/exec',
  'serviceaccounts/token',
  'roles',
  'rolebindings',
  'clusterroles',
  'events',
  'leases',
  'jobs',
  'namespaces',
];
const VERBS = ['get, list, watch', 'get', 'create', 'update, patch', '"*"', 'create, delete', 'bind', 'list'];

const count = Number(process.argv[2] ?? 5000);
const files = new Map(generate(count).map((file) => [file.path, file]));
const reopen = (path: string): SourceFile => files.get(path)!;
const sources = () => [...files.values()].map((file) => ({ kind: 'text', file }) as const);
const chosen: readonly AnyRule[] = rules.filter(({ category }) => category === 'rbac' || category === 'identity');

for (let run = 0; run < 3; run++) {
  const config = { ...DEFAULT_CONFIG, presets: ['all' as const] };
  const lintTime = time(() =>
    lint({
      plan: compile(chosen, config),
      sources: sources(),
      reopen,
      suppressions: {
        today: '2026-01-01',
        resolve: () => undefined,
        nearest: () => undefined,
        ran: () => true,
        rule: () => undefined,
      } as never,
    }),
  );
  const parseTime = time(() => openProject({ plan: compile([], config), sources: sources(), reopen }));
  const { project } = openProject({ plan: compile([], config, { facts: [rbacFact] }), sources: sources(), reopen });
  const factTime = time(() => project.fact(rbacFact));
  const graphTime = time(() => {
    const graph = project.fact(rbacFact).escalation();
    for (const key of graph.holders.keys()) graph.path(key, 'cluster-admin');
  });
  const findings = lintTime.value.findings.length;
  console.log(
    `${count} objects, ${chosen.length} rules: lint ${lintTime.ms} ms (${findings} findings), of which parsing ${parseTime.ms} ms; analysis ${factTime.ms} ms, escalation paths of everybody ${graphTime.ms} ms`,
  );
}

/** Half roles and half bindings over 50 namespaces, ten objects a file; one role in five is aggregated or has a wildcard. */
function generate(objects: number): readonly SourceFile[] {
  const random = generator(42);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const documents: string[] = [];
  for (let index = 0; index < objects; index++) {
    const namespace = `ns${index % 50}`;
    const cluster = random() < 0.4;
    const kind = `${cluster ? 'Cluster' : ''}Role${index % 2 === 0 ? '' : 'Binding'}`;
    const metadata = `{ name: r${index - (index % 2)}${cluster ? '' : `, namespace: ${namespace}`}, labels: { tier: "t${index % 7}" } }`;
    const head = `apiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata: ${metadata}\n`;
    if (index % 2 === 0) {
      const aggregated =
        cluster && random() < 0.02
          ? `aggregationRule: { clusterRoleSelectors: [{ matchLabels: { tier: t${index % 7} } }] }\n`
          : '';
      const body = Array.from({ length: 3 + Math.floor(random() * 5) }, () => {
        const wild = random() < 0.05;
        return `  - apiGroups: [${pick(['""', 'apps', 'batch', 'rbac.authorization.k8s.io', 'example.com'])}]\n    resources: [${wild ? '"*"' : `${pick(RESOURCES)}, ${pick(RESOURCES)}`}]\n    verbs: [${pick(VERBS)}]`;
      });
      documents.push(`${head}${aggregated}rules:\n${body.join('\n')}`);
    } else {
      const role = `r${2 * Math.floor((random() * objects) / 2)}`;
      const subjects = Array.from(
        { length: 1 + Math.floor(random() * 4) },
        () =>
          `  - { kind: ServiceAccount, name: sa${Math.floor(random() * 40)}, namespace: ns${Math.floor(random() * 50)} }`,
      );
      documents.push(
        `${head}roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${role} }\nsubjects:\n${subjects.join('\n')}`,
      );
    }
  }
  const texts: SourceFile[] = [];
  for (let from = 0; from < documents.length; from += 10) {
    texts.push(new SourceFile(`f${from}.yaml`, documents.slice(from, from + 10).join('\n---\n')));
  }
  return texts;
}

function time<T>(work: () => T): { readonly ms: number; readonly value: T } {
  const started = performance.now();
  const value = work();
  return { ms: Math.round(performance.now() - started), value };
}

/** mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
