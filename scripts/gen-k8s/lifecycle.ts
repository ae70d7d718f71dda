import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Definitions, Gvk, JsonSchema } from './inputs.ts';

export interface Lifecycle extends Gvk {
  /** `undefined`: no object of the API but a configuration file. */
  readonly namespaced: boolean | undefined;
  readonly introduced: number;
  readonly deprecated?: number;
  /** The first release that does not serve it. */
  readonly removed?: number;
  readonly replacement?: Gvk;
  /** Changing `apiVersion` is the whole migration. */
  readonly pure?: boolean;
  readonly note?: string;
}

/** One row for each version of each kind, sorted: Kubernetes' own metadata, completed and corrected. */
export function lifecycleTable(openApi: ReadonlyMap<number, Definitions>, sources: string): readonly Lifecycle[] {
  const rows = new Map<string, Lifecycle>();
  const put = (row: Lifecycle) =>
    rows.set(`${row.group}/${row.version}/${row.kind}`, {
      ...rows.get(`${row.group}/${row.version}/${row.kind}`),
      ...row,
    });
  const cluster = clusterScoped(sources);
  for (const row of fromSources(sources, cluster)) put(row);
  for (const row of BY_HAND) put(row);

  // What the OpenAPI documents serve decides inside their range: the metadata of some kinds is off by one.
  const seen = served(openApi);
  const [oldest] = [...openApi.keys()];
  const newest = [...openApi.keys()].at(-1)!;
  for (const [key, { gvk, minors }] of seen) {
    const known = rows.get(key);
    const first = minors[0]!;
    const last = minors.at(-1)!;
    const namespaced = known?.namespaced ?? namespacedOf(gvk, cluster);
    const introduced = first === oldest ? (known?.introduced ?? first) : first;
    const removed = last === newest ? known?.removed : last + 1;
    put({ ...gvk, namespaced, introduced, ...(removed === undefined ? {} : { removed }) });
  }
  for (const [key, row] of rows) {
    if (row.namespaced === undefined || seen.has(key) || row.introduced > newest) continue;
    if (row.removed === undefined || row.removed > oldest!)
      throw new Error(`${key} is in no OpenAPI document, but ${JSON.stringify(row)}`);
  }

  const all = [...rows.values()];
  return all
    .map((row) => complete(row, all, openApi, newest))
    .sort((a, b) => compare(a.group, b.group) || compare(a.kind, b.kind) || priority(b.version) - priority(a.version));
}

