import { spawnSync } from 'node:child_process';
import type { Finding } from '../../src/engine/finding.ts';
import { rules } from '../../src/rules/index.ts';
import { lintTexts } from '../../src/testing/rule-tester.ts';
import { Random } from '../yaml/random-yaml.ts';
import type { Json } from './admission-random.ts';

// Random webhook configurations, admission policies, quotas and limit ranges with faults: the fields that our rules name
// and those that the API server's own validation refuses (test/oracles/go-admission):
// tsx test/oracles/admission-faults.ts [SEED] [COUNT]
const [seed = '1', count = '2000'] = process.argv.slice(2);
const folder = process.env['KUBESEC_LINT_ORACLES'];
if (folder === undefined) throw new Error('KUBESEC_LINT_ORACLES names no folder with admission/bin/admission-oracle');
const random = new Random(Number(seed));
const pick = <T>(items: readonly T[]): T => random.pick([...items]);
/** Mostly the first. */
const mostly = <T>(items: readonly T[]): T => (random.chance(0.88) ? items[0]! : pick(items));
const maybe = (share: number, key: string, make: () => Json): Json => (random.chance(share) ? { [key]: make() } : {});
const some = <T>(from: number, to: number, make: () => T): T[] =>
  Array.from({ length: from + random.below(to - from + 1) }, make);
const NAMES = ['a', 'b', 'c', 'd', 'e'];

/** Rules that say what the API server refuses, with those of their messages that say something else. */
const REFUSING: Readonly<Record<string, readonly string[]>> = {
  'webhook-config-invalid': [],
  'vap-invalid': [],
  'quota-limitrange-invalid': ['ineffective'],
  'webhook-insecure-endpoint': ['no-ca', 'no-ca-url', 'bad-ca'],
  'schema-enum-invalid': [],
  'schema-required-missing': [],
  'schema-wrong-type': [],
  'schema-unknown-field': [],
  'quantity-invalid': [],
  'object-name-invalid': [],
};
const refusing = rules.filter(({ id }) => Object.hasOwn(REFUSING, id));

const KINDS: readonly (readonly [string, () => Json])[] = [
  ['ValidatingWebhookConfiguration', () => webhookConfiguration('Validating')],
  ['MutatingWebhookConfiguration', () => webhookConfiguration('Mutating')],
  ['ValidatingAdmissionPolicy', policy],
  ['ValidatingAdmissionPolicyBinding', binding],
  ['MutatingAdmissionPolicy', mutatingPolicy],
  ['ResourceQuota', quota],
  ['LimitRange', limitRange],
];

const BOOLS = [
  'object.spec.replicas > 1',
  'has(object.spec)',
  'true',
  '',
  '1',
  'object.spec',
  "'a'",
  'object.spec.replicas >',
  'variables.a',
  'variables.a == 1',
  'params.a == 1',
  'request.name == 1',
  'params == null',
  "[object.a, 'b'].size() == 2",
  'int("a") == 1',
  "duration('1') == duration('1h')",
  '\n true',
  'authorizer.group("").resource("pods").check("get").allowed()',
  'request.subresource == ""',
];

