/**
 * Writes schemas/rbac-bootstrap.json: the roles and bindings that every cluster starts with, for each release we have
 * tables for. The source is Kubernetes' own bootstrap policy, as its tests keep it in
 * plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata (feature gates at their defaults).
 *
 *   for v in …; do go mod download k8s.io/kubernetes@$v; done
 *   npx tsx scripts/gen-rbac-bootstrap.ts "$(go env GOMODCACHE)/k8s.io"
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { BootstrapTable, Lifetime } from '../src/k8s/rbac/bootstrap.ts';
import { isBinding, type RbacObject, readRbacObject } from '../src/k8s/rbac/policy.ts';
import { NEWEST_MINOR, OLDEST_MINOR } from '../src/k8s/version.ts';

const FILES = [
  ['cluster-roles.yaml', false],
  ['cluster-role-bindings.yaml', false],
  ['namespace-roles.yaml', false],
  ['namespace-role-bindings.yaml', false],
  ['controller-roles.yaml', true],
  ['controller-role-bindings.yaml', true],
] as const;

const [root] = process.argv.slice(2);
if (root === undefined) throw new Error('name the k8s.io folder of the Go module cache');

const releases = new Map<number, string>();
for (const folder of readdirSync(root)) {
  const match = /^kubernetes@(v1\.(\d+)\.(\d+))$/.exec(folder);
  if (match === null) continue;
  const [, release = '', minor, patch] = match;
  const known = releases.get(Number(minor))?.split('.')[2] ?? -1;
  if (Number(patch) > Number(known)) releases.set(Number(minor), release);
}

interface Seen<T> {
  readonly value: T;
  readonly minors: number[];
}
interface SeenObject {
  readonly object: RbacObject;
  readonly controller: boolean;
  readonly minors: number[];
  readonly parts: Map<string, Seen<unknown>>;
}

const rules: unknown[] = [];
const ruleIndex = new Map<string, number>();
const objects = new Map<string, SeenObject>();

// From the newest down, so that objects and their parts keep the newest release's order.
for (let minor = NEWEST_MINOR; minor >= OLDEST_MINOR; minor--) {
  const release = releases.get(minor);
  if (release === undefined) throw new Error(`no k8s.io/kubernetes@v1.${minor}.x in ${root}`);
  const folder = `${root}/kubernetes@${release}/plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata`;
  for (const [file, controller] of FILES) {
    for (const item of parse(readFileSync(`${folder}/${file}`, 'utf8')).items) addObject(item, controller, minor);
  }
}

const table: BootstrapTable = {
  source: [...releases].sort(([one], [other]) => one - other).map(([, release]) => release),
  rules: [],
  roles: [],
  bindings: [],
};
for (const { object, controller, minors, parts } of objects.values()) {
  const life = lifetime(minors);
  if (isBinding(object)) {
    table.bindings.push({
      name: object.name,
      ...(object.namespace === '' ? {} : { namespace: object.namespace }),
      role: object.roleRef.name,
      ...(controller ? { controller } : {}),
      ...(life === undefined ? {} : { life }),
      subjects: [...parts.values()].map(({ value, minors }) => withLifetime(value as string, minors)),
    });
  } else {
    table.roles.push({
      name: object.name,
      ...(object.namespace === '' ? {} : { namespace: object.namespace }),
      ...(controller ? { controller } : {}),
      ...(life === undefined ? {} : { life }),
      ...aggregation(object),
      rules: [...parts.values()].map(({ value, minors }) => withLifetime(value as number, minors)),
    });
  }
}
table.rules.push(...(rules as BootstrapTable['rules']));
writeFileSync(new URL('../schemas/rbac-bootstrap.json', import.meta.url), `${JSON.stringify(table)}\n`);

function addObject(item: { kind: string }, controller: boolean, minor: number): void {
  const object = readRbacObject(item.kind, item as never, '');
  if (object === undefined) throw new Error(`cannot read ${JSON.stringify(item)}`);
  const key = `${object.kind} ${object.namespace}/${object.name}`;
  const seen: SeenObject = objects.get(key) ?? { object, controller, minors: [], parts: new Map() };
  objects.set(key, seen);
  seen.minors.push(minor);
  const values: unknown[] = isBinding(object)
    ? object.subjects.map(({ kind, namespace, name }) =>
        kind === 'ServiceAccount' ? `S:${namespace}/${name}` : `${kind[0]}:${name}`,
      )
    : object.rules.map(({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }) => {
        const rule =
          nonResourceURLs.length > 0
            ? { v: verbs, u: nonResourceURLs }
            : { v: verbs, g: apiGroups, r: resources, ...(resourceNames.length > 0 ? { n: resourceNames } : {}) };
        const text = JSON.stringify(rule);
        const index = ruleIndex.get(text) ?? rules.push(rule) - 1;
        ruleIndex.set(text, index);
        return index;
      });
  for (const value of values) {
    const part = seen.parts.get(String(value));
    if (part === undefined) seen.parts.set(String(value), { value, minors: [minor] });
    else part.minors.push(minor);
  }
}

/** Undefined for what was always there. */
function lifetime(minors: readonly number[]): Lifetime | undefined {
  const [first, last] = [Math.min(...minors), Math.max(...minors)];
  if (last - first + 1 !== minors.length) throw new Error(`went and came back: ${minors.join()}`);
  return first === OLDEST_MINOR && last === NEWEST_MINOR ? undefined : [first, last];
}

function withLifetime<T>(value: T, minors: readonly number[]): T | [T, ...Lifetime] {
  const life = lifetime(minors);
  return life === undefined ? value : [value, ...life];
}

function aggregation(role: RbacObject): { labels?: Record<string, string>; selects?: Record<string, string>[] } {
  if (isBinding(role)) return {};
  const labels = Object.fromEntries(
    Object.entries(role.labels).filter(([key]) => key !== 'kubernetes.io/bootstrapping'),
  );
  return {
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(role.selectors === undefined ? {} : { selects: role.selectors.map(({ matchLabels }) => ({ ...matchLabels })) }),
  };
}