/** `v1` before `v1beta2` before `v1beta1` before `v1alpha1`, as Kubernetes orders versions. */
export function priority(version: string): number {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return -1;
  const stage = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
  return stage * 10_000 + Number(match[1]) * 100 + Number(match[3] ?? 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function complete(
  row: Lifecycle,
  all: readonly Lifecycle[],
  openApi: ReadonlyMap<number, Definitions>,
  newest: number,
): Lifecycle {
  const ends = row.removed !== undefined || row.deprecated !== undefined;
  if (!ends) return row;
  const current = all
    .filter((other) => other.group === row.group && other.kind === row.kind && other.version !== row.version)
    .filter(
      (other) =>
        (other.removed ?? Number.POSITIVE_INFINITY) > newest && priority(other.version) > priority(row.version),
    )
    .sort((a, b) => priority(b.version) - priority(a.version))[0];
  const named = row.replacement;
  // The metadata sometimes names a version that has gone itself, or a list kind.
  const target =
    named === undefined || (named.group === row.group && current !== undefined)
      ? current
      : all.find(
          (other) => other.group === named.group && other.version === named.version && other.kind === named.kind,
        );
  const { replacement: _, pure, ...rest } = row;
  if (target === undefined) return rest;
  const replacement = { group: target.group, version: target.version, kind: target.kind };
  const same = pure ?? sameShape(row, replacement, openApi);
  return { ...rest, replacement, ...(same ? { pure: true } : {}) };
}

/** Whether both versions have the same fields wherever both are served; false where no release serves both. */
function sameShape(a: Gvk, b: Gvk, openApi: ReadonlyMap<number, Definitions>): boolean {
  let compared = false;
  for (const defs of openApi.values()) {
    const left = rootName(defs, a);
    const right = rootName(defs, b);
    if (left === undefined || right === undefined) continue;
    compared = true;
    if (!alike(defs, defs[left]!, defs[right]!, new Set())) return false;
  }
  return compared;
}

function alike(defs: Definitions, a: JsonSchema, b: JsonSchema, seen: Set<string>): boolean {
  if (a.$ref !== undefined && b.$ref !== undefined) {
    if (a.$ref === b.$ref || seen.has(`${a.$ref} ${b.$ref}`)) return true;
    seen.add(`${a.$ref} ${b.$ref}`);
    return alike(defs, defs[refName(a.$ref)]!, defs[refName(b.$ref)]!, seen);
  }
  if (JSON.stringify(a.type) !== JSON.stringify(b.type) || a.format !== b.format) return false;
  if (
    JSON.stringify(a.enum) !== JSON.stringify(b.enum) &&
    a['x-kubernetes-group-version-kind'] === undefined &&
    a.enum?.length !== 1
  )
    return false;
  if ([...(a.required ?? [])].sort().join() !== [...(b.required ?? [])].sort().join()) return false;
  for (const inner of ['items', 'additionalProperties'] as const) {
    const left = a[inner];
    const right = b[inner];
    if ((left === undefined) !== (right === undefined)) return false;
    if (left !== undefined && !alike(defs, left, right!, seen)) return false;
  }
  const left = Object.entries(a.properties ?? {}).filter(([name]) => name !== 'status');
  const right = Object.entries(b.properties ?? {}).filter(([name]) => name !== 'status');
  if (left.length !== right.length) return false;
  return left.every(
    ([name, schema]) => b.properties?.[name] !== undefined && alike(defs, schema, b.properties[name], seen),
  );
}

export function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

export function rootName(defs: Definitions, { group, version, kind }: Gvk): string | undefined {
  return Object.keys(defs).find((name) => {
    const gvk = rootGvk(defs[name]!);
    return gvk !== undefined && gvk.group === group && gvk.version === version && gvk.kind === kind;
  });
}

/** The kind of a definition that is an object of its own: something with `apiVersion` and `metadata`, no list. */
export function rootGvk(schema: JsonSchema): Gvk | undefined {
  const gvks = schema['x-kubernetes-group-version-kind'];
  const gvk = gvks?.[0];
  if (gvk === undefined || gvks!.length !== 1 || gvk.kind.endsWith('List') || gvk.kind === 'Status') return undefined;
  const { apiVersion, kind, metadata } = schema.properties ?? {};
  return apiVersion === undefined || kind === undefined || metadata === undefined
    ? undefined
    : { group: gvk.group, version: gvk.version, kind: gvk.kind };
}

function served(openApi: ReadonlyMap<number, Definitions>): ReadonlyMap<string, { gvk: Gvk; minors: number[] }> {
  const seen = new Map<string, { gvk: Gvk; minors: number[] }>();
  for (const [minor, defs] of openApi) {
    for (const schema of Object.values(defs)) {
      const gvk = rootGvk(schema);
      if (gvk === undefined) continue;
      const key = `${gvk.group}/${gvk.version}/${gvk.kind}`;
      const entry = seen.get(key);
      if (entry === undefined) seen.set(key, { gvk, minors: [minor] });
      else entry.minors.push(minor);
    }
  }
  return seen;
}

function* fromSources(sources: string, cluster: ReadonlySet<string>): Generator<Lifecycle> {
  for (const [folder, group, version] of packages(sources)) {
    const file = join(folder, 'zz_generated.prerelease-lifecycle.go');
    if (!existsSync(file)) continue;
    const facts = new Map<string, { -readonly [K in keyof Lifecycle]?: Lifecycle[K] }>();
    const text = readFileSync(file, 'utf8');
    for (const [, kind, what, body] of text.matchAll(
      /func \(in \*(\w+)\) APILifecycle(\w+)\(\)[^{]*\{\s*return ([^\n]*)/g,
    )) {
      if (NO_OBJECTS.test(kind!)) continue;
      const row = facts.get(kind!) ?? {};
      facts.set(kind!, row);
      const minor = Number(/^1, (\d+)/.exec(body!)?.[1]);
      if (what === 'Introduced') row.introduced = minor;
      else if (what === 'Deprecated') row.deprecated = minor;
      else if (what === 'Removed') row.removed = minor;
      else if (what === 'Replacement') {
        const [, g, v, k] = /Group: "([^"]*)", Version: "([^"]*)", Kind: "([^"]*)"/.exec(body!)!;
        row.replacement = { group: g!, version: v!, kind: k!.replace(/List$/, '') };
      }
    }
    for (const [kind, row] of facts) {
      const gvk = { group, version, kind };
      // Reviews for webhooks and discovery documents are never written down as manifests.
      if (group === 'admission.k8s.io' || group === 'apidiscovery.k8s.io' || group === 'imagepolicy.k8s.io') continue;
      yield { ...gvk, namespaced: namespacedOf(gvk, cluster)!, introduced: row.introduced!, ...row };
    }
  }
}

const NO_OBJECTS = /List$|Options$|^RangeAllocation$|^SerializedReference$|^DeploymentRollback$/;

function namespacedOf(gvk: Gvk, cluster: ReadonlySet<string>): boolean {
  return !cluster.has(`${gvk.group}/${gvk.kind}`);
}

/** `group/Kind` of what clients have no namespace for. */
function clusterScoped(sources: string): ReadonlySet<string> {
  const found = new Set(CLUSTER_SCOPED);
  for (const [folder, group] of packages(sources)) {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'))) {
      const text = readFileSync(join(folder, file), 'utf8');
      for (const [, kind] of text.matchAll(/\+genclient:nonNamespaced\n(?:[ \t]*\/\/[^\n]*\n|\n)*type (\w+) struct/g))
        found.add(`${group}/${kind}`);
    }
  }
  return found;
}

export function packages(sources: string): readonly (readonly [folder: string, group: string, version: string])[] {
  const found: (readonly [string, string, string])[] = [];
  for (const name of readdirSync(sources).sort()) {
    for (const version of listFolders(join(sources, name))) {
      const register = join(sources, name, version, 'register.go');
      if (!/^v\d/.test(version) || !existsSync(register)) continue;
      const group = /GroupName\s*=\s*"([^"]*)"/.exec(readFileSync(register, 'utf8'))?.[1];
      if (group !== undefined) found.push([join(sources, name, version), group, version]);
    }
  }
  return found;
}