const pairs = new Map<string, number>();
let differing = 0;
for (const [kind, make] of KINDS) {
  const objects = Array.from({ length: Number(count) }, make);
  const input = objects.map((object, id) => `${JSON.stringify({ id, kind: 'validate', object })}\n`).join('');
  const run = spawnSync(`${folder}/admission/bin/admission-oracle`, { input, maxBuffer: 1 << 30, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`admission-oracle: ${run.error?.message ?? run.stderr}`);
  const answers = run.stdout
    .trim()
    .split('\n')
    .map((line): { errors?: readonly (readonly [string, string, string])[]; decoding?: string } => JSON.parse(line));
  let [same, accepted, doubled, shown] = [0, 0, 0, 0];
  objects.forEach((object, index) => {
    const { errors = [], decoding } = answers[index]!;
    const findings = lintTexts(refusing, { 'a.yaml': JSON.stringify(object) }).findings.filter(
      ({ ruleId, messageId }) => !REFUSING[ruleId]!.includes(messageId),
    );
    const ours = findings.map(pathOf);
    // Where there are neither validations nor audit annotations it says so twice.
    const theirs = errors
      .filter(([field, , detail]) => field !== 'spec.auditAnnotations' || !detail.startsWith('validations or'))
      // A variable without an expression is the fault; that it is then not known where it is used follows from it.
      .filter(([, , detail]) => !isOfEmptyVariable(object, detail))
      .map(([field]) => normal(field));
    const missing = theirs.filter(
      (field) => !ours.some((other) => isNear(field, other)) && !isDerived(object, field, ours),
    );
    const surplus = decoding === undefined ? ours.filter((field) => !theirs.some((other) => isNear(field, other))) : [];
    const byRules = new Map<string, Set<string>>();
    for (const finding of findings) {
      const { start, end } = finding.range;
      const place = `${start.line}:${start.column}-${end.line}:${end.column}`;
      byRules.set(place, (byRules.get(place) ?? new Set()).add(finding.ruleId));
    }
    for (const ids of byRules.values()) {
      if (ids.size < 2) continue;
      doubled++;
      const pair = [...ids].sort().join(' + ');
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
    if (errors.length === 0 && decoding === undefined) accepted++;
    const unseen = decoding !== undefined && findings.length === 0;
    if (missing.length === 0 && surplus.length === 0 && !unseen) {
      same++;
      return;
    }
    if (shown++ >= 4) return;
    console.log(JSON.stringify(object));
    if (unseen) console.log('  not decoded  ', decoding);
    for (const field of missing)
      console.log(
        '  theirs alone ',
        field,
        errors
          .find(([each]) => normal(each) === field)
          ?.slice(1)
          .join(' '),
      );
    for (const field of surplus)
      console.log('  ours alone   ', field, findings.find((each) => pathOf(each) === field)?.message);
  });
  console.log(
    `${kind}: ${same} of ${objects.length} with the same fields, ${accepted} of them accepted, ${doubled} with two rules at one place`,
  );
  differing += objects.length - same;
}
for (const [pair, times] of pairs) console.log(`${times} times at one place: ${pair}`);
process.exitCode = differing === 0 ? 0 : 1;

function pathOf({ path }: Finding): string {
  return normal(path);
}

/**
 * `hard[pods]` is `hard.pods`. The API server takes name and namespace of a service for one another, and leaves out the
 * indices of some lists.
 */
function normal(field: string): string {
  return field
    .replaceAll('"', '')
    .replace(/service\.(?:name|namespace)$/, 'service')
    .replace(/resourceRules\.operations$/, 'resourceRules')
    .replace(/matchExpressions\.(?:scopeName|operator|values)$/, 'matchExpressions')
    .replaceAll(/\[([^\]]*)\]/g, (whole, key: string) => (/^\d+$/.test(key) ? whole : `.${key}`));
}

/** Of a limit that the API server makes of a wrong one, which has its finding. */
function isDerived(object: Json, field: string, ours: readonly string[]): boolean {
  const derived = /^spec\.limits\[(\d+)\]\.(default|defaultRequest)\.(.+)$/.exec(field);
  if (derived === null || ours.length === 0) return false;
  const [, index, list, name] = derived;
  return object.spec.limits[Number(index)][list!]?.[name!] === undefined;
}

function isNear(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`) || a.startsWith(`${b}[`) || b.startsWith(`${a}[`);
}

function rule(named: boolean): Json {
  return {
    ...maybe(0.97, 'apiGroups', () =>
      pick([[''], ['apps'], ['*'], ['*', 'apps'], ['a', 'b'], []].slice(0, random.chance(0.9) ? 3 : 6)),
    ),
    ...maybe(0.97, 'apiVersions', () => mostly([['v1'], ['*'], ['*', 'v1'], [], ['']])),
    ...maybe(0.97, 'operations', () =>
      mostly([['CREATE'], ['CREATE', 'UPDATE'], ['*'], ['*', 'CREATE'], ['create'], [], ['PATCH']]),
    ),
    ...maybe(0.97, 'resources', () =>
      mostly([
        ['pods'],
        ['pods', 'deployments/scale'],
        ['*/*'],
        ['*/*', 'pods'],
        ['*', 'pods'],
        ['pods/*', 'pods/exec'],
        ['*/scale', 'pods/scale'],
        [''],
        [],
        ['*', '*/exec'],
        ['pods', '*'],
        ['a/b/c'],
      ]),
    ),
    ...maybe(0.2, 'scope', () => mostly(['Namespaced', 'Cluster', '*', 'namespaced', ''])),
    ...(named ? maybe(0.1, 'resourceNames', () => mostly([['a'], ['a', 'a'], [''], ['A b']])) : {}),
  };
}

function selector(): Json {
  return pick<Json>([
    {},
    { matchLabels: mostly<Json>([{ app: 'web' }, { 'a b': 'c' }, { a: 'x y' }]) },
    {
      matchExpressions: [
        mostly<Json>([
          { key: 'a', operator: 'Exists' },
          { key: 'a', operator: 'In', values: ['b'] },
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['b'] },
          { key: 'a', operator: 'Is', values: ['b'] },
          { key: '-', operator: 'Exists' },
        ]),
      ],
    },
  ]);
}

function conditions(): Json {
  return some(0, 2, () => ({
    ...maybe(0.96, 'name', () => mostly(['a', 'b', 'c.example.com/d', '', 'A b', 'a/b/c'])),
    ...maybe(0.96, 'expression', () =>
      mostly([
        "object.metadata.name != 'a'",
        'true',
        '',
        'object.spec',
        'request.userInfo.username',
        '1 + ',
        "variables.a == 'b'",
        "params.a == 'b'",
        'request.name > 1',
      ]),
    ),
  }));
}

function webhookConfiguration(kind: string): Json {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name: mostly(['hooks', 'a.b', 'A', '']) },
    webhooks: some(0, 2, () => ({
      ...maybe(0.97, 'name', () =>
        mostly([
          `${pick(NAMES)}.policy.example.com`,
          'a.policy.example.com',
          'a.b',
          'a.b.c',
          'A.b.c',
          '',
          'a..b.c',
          `${'x'.repeat(64)}.b.c`,
        ]),
      ),
      ...maybe(0.95, 'sideEffects', () => mostly(['None', 'NoneOnDryRun', 'Some', 'Unknown', 'none', ''])),
      ...maybe(0.95, 'admissionReviewVersions', () =>
        mostly([['v1'], ['v1', 'v1beta1'], ['v2'], [], ['v1', 'v1'], ['v1', ''], ['v1', 'V2']]),
      ),
      ...maybe(0.3, 'failurePolicy', () => mostly(['Fail', 'Ignore', 'fail', ''])),
      ...maybe(0.3, 'matchPolicy', () => mostly(['Exact', 'Equivalent', 'exact'])),
      ...(kind === 'Mutating' ? maybe(0.3, 'reinvocationPolicy', () => mostly(['Never', 'IfNeeded', 'never'])) : {}),
      ...maybe(0.3, 'timeoutSeconds', () => mostly<Json>([10, 0, 1, 30, 31, -1, '10'])),
      ...maybe(0.8, 'rules', () => some(0, 2, () => rule(false))),
      ...maybe(0.3, 'namespaceSelector', selector),
      ...maybe(0.3, 'objectSelector', selector),
      ...maybe(0.3, 'matchConditions', conditions),
      ...maybe(0.97, 'clientConfig', () =>
        mostly<Json>([
          {
            service: {
              name: 'a',
              namespace: 'b',
              ...maybe(0.3, 'path', () => mostly(['/a', '/', 'a', '//', '/a//b', '/A b', '/a/'])),
              ...maybe(0.3, 'port', () => mostly([443, 0, 65536, -1])),
            },
          },
          {
            url: mostly([
              'https://a.example.com/b',
              'http://a.example.com',
              'https://',
              'https://u:p@a.example.com',
              'https://a.example.com?b',
              'https://a.example.com#b',
              'a',
              'https://a b',
            ]),
          },
          { url: 'https://a.example.com', service: { name: 'a', namespace: 'b' } },
          { service: { name: 'a' } },
          { service: { namespace: 'a' } },
          {},
        ]),
      ),
    })),
  };
}

function matchConstraints(): Json {
  return {
    ...maybe(0.96, 'resourceRules', () => some(1, 2, () => rule(true))),
    ...maybe(0.1, 'excludeResourceRules', () => [rule(true)]),
    ...maybe(0.2, 'matchPolicy', () => mostly(['Exact', 'Equivalent', 'exact', ''])),
    ...maybe(0.2, 'namespaceSelector', selector),
    ...maybe(0.2, 'objectSelector', selector),
  };
}

function paramKind(): Json {
  return mostly<Json>([
    { apiVersion: 'v1', kind: 'ConfigMap' },
    { apiVersion: 'rules.example.com/v1', kind: 'Limit' },
    { apiVersion: '', kind: 'A' },
    { apiVersion: 'v1' },
    { apiVersion: 'a/b/c', kind: 'A' },
    { kind: 'A' },
    { apiVersion: 'A b/v1', kind: 'A' },
    { apiVersion: 'v1', kind: 'a b' },
  ]);
}

function policy(): Json {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'a' },
    spec: {
      ...maybe(0.4, 'failurePolicy', () => mostly(['Fail', 'Ignore', 'fail', ''])),
      ...maybe(0.3, 'paramKind', paramKind),
      ...maybe(0.97, 'matchConstraints', matchConstraints),
      ...maybe(0.3, 'matchConditions', conditions),
      ...maybe(0.4, 'variables', () =>
        some(0, 2, () => ({
          ...maybe(0.96, 'name', () => mostly([pick(['a', 'b']), '', '1a', 'a-b', 'for', 'a.b'])),
          ...maybe(0.96, 'expression', () => mostly(['object.spec', "'a'", '1', '', '1 +', 'variables.b'])),
        })),
      ),
      ...maybe(0.95, 'validations', () =>
        some(0, 2, () => ({
          ...maybe(0.96, 'expression', () => mostly([pick(BOOLS.slice(0, 3)), ...BOOLS])),
          ...maybe(0.3, 'message', () => mostly(['no', '', 'a\nb', ' a ', '\n', ' \n b'])),
          ...maybe(0.3, 'messageExpression', () =>
            mostly([
              "'a'",
              'string(object.spec.a)',
              'object.spec.a',
              '1',
              '1 +',
              ' ',
              'authorizer.path("/").check("get").reason()',
            ]),
          ),
          ...maybe(0.3, 'reason', () =>
            mostly(['Invalid', 'Forbidden', 'Unauthorized', 'RequestEntityTooLarge', 'invalid', 'NotFound']),
          ),
        })),
      ),
      ...maybe(0.3, 'auditAnnotations', () =>
        some(0, 2, () => ({
          ...maybe(0.96, 'key', () => mostly([pick(['a', 'b']), '', 'A b', 'a/b'])),
          ...maybe(0.96, 'valueExpression', () =>
            mostly(["'a'", 'null', 'object.spec.a', '1', '', '1 +', "has(object.a) ? 'b' : null"]),
          ),
        })),
      ),
    },
  };
}

function mutatingPolicy(): Json {
  const mutation = () => {
    const patchType = mostly(['ApplyConfiguration', 'JSONPatch', 'Merge', '']);
    const apply = {
      applyConfiguration: {
        ...maybe(0.95, 'expression', () =>
          mostly(['Object{metadata: Object.metadata{labels: {"a": "b"}}}', 'Object{', '', '1']),
        ),
      },
    };
    const patch = {
      jsonPatch: {
        ...maybe(0.95, 'expression', () => mostly(['[JSONPatch{op: "add", path: "/a", value: "b"}]', '1 +', ''])),
      },
    };
    return {
      ...maybe(0.97, 'patchType', () => patchType),
      ...mostly<Json>([patchType === 'JSONPatch' ? patch : apply, apply, patch, { ...apply, ...patch }, {}]),
    };
  };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'a' },
    spec: {
      ...maybe(0.95, 'reinvocationPolicy', () => mostly(['Never', 'IfNeeded', 'never', ''])),
      ...maybe(0.3, 'failurePolicy', () => mostly(['Fail', 'Ignore', 'fail'])),
      ...maybe(0.97, 'matchConstraints', matchConstraints),
      ...maybe(0.3, 'matchConditions', conditions),
      ...maybe(0.95, 'mutations', () => some(random.chance(0.9) ? 1 : 0, 2, mutation)),
    },
  };
}

function binding(): Json {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'a' },
    spec: {
      ...maybe(0.96, 'policyName', () => mostly(['a', 'a.b', '', 'A b'])),
      ...maybe(0.95, 'validationActions', () =>
        mostly([['Deny'], ['Warn', 'Audit'], ['Deny', 'Warn'], ['Deny', 'Deny'], ['deny'], []]),
      ),
      ...maybe(0.4, 'paramRef', () => ({
        ...mostly<Json>([
          { name: 'a' },
          { selector: {} },
          { name: 'a', selector: {} },
          {},
          { name: 'A b' },
          { name: '' },
        ]),
        ...maybe(0.3, 'namespace', () => mostly(['b', 'B c'])),
        ...maybe(0.95, 'parameterNotFoundAction', () => mostly(['Deny', 'Allow', 'deny', ''])),
      })),
      ...maybe(0.3, 'matchResources', () => ({ ...matchConstraints() })),
    },
  };
}

function quota(): Json {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'a', namespace: 'b' },
    spec: {
      ...maybe(0.95, 'hard', () =>
        Object.fromEntries(
          some(0, 3, () => [
            random.chance(0.8)
              ? pick([
                  'cpu',
                  'pods',
                  'requests.memory',
                  'limits.cpu',
                  'count/pods',
                  'requests.storage',
                  'persistentvolumeclaims',
                  'gold.storageclass.storage.k8s.io/requests.storage',
                ])
              : pick([
                  'pod',
                  'limit.cpu',
                  'storage',
                  'limits.nvidia.com/gpu',
                  'nvidia.com/gpu',
                  'requests.nvidia.com/gpu',
                  'hugepages-2Mi',
                  'requests.hugepages-2Mi',
                  'CPU',
                  'a b',
                  'count/deployments.apps',
                  'services.loadbalancers',
                  '',
                  'limits.hugepages-2Mi',
                  'a/b/c',
                ]),
            mostly<Json>([pick<Json>(['4', 10, '1Gi', 0]), '-1', '1.5', 'x', '100m', '']),
          ]),
        ),
      ),
      ...maybe(0.2, 'scopes', () =>
        some(0, 2, () =>
          mostly([
            pick(['Terminating', 'NotTerminating', 'NotBestEffort', 'BestEffort']),
            'terminating',
            'PriorityClass',
            'CrossNamespacePodAffinity',
            'VolumeAttributesClass',
          ]),
        ),
      ),
      ...maybe(0.2, 'scopeSelector', () => ({
        matchExpressions: some(0, 2, () => ({
          scopeName: mostly(['PriorityClass', 'BestEffort', 'NotBestEffort', 'Terminating', 'Other', '']),
          operator: mostly(['In', 'Exists', 'NotIn', 'DoesNotExist', 'is', '']),
          ...maybe(0.7, 'values', () => mostly([['high'], []])),
        })),
      })),
    },
  };
}

function limitRange(): Json {
  const resources = () =>
    Object.fromEntries(
      some(0, 2, () => [
        mostly([
          pick(['cpu', 'memory']),
          'storage',
          'ephemeral-storage',
          'pods',
          'nvidia.com/gpu',
          'CPU',
          'a b',
          'hugepages-2Mi',
          'requests.cpu',
        ]),
        mostly<Json>([pick<Json>(['100m', '1', '2', '128Mi', '1Gi', 1]), 'x', '-1']),
      ]),
    );
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'a', namespace: 'b' },
    spec: {
      limits: some(1, 2, () => ({
        ...maybe(0.97, 'type', () =>
          mostly([pick(['Container', 'Pod', 'PersistentVolumeClaim']), 'container', 'Containers', 'example.com/a', '']),
        ),
        ...maybe(0.5, 'min', resources),
        ...maybe(0.5, 'max', resources),
        ...maybe(0.3, 'default', resources),
        ...maybe(0.3, 'defaultRequest', resources),
        ...maybe(0.3, 'maxLimitRequestRatio', () =>
          Object.fromEntries(some(0, 2, () => [pick(['cpu', 'memory']), mostly<Json>(['2', '0.5', 4, '1', '1.5'])])),
        ),
      })),
    },
  };
}

function isOfEmptyVariable(object: object, detail: string): boolean {
  const name = /undefined field '(\w+)'/.exec(detail)?.[1];
  const { variables } = (object as { spec?: { variables?: unknown } }).spec ?? {};
  return (
    name !== undefined &&
    Array.isArray(variables) &&
    variables.some((each) => each?.name === name && (each.expression ?? '') === '')
  );
}