function listFolders(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

/** What k8s.io/api v0.37 does not hold: the extension APIs, and kinds that have gone from it. */
const CLUSTER_SCOPED = [
  'apiextensions.k8s.io/CustomResourceDefinition',
  'apiregistration.k8s.io/APIService',
  'policy/PodSecurityPolicy',
  'extensions/PodSecurityPolicy',
  'auditregistration.k8s.io/AuditSink',
  'networking.k8s.io/ClusterCIDR',
  'resource.k8s.io/ResourceClass',
];

const POD_SECURITY = 'Pod Security admission and the pod-security.kubernetes.io labels of the namespace take its place';
const SELECTOR = 'apps/v1 requires spec.selector and does not let it change';
const INGRESS = 'pathType is required, and the backend is written service.name and service.port';

/**
 * Releases up to 1.24, from the deprecation guide (https://kubernetes.io/docs/reference/using-api/deprecation-guide/)
 * and the changelogs, for packages that k8s.io/api v0.37 no longer holds; and what the metadata does not say: whether
 * the version string is the whole migration, and what else changes.
 */
const BY_HAND: readonly Lifecycle[] = [
  row('extensions/v1beta1/PodSecurityPolicy', false, 2, 11, 16, { note: POD_SECURITY }),
  row('policy/v1beta1/PodSecurityPolicy', false, 10, 21, 25, { note: POD_SECURITY }),
  ...['Deployment', 'ReplicaSet', 'DaemonSet'].map((kind) =>
    row(`extensions/v1beta1/${kind}`, true, kind === 'ReplicaSet' ? 2 : 1, 8, 16, {
      replacement: `apps/v1/${kind}`,
      note: SELECTOR,
    }),
  ),
  row('extensions/v1beta1/NetworkPolicy', true, 3, 9, 16, {
    replacement: 'networking.k8s.io/v1/NetworkPolicy',
    pure: true,
  }),
  row('extensions/v1beta1/Ingress', true, 1, 14, 22, { replacement: 'networking.k8s.io/v1/Ingress', note: INGRESS }),
  row('networking.k8s.io/v1beta1/Ingress', true, 14, 19, 22, { note: INGRESS }),
  row('networking.k8s.io/v1beta1/IngressClass', false, 18, 19, 22, { pure: true }),
  row('apps/v1beta1/Deployment', true, 6, 8, 16, { note: SELECTOR }),
  row('apps/v1beta1/StatefulSet', true, 5, 8, 16, { note: SELECTOR }),
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind) =>
    row(`apps/v1beta2/${kind}`, true, 8, 9, 16, { pure: true }),
  ),
  row('batch/v1beta1/CronJob', true, 8, 21, 25, { pure: true }),
  row('batch/v2alpha1/CronJob', true, 5, undefined, 21, { pure: true }),
  row('policy/v1beta1/PodDisruptionBudget', true, 5, 21, 25, {
    note: 'in policy/v1 an empty spec.selector selects every pod of the namespace, in policy/v1beta1 none',
  }),
  row('autoscaling/v2beta1/HorizontalPodAutoscaler', true, 8, 22, 25, {
    note: 'metrics name their target as target.averageUtilization, target.averageValue or target.value',
  }),
  row('autoscaling/v2beta2/HorizontalPodAutoscaler', true, 12, 23, 26),
  ...['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'].flatMap((kind) => [
    row(`rbac.authorization.k8s.io/v1beta1/${kind}`, !kind.startsWith('Cluster'), 6, 17, 22, { pure: true }),
    // The subjects of v1alpha1 bindings name apiVersion where later versions name apiGroup.
    row(
      `rbac.authorization.k8s.io/v1alpha1/${kind}`,
      !kind.startsWith('Cluster'),
      5,
      17,
      22,
      kind.endsWith('Binding') ? {} : { pure: true },
    ),
  ]),
  ...['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].map((kind) =>
    row(`admissionregistration.k8s.io/v1beta1/${kind}`, false, 9, 16, 22, {
      note: 'sideEffects and admissionReviewVersions are required, and failurePolicy defaults to Fail instead of Ignore',
    }),
  ),
  row('apiextensions.k8s.io/v1/CustomResourceDefinition', false, 16),
  row('apiextensions.k8s.io/v1beta1/CustomResourceDefinition', false, 7, 16, 22, {
    note: 'every version needs a structural schema of its own',
  }),
  row('apiregistration.k8s.io/v1/APIService', false, 10),
  row('apiregistration.k8s.io/v1beta1/APIService', false, 7, 19, 22, { pure: true }),
  row('authorization.k8s.io/v1beta1/SubjectAccessReview', false, 2, 19, 22, {
    note: 'spec.group is called spec.groups',
  }),
  row('authorization.k8s.io/v1beta1/LocalSubjectAccessReview', true, 2, 19, 22, {
    note: 'spec.group is called spec.groups',
  }),
  row('certificates.k8s.io/v1beta1/CertificateSigningRequest', false, 12, 19, 22, {
    note: 'spec.signerName and spec.usages are required',
  }),
  row('coordination.k8s.io/v1beta1/Lease', true, 12, 19, 22, { pure: true }),
  row('discovery.k8s.io/v1beta1/EndpointSlice', true, 16, 21, 25, {
    note: 'endpoints name nodeName and zone instead of topology',
  }),
  row('events.k8s.io/v1beta1/Event', true, 8, 22, 25),
  row('node.k8s.io/v1beta1/RuntimeClass', false, 13, 22, 25, { pure: true }),
  row('node.k8s.io/v1alpha1/RuntimeClass', false, 12, undefined, 22, {
    note: 'spec.runtimeHandler is called handler and stands at the root',
  }),
  row('scheduling.k8s.io/v1beta1/PriorityClass', false, 11, 14, 22, { pure: true }),
  row('scheduling.k8s.io/v1alpha1/PriorityClass', false, 8, 14, 22, { pure: true }),
  ...['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment'].map((kind) =>
    row(
      `storage.k8s.io/v1beta1/${kind}`,
      false,
      kind === 'StorageClass' ? 4 : kind === 'VolumeAttachment' ? 10 : 14,
      kind === 'CSINode' ? 17 : 19,
      22,
      { pure: true },
    ),
  ),
  row('storage.k8s.io/v1alpha1/VolumeAttachment', false, 9, 21, 24, { pure: true }),
  row('auditregistration.k8s.io/v1alpha1/AuditSink', false, 13, undefined, 19, {
    note: 'audit webhooks are configured with --audit-webhook-config-file',
  }),
  row('settings.k8s.io/v1alpha1/PodPreset', true, 6, undefined, 20),
  // Deprecated without an end: the API server answers with a warning.
  row('/v1/Endpoints', true, 0, 33, undefined, { replacement: 'discovery.k8s.io/v1/EndpointSlice' }),
  row('/v1/ComponentStatus', false, 0, 19),
  // Configuration files of components. https://github.com/kubernetes/enhancements/tree/master/keps/sig-scheduling/785-scheduler-component-config-api
  row('kubescheduler.config.k8s.io/v1alpha1/KubeSchedulerConfiguration', undefined, 12, undefined, 19),
  row('kubescheduler.config.k8s.io/v1alpha2/KubeSchedulerConfiguration', undefined, 18, undefined, 21),
  row('kubescheduler.config.k8s.io/v1beta1/KubeSchedulerConfiguration', undefined, 19, undefined, 23),
  row('kubescheduler.config.k8s.io/v1beta2/KubeSchedulerConfiguration', undefined, 22, 25, 28),
  row('kubescheduler.config.k8s.io/v1beta3/KubeSchedulerConfiguration', undefined, 23, 26, 29),
  row('kubescheduler.config.k8s.io/v1/KubeSchedulerConfiguration', undefined, 25),
];

function row(
  id: string,
  namespaced: boolean | undefined,
  introduced: number,
  deprecated?: number,
  removed?: number,
  more: { readonly replacement?: string; readonly pure?: boolean; readonly note?: string } = {},
): Lifecycle {
  const { replacement, ...rest } = more;
  return {
    ...parseGvk(id),
    namespaced,
    introduced,
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(removed === undefined ? {} : { removed }),
    ...(replacement === undefined ? {} : { replacement: parseGvk(replacement) }),
    ...rest,
  };
}

function parseGvk(id: string): Gvk {
  const [group, version, kind] = id.split('/');
  return { group: group!, version: version!, kind: kind! };
}
