import type { Random } from '../yaml/random-yaml.ts';

/** Random admission policies, bindings and objects: mostly in order, with every field that matters now there, now not. */
export interface AdmissionCase {
  readonly policy: Json;
  readonly bindings: readonly Json[];
  readonly params: readonly Json[];
  readonly paramScope: 'namespace' | 'cluster';
  readonly namespaces: readonly Json[];
  readonly object: Json;
  readonly resource: string;
}

// biome-ignore lint/suspicious/noExplicitAny: manifests of every form, written as they come.
export type Json = any;

const GROUP = 'admissionregistration.k8s.io/v1';
const WORKLOADS: readonly (readonly [string, string, string])[] = [
  ['apps/v1', 'Deployment', 'deployments'],
  ['apps/v1', 'StatefulSet', 'statefulsets'],
  ['apps/v1', 'DaemonSet', 'daemonsets'],
  ['apps/v1', 'ReplicaSet', 'replicasets'],
  ['batch/v1', 'Job', 'jobs'],
  ['batch/v1', 'CronJob', 'cronjobs'],
  ['v1', 'Pod', 'pods'],
  ['v1', 'ReplicationController', 'replicationcontrollers'],
];

export class AdmissionRandom {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): AdmissionCase {
    const random = this.#random;
    const [apiVersion, kind, resource] = random.pick([...WORKLOADS]);
    const withParams = random.chance(0.3);
    const cluster = withParams && random.chance(0.3);
    const paramKind = cluster
      ? { apiVersion: 'rules.example.com/v1', kind: 'Limit' }
      : { apiVersion: 'v1', kind: 'ConfigMap' };
    const expressions = new Expressions(random, kind, withParams);
    const variables = Array.from({ length: random.below(3) }, (_, index) => ({
      name: `v${index}`,
      expression: expressions.variable(index),
    }));
    const policy: Json = {
      apiVersion: GROUP,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'policy' },
      spec: {
        ...this.#maybe(0.5, 'failurePolicy', random.pick(['Fail', 'Ignore'])),
        ...(withParams ? { paramKind } : {}),
        matchConstraints: this.#match(apiVersion, resource, 0.97),
        ...(random.chance(0.25)
          ? {
              matchConditions: [
                { name: 'a', expression: this.#asBool(expressions.bool(2)) },
                { name: 'b', expression: this.#asBool(expressions.bool(1)) },
              ],
            }
          : {}),
        variables,
        validations: Array.from({ length: 1 + random.below(3) }, () => ({
          expression: this.#asBool(expressions.bool(1 + random.below(4))),
          ...this.#maybe(0.3, 'message', 'no'),
          ...this.#maybe(0.3, 'messageExpression', `string(${expressions.string(1)})`),
        })),
        ...(random.chance(0.1)
          ? { auditAnnotations: [{ key: 'k', valueExpression: `string(${expressions.string(1)})` }] }
          : {}),
      },
    };
    const bindings = Array.from({ length: random.chance(0.2) ? 2 : 1 }, (_, index) => ({
      apiVersion: GROUP,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: `binding-${index}` },
      spec: {
        policyName: 'policy',
        validationActions: random.pick([['Deny'], ['Deny'], ['Warn'], ['Audit'], ['Deny', 'Audit'], ['Warn', 'Audit']]),
        ...(random.chance(0.2) ? { matchResources: this.#match(apiVersion, resource, 0.9) } : {}),
        ...(withParams && random.chance(0.9) ? { paramRef: this.#paramRef(cluster) } : {}),
      },
    }));
    return {
      policy,
      bindings,
      params: withParams ? this.#params(cluster) : [],
      paramScope: cluster ? 'cluster' : 'namespace',
      namespaces: [
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: {
            name: 'team-a',
            labels: { env: random.pick(['prod', 'dev']), 'kubernetes.io/metadata.name': 'team-a' },
            ...this.#maybe(0.5, 'annotations', { owner: 'x' }),
          },
        },
      ],
      object: new Workloads(random).make(apiVersion, kind),
      resource,
    };
  }

  /** What an object gives is of no declared type, and a validation has to be a bool. */
  #asBool(text: string): string {
    return this.#random.chance(0.97) ? `(${text}) && true` : text;
  }

  #paramRef(cluster: boolean): Json {
    const random = this.#random;
    return {
      ...(random.chance(0.7)
        ? { name: random.pick(['limits', 'limits', 'missing']) }
        : { selector: random.pick([{}, { matchLabels: { a: 'b' } }, { matchLabels: { a: 'z' } }]) }),
      ...(random.chance(cluster ? 0.05 : 0.4) ? { namespace: random.pick(['team-a', 'policy']) } : {}),
      parameterNotFoundAction: random.pick(['Deny', 'Allow']),
    };
  }

  #params(cluster: boolean): readonly Json[] {
    const random = this.#random;
    if (cluster) {
      return [
        {
          apiVersion: 'rules.example.com/v1',
          kind: 'Limit',
          metadata: { name: 'limits', labels: { a: 'b' } },
          max: random.below(5),
          ratio: 1.5,
          registry: 'r.example.com/',
          list: ['a', 'b'],
          nested: { on: true },
          none: null,
        },
        {
          apiVersion: 'rules.example.com/v1',
          kind: 'Limit',
          metadata: { name: 'other', labels: { a: random.pick(['b', 'c']) } },
          max: 100,
        },
      ];
    }
    return ['team-a', 'policy'].flatMap((namespace) =>
      ['limits', 'other'].map((name) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace, labels: { a: random.pick(['b', 'c']) } },
        ...this.#maybe(0.9, 'data', {
          max: String(random.below(5)),
          registry: 'r.example.com/',
          ...this.#maybe(0.5, 'extra', ''),
        }),
      })),
    );
  }

  #match(apiVersion: string, resource: string, likely: number): Json {
    const random = this.#random;
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const rule = () => ({
      apiGroups: random.chance(likely) ? [random.pick([group, group, '*'])] : ['apps', ''],
      apiVersions: [random.chance(0.95) ? random.pick([version, '*']) : 'v1beta1'],
      operations: random.chance(0.95) ? random.pick([['CREATE'], ['CREATE', 'UPDATE'], ['*']]) : ['UPDATE'],
      resources: random.chance(likely)
        ? [random.chance(0.95) ? random.pick([resource, resource, '*', `${resource}/*`, '*/*']) : `${resource}/status`]
        : ['pods', 'deployments'],
      ...this.#maybe(0.2, 'scope', random.chance(0.8) ? random.pick(['Namespaced', '*']) : 'Cluster'),
      ...this.#maybe(0.1, 'resourceNames', random.pick([['app'], ['other']])),
    });
    return {
      resourceRules: Array.from({ length: 1 + random.below(2) }, rule),
      ...(random.chance(0.1) ? { excludeResourceRules: [rule()] } : {}),
      ...this.#maybe(0.3, 'matchPolicy', random.pick(['Exact', 'Equivalent'])),
      ...this.#maybe(
        0.2,
        'namespaceSelector',
        this.#selector(['env', 'kubernetes.io/metadata.name', 'x'], ['prod', 'dev', 'team-a']),
      ),
      ...this.#maybe(0.2, 'objectSelector', this.#selector(['app', 'tier', 'x'], ['web', 'db'])),
    };
  }

  #selector(keys: readonly string[], values: readonly string[]): Json {
    const random = this.#random;
    if (random.chance(0.5)) return { matchLabels: { [random.pick([...keys])]: random.pick([...values]) } };
    const operator = random.pick(['In', 'NotIn', 'Exists', 'DoesNotExist']);
    return {
      matchExpressions: [
        {
          key: random.pick([...keys]),
          operator,
          ...(operator.endsWith('In') ? { values: [random.pick([...values]), random.pick([...values])] } : {}),
        },
      ],
    };
  }

  #maybe(chance: number, key: string, value: Json): Json {
    return this.#random.chance(chance) ? { [key]: value } : {};
  }
}

/** Workloads that the API server takes, more or less complete. */
export class Workloads {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  make(apiVersion: string, kind: string): Json {
    const random = this.#random;
    const labels = { app: random.pick(['web', 'db']), ...this.#maybe(0.4, 'tier', random.pick(['web', 'front'])) };
    const metadata = {
      name: random.pick(['app', 'other', 'web-1']),
      namespace: 'team-a',
      ...this.#maybe(0.6, 'labels', random.pick([labels, labels, {}, { team: 'a', app: 'web' }])),
      ...this.#maybe(0.3, 'annotations', random.pick([{ owner: 'x' }, {}])),
    };
    const template = {
      metadata: {
        // A Job's pods are labelled by the API server, which is not a part of the oracle.
        ...this.#maybe(kind === 'Job' ? 1 : 0.8, 'labels', labels),
        ...this.#maybe(0.2, 'annotations', { a: 'b' }),
      },
      spec: this.#pod(),
    };
    const object = (spec: Json) => ({ apiVersion, kind, metadata, spec });
    switch (kind) {
      case 'Pod': {
        const spec = this.#pod();
        // The plugin that fills in the name and mounts a token is not a part of the oracle.
        if (!spec.serviceAccountName && !spec.serviceAccount) spec.serviceAccountName = 'default';
        if (spec.automountServiceAccountToken) spec.automountServiceAccountToken = undefined;
        return object(spec);
      }
      case 'Job':
        return object(this.#job(template));
      case 'CronJob':
        return object({
          schedule: '* * * * *',
          ...this.#maybe(0.3, 'suspend', true),
          ...this.#maybe(0.3, 'concurrencyPolicy', 'Forbid'),
          jobTemplate: { ...this.#maybe(0.3, 'metadata', { labels }), spec: this.#job(template) },
        });
      default:
        return object({
          ...this.#maybe(0.5, 'replicas', random.pick([0, 1, 3, 7])),
          selector:
            kind === 'ReplicationController' ? (random.chance(0.5) ? labels : undefined) : { matchLabels: labels },
          ...(kind === 'Deployment'
            ? this.#maybe(
                0.4,
                'strategy',
                random.pick([
                  {},
                  { type: 'Recreate' },
                  { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
                  { rollingUpdate: null },
                ]),
              )
            : {}),
          ...(kind === 'StatefulSet'
            ? {
                serviceName: 's',
                ...this.#maybe(
                  0.4,
                  'updateStrategy',
                  random.pick([{}, { type: 'OnDelete' }, { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }]),
                ),
                ...this.#maybe(0.3, 'volumeClaimTemplates', [
                  {
                    metadata: { name: 'data' },
                    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } },
                  },
                ]),
              }
            : {}),
          ...(kind === 'DaemonSet'
            ? this.#maybe(
                0.4,
                'updateStrategy',
                random.pick([{}, { type: 'OnDelete' }, { rollingUpdate: { maxUnavailable: '10%' } }]),
              )
            : {}),
          ...this.#maybe(0.2, 'minReadySeconds', random.pick([0, 5])),
          ...(/^(?:Dep|Dae|Sta)/.test(kind) ? this.#maybe(0.2, 'revisionHistoryLimit', random.pick([0, 5])) : {}),
          template,
        });
    }
  }

  #job(template: Json): Json {
    return {
      ...this.#maybe(0.3, 'parallelism', 2),
      ...this.#maybe(0.3, 'completions', 3),
      ...this.#maybe(0.3, 'backoffLimit', 0),
      ...this.#maybe(0.3, 'ttlSecondsAfterFinished', 0),
      template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } },
    };
  }

  #pod(): Json {
    const random = this.#random;
    const securityContext = () =>
      random.pick<Json>([
        {},
        { runAsNonRoot: true },
        { runAsNonRoot: false, runAsUser: 0 },
        { runAsUser: 1000, fsGroup: 5 },
        null,
        { seccompProfile: { type: 'RuntimeDefault' } },
      ]);
    return {
      ...this.#maybe(0.3, 'hostNetwork', random.chance(0.7)),
      ...this.#maybe(0.2, 'hostPID', random.chance(0.5)),
      ...this.#maybe(0.3, 'serviceAccountName', random.pick(['robot', ''])),
      ...this.#maybe(0.1, 'serviceAccount', 'old'),
      ...this.#maybe(0.3, 'automountServiceAccountToken', random.chance(0.5)),
      ...this.#maybe(0.4, 'securityContext', securityContext()),
      ...this.#maybe(0.2, 'restartPolicy', random.pick(['Always', 'OnFailure'])),
      ...this.#maybe(0.2, 'nodeSelector', random.pick([{}, { disk: 'ssd' }])),
      ...this.#maybe(0.2, 'tolerations', [{ key: 'a', operator: 'Exists' }]),
      ...this.#maybe(0.2, 'terminationGracePeriodSeconds', random.pick([0, 60])),
      ...this.#maybe(0.2, 'priorityClassName', 'high'),
      ...this.#maybe(0.3, 'initContainers', [this.#container()]),
      containers: Array.from({ length: 1 + random.below(2) }, () => this.#container()),
      ...this.#maybe(
        0.5,
        'volumes',
        Array.from({ length: random.below(3) }, () => this.#volume()),
      ),
      ...this.#maybe(0.1, 'topologySpreadConstraints', [
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' },
      ]),
    };
  }

  #volume(): Json {
    const random = this.#random;
    return {
      name: random.pick(['data', 'tmp']),
      ...random.pick<Json>([
        {},
        { emptyDir: {} },
        { emptyDir: { sizeLimit: random.pick(['1Gi', '1024Mi', '500M', '0.5Gi']), medium: 'Memory' } },
        { hostPath: { path: '/var' } },
        { hostPath: { path: '/', type: 'Directory' } },
        { secret: { secretName: 's' } },
        { configMap: { name: 'c', defaultMode: 256, optional: false } },
        {
          projected: {
            sources: [
              { serviceAccountToken: { path: 't' } },
              { downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'metadata.name' } }] } },
            ],
          },
        },
        { persistentVolumeClaim: { claimName: 'c' } },
        { nfs: { server: 's', path: '/' } },
      ]),
    };
  }

  #container(): Json {
    const random = this.#random;
    const quantities = () => ({
      ...this.#maybe(0.7, 'cpu', random.pick<Json>(['100m', '0.5', '1', '1000m', 2, '0.0001', '1e3m'])),
      ...this.#maybe(0.7, 'memory', random.pick<Json>(['128Mi', '1Gi', '1024Mi', '1000000', '1e9', '1.5Gi', '0.5Ki'])),
    });
    return {
      name: random.pick(['web', 'sidecar', 'db']),
      image: random.pick([
        'nginx',
        'nginx:latest',
        'nginx:1.29',
        'r.example.com/app:1',
        'r.example.com/app@sha256:' + 'a'.repeat(64),
        'docker.io/library/x:dev',
      ]),
      ...this.#maybe(0.2, 'imagePullPolicy', random.pick(['Always', 'Never', ''])),
      ...this.#maybe(0.3, 'command', random.pick([['sh', '-c', 'x'], []])),
      ...this.#maybe(0.3, 'args', ['--a=1', '--b']),
      ...this.#maybe(
        0.5,
        'resources',
        random.pick<Json>([
          {},
          { limits: quantities() },
          { limits: quantities(), requests: quantities() },
          { requests: quantities() },
        ]),
      ),
      ...this.#maybe(
        0.5,
        'securityContext',
        random.pick<Json>([
          {},
          { privileged: true },
          { privileged: false, allowPrivilegeEscalation: false },
          { capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } },
          { runAsNonRoot: true, readOnlyRootFilesystem: true },
          { capabilities: {} },
        ]),
      ),
      ...this.#maybe(
        0.4,
        'ports',
        random.pick<Json>([[{ containerPort: 80 }], [{ containerPort: 8080, protocol: 'UDP', hostPort: 8080 }], []]),
      ),
      ...this.#maybe(
        0.4,
        'env',
        random.pick<Json>([
          [{ name: 'A', value: 'x' }],
          [{ name: 'B' }, { name: 'C', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          [{ name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
        ]),
      ),
      ...this.#maybe(
        0.3,
        'livenessProbe',
        random.pick<Json>([
          { httpGet: { port: 80 } },
          { tcpSocket: { port: 'http' }, periodSeconds: 5 },
          { grpc: { port: 1 } },
          { exec: { command: ['a'] } },
        ]),
      ),
      ...this.#maybe(0.3, 'volumeMounts', [
        { name: 'data', mountPath: '/data', ...this.#maybe(0.5, 'readOnly', random.chance(0.5)) },
      ]),
      ...this.#maybe(0.1, 'tty', random.chance(0.5)),
      ...this.#maybe(0.1, 'lifecycle', { preStop: { httpGet: { port: 'x', path: '' } } }),
    };
  }

  #maybe(chance: number, key: string, value: Json): Json {
    return this.#random.chance(chance) ? { [key]: value } : {};
  }
}

/** Expressions over such an object: most compile, some do not; many read what may not be there. */
export class Expressions {
  readonly #random: Random;
  readonly #pod: string;
  readonly #params: boolean;
  #variables: readonly ('bool' | 'string' | 'int' | 'dyn' | 'list' | 'strings')[] = [];
  #bound: string[] = [];

  constructor(random: Random, kind: string, params: boolean) {
    this.#random = random;
    this.#params = params;
    this.#pod =
      kind === 'Pod'
        ? 'object.spec'
        : kind === 'CronJob'
          ? 'object.spec.jobTemplate.spec.template.spec'
          : 'object.spec.template.spec';
  }

  variable(index: number): string {
    const kind = this.#random.pick<'bool' | 'string' | 'int' | 'dyn' | 'list' | 'strings'>([
      'bool',
      'string',
      'int',
      'dyn',
      'list',
      'strings',
    ]);
    const text =
      kind === 'bool'
        ? this.bool(2)
        : kind === 'string'
          ? this.string(2)
          : kind === 'int'
            ? this.int(2)
            : kind === 'list'
              ? this.#containers()
              : kind === 'strings'
                ? this.#strings(1)
                : this.#dyn(1);
    this.#variables = [...this.#variables.slice(0, index), kind];
    return text;
  }

  bool(depth: number): string {
    const random = this.#random;
    if (random.chance(0.006)) return this.string(1);
    if (depth <= 0) return this.#simple();
    switch (random.below(22)) {
      case 0:
      case 1:
        return `${this.#operand(depth)} && ${this.#operand(depth)}`;
      case 2:
      case 3:
        return `${this.#operand(depth)} || ${this.#operand(depth)}`;
      case 4:
        return `!(${this.bool(depth - 1)})`;
      case 5:
        return `(${this.bool(depth - 1)} ? ${this.bool(depth - 1)} : ${this.bool(depth - 1)})`;
      case 6:
      case 7:
      case 8:
        return this.#macro(depth);
      case 9:
        return `${this.string(depth - 1)}.${random.pick(['startsWith', 'endsWith', 'contains'])}(${this.string(depth - 1)})`;
      case 10:
        return `${this.string(depth - 1)}.matches(${random.pick(["'^[a-z]+$'", "'^(nginx|r\\\\.example\\\\.com/.*)'", "r'\\d'", "'a{2,}'", "'(?i)NGINX'", "'^$'"])})`;
      case 11:
        return `${this.int(depth - 1)} ${random.pick(['<', '<=', '>', '>=', '==', '!='])} ${this.int(depth - 1)}`;
      case 12:
        return `${this.string(depth - 1)} ${random.pick(['==', '!=', '<', '>='])} ${this.string(depth - 1)}`;
      case 13:
        return `${this.string(depth - 1)} in ${random.pick([this.#strings(depth - 1), this.#map()])}`;
      case 14:
        return this.#quantity(depth);
      case 15:
        return this.#library(depth);
      case 16:
        return `${this.#dyn(depth - 1)} ${random.pick(['==', '!='])} ${random.pick([this.#dyn(depth - 1), this.string(0), this.int(0), 'null', 'true', '[]', '{}'])}`;
      case 17:
        return this.#optional(depth);
      case 18:
        return `sets.${random.pick(['contains', 'intersects', 'equivalent'])}(${this.#strings(depth - 1)}, ${this.#strings(depth - 1)})`;
      default:
        return this.#simple();
    }
  }

  string(depth: number): string {
    const random = this.#random;
    if (depth <= 0 || random.chance(0.4)) {
      return random.pick([
        "'nginx'",
        "'a'",
        "''",
        '"prod"',
        "'r.example.com/'",
        "'web'",
        this.#field('string'),
        this.#field('string'),
        this.#field('string'),
        'object.metadata.name',
        'request.namespace',
        'request.operation',
        'namespaceObject.metadata.labels.env',
        ...this.#namesOf('string'),
      ]);
    }
    switch (random.below(14)) {
      case 0:
        return `${this.string(depth - 1)} + ${this.string(depth - 1)}`.replace(/^(.*)$/s, '($1)');
      case 1:
        return `string(${this.int(depth - 1)})`;
      case 2:
        return `${this.string(depth - 1)}.${random.pick(['lowerAscii()', 'upperAscii()', 'trim()', 'substring(1)', 'substring(0, 2)', "replace('a', 'b')", "replace('', '-', 2)", 'charAt(0)'])}`;
      case 3:
        return `${this.#strings(depth - 1)}.join(${random.pick(['', "','"])})`;
      case 4:
        return `(${this.bool(depth - 1)} ? ${this.string(depth - 1)} : ${this.string(depth - 1)})`;
      case 5:
        return `${this.string(depth - 1)}.split('${random.pick(['/', ':', ''])}')[${random.below(2)}]`;
      case 6:
        return `${this.#optionalPath()}.orValue('none')`;
      case 7:
        return `string(${this.#dyn(depth - 1)})`;
      case 8:
        return this.#params
          ? random.pick([
              'params.data.max',
              'params.data.registry',
              'params.metadata.name',
              'params.registry',
              'params.?data[?"extra"].orValue("-")',
            ])
          : this.string(0);
      case 9:
        return `object.metadata.labels['${random.pick(['app', 'tier', 'team', 'x'])}']`;
      default:
        return this.#field('string');
    }
  }

  int(depth: number): string {
    const random = this.#random;
    if (depth <= 0 || random.chance(0.3))
      return random.pick([
        '0',
        '1',
        '3',
        '-1',
        '80',
        'object.spec.replicas',
        this.#field('int'),
        this.#field('int'),
        ...this.#namesOf('int'),
      ]);
    switch (random.below(9)) {
      case 0:
        return `(${this.int(depth - 1)} ${random.pick(['+', '-', '*', '/', '%'])} ${this.int(depth - 1)})`;
      case 1:
        return `size(${random.pick([this.#containers(), this.string(depth - 1), this.#map(), this.#strings(depth - 1)])})`;
      case 2:
        return `${random.pick([this.#containers(), this.string(depth - 1), this.#map()])}.size()`;
      case 3:
        return `int(${random.pick([this.string(depth - 1), "'12'", '1.7', 'true'])})`;
      case 4:
        return `${this.string(depth - 1)}.${random.pick(['indexOf', 'lastIndexOf'])}('a')`;
      case 5:
        return `${this.#containers()}.map(c, ${this.#inside('c', () => this.int(depth - 1))})[0]`;
      case 6:
        return random
          .pick([
            'params.max',
            'int(params.data.max)',
            '[1, 2, 3].sum()',
            '[3, 1].max()',
            '[1, 2].indexOf(2)',
            `-(${this.int(depth - 1)})`,
          ])
          .replace(/.*params.*/, (text) => (this.#params ? text : '2'));
      default:
        return this.#field('int');
    }
  }

  #operand(depth: number): string {
    const text = this.bool(depth - 1);
    return /\|\||&&/.test(text) ? `(${text})` : text;
  }

  #simple(): string {
    const random = this.#random;
    return random.pick([
      `has(${this.#path()})`,
      `has(${this.#path()})`,
      `!has(${this.#path()})`,
      this.#field('bool'),
      `${this.#field('bool')} == true`,
      `${this.#field('string')} == ${this.string(0)}`,
      `${this.#field('int')} > ${this.int(0)}`,
      `'${random.pick(['app', 'team', 'tier'])}' in object.metadata.labels`,
      'true',
      'object.spec.replicas <= 5',
      'namespaceObject.metadata.labels.env == "prod"',
      "has(namespaceObject.metadata.annotations) && namespaceObject.metadata.annotations['owner'] == 'x'",
      'has(request.subResource)',
      `request.${random.pick(['operation == "CREATE"', 'resource.resource == "pods"', 'kind.kind != "Pod"', 'dryRun', 'name == "app"', 'namespace == "team-a"', 'subResource == ""'])}`,
      'oldObject == null',
      ...this.#namesOf('bool'),
      ...(this.#params
        ? [
            'params == null',
            'has(params.data)',
            'params.nested.on',
            'params.none == null',
            'has(params.none)',
            'params.?none.hasValue()',
            "'a' in params.list",
            'params.ratio > 1',
            'int(params.data.max) > 2',
            'params.max > 2',
          ]
        : []),
    ]);
  }

  #macro(depth: number): string {
    const random = this.#random;
    const name = random.pick(['all', 'all', 'all', 'exists', 'exists', 'exists_one']);
    if (random.chance(0.15)) {
      return `${this.#map()}.${name}(k, ${this.#inside('k', () => `k.startsWith('${random.pick(['a', 't'])}')`)})`;
    }
    if (random.chance(0.1))
      return `${this.#map()}.${name === 'exists_one' ? 'existsOne' : name}(k, v, v != '${random.pick(['web', 'x'])}')`;
    if (random.chance(0.1))
      return `${this.#containers()}.${name === 'exists_one' ? 'existsOne' : name}(i, c, i >= 0 && ${this.#inside('c', () => this.bool(depth - 1))})`;
    const variable = random.pick(['c', 'x']);
    return `${this.#containers()}.${name}(${variable}, ${this.#inside(variable, () => this.bool(depth - 1))})`;
  }

  #inside(variable: string, make: () => string): string {
    this.#bound.push(variable);
    const text = make();
    this.#bound.pop();
    return text;
  }

  #containers(): string {
    const random = this.#random;
    return random.pick([
      `${this.#pod}.containers`,
      `${this.#pod}.containers`,
      `${this.#pod}.initContainers`,
      `${this.#pod}.?initContainers.orValue([])`,
      `(${this.#pod}.containers + ${this.#pod}.?initContainers.orValue([]))`,
      `(has(${this.#pod}.volumes) ? ${this.#pod}.volumes : [])`,
      `${this.#pod}.volumes`,
      `${this.#pod}.containers.filter(f, has(f.securityContext))`,
      `[${this.#pod}.containers[0]]`,
      ...this.#namesOf('list'),
    ]);
  }

  #strings(depth: number): string {
    const random = this.#random;
    return random.pick([
      "['nginx', 'a']",
      "['web', 'prod', 'CREATE']",
      '[]',
      `${this.#pod}.containers.map(c, c.image)`,
      `${this.#pod}.containers.map(c, c.name)`,
      `${this.string(depth <= 0 ? 0 : depth - 1)}.split('/')`,
      'object.metadata.?labels.orValue({}).map(k, k)',
      `[${this.string(0)}, ${this.string(0)}]`,
      `${this.#pod}.containers.map(c, has(c.args), c.args[0])`,
      ...this.#namesOf('strings'),
    ]);
  }

  #map(): string {
    return this.#random.pick([
      'object.metadata.labels',
      'object.metadata.annotations',
      "{'a': 'b'}",
      `${this.#pod}.nodeSelector`,
      'object.metadata.?labels.orValue({})',
      'namespaceObject.metadata.labels',
      "{'a': 'x', 'b': 'y'}",
    ]);
  }

  #dyn(depth: number): string {
    const random = this.#random;
    return random.pick([
      this.#path(),
      this.#field('string'),
      this.#field('int'),
      this.#field('bool'),
      'object.spec',
      'object.metadata.labels',
      this.#containers(),
      ...(depth > 0 ? [`dyn(${this.string(depth - 1)})`] : []),
      ...this.#namesOf('dyn'),
    ]);
  }

  #quantity(depth: number): string {
    const random = this.#random;
    const quantity = () =>
      random.pick([
        `quantity(${this.#container()}.resources.limits.${random.pick(['cpu', 'memory'])})`,
        `quantity(${this.#container()}.resources.requests.memory)`,
        "quantity('1Gi')",
        "quantity('500m')",
        "quantity('1.5')",
        `quantity(${this.string(Math.max(0, depth - 2))})`,
      ]);
    return random.pick([
      `${quantity()}.${random.pick(['isGreaterThan', 'isLessThan'])}(${quantity()})`,
      `${quantity()}.compareTo(${quantity()}) == ${random.pick(['0', '1', '-1'])}`,
      `isQuantity(${this.string(1)})`,
      `${quantity()}.add(${quantity()}).isLessThan(quantity('2Gi'))`,
      `${quantity()}.sub(1) == quantity('0')`,
      `sign(${quantity()}) == 1`,
      `${quantity()}.isInteger()`,
    ]);
  }

  #library(depth: number): string {
    const random = this.#random;
    const ip = () =>
      random.pick([
        "'10.0.0.1'",
        "'::1'",
        "'127.0.0.1'",
        "'fe80::1'",
        "'300.1.1.1'",
        "'::ffff:1.2.3.4'",
        "'010.0.0.1'",
        "'8.8.8.8'",
      ]);
    const cidr = () =>
      random.pick(["'10.0.0.0/8'", "'10.0.0.5/24'", "'::/0'", "'10.0.0.0/33'", "'fe80::/10'", "'1.2.3.4/08'"]);
    const version = () =>
      random.pick(["'1.2.3'", "'1.2.4-alpha.1'", "'v1.2'", "'01.2.3'", "'1.2.3-alpha.beta+x'", "'1.10.0'", "'1'"]);
    return random.pick([
      `isIP(${ip()})`,
      `ip(${ip()}).${random.pick(['isLoopback()', 'isGlobalUnicast()', 'isLinkLocalUnicast()', 'isUnspecified()', 'family() == 4'])}`,
      `ip(${ip()}) == ip(${ip()})`,
      `isCIDR(${cidr()})`,
      `cidr(${cidr()}).containsIP(${ip()})`,
      `cidr(${cidr()}).containsCIDR(${cidr()})`,
      `cidr(${cidr()}).prefixLength() > 8`,
      `cidr(${cidr()}).masked() == cidr(${cidr()})`,
      `isSemver(${version()}${random.pick(['', ', true', ', false'])})`,
      `semver(${version()}).${random.pick(['isLessThan', 'isGreaterThan'])}(semver(${version()}))`,
      `semver(${version()}, true).major() == 1`,
      `type(${this.#dyn(depth - 1)}) == ${random.pick(['string', 'int', 'map', 'list', 'bool', 'null_type'])}`,
      `${this.#strings(depth - 1)}.isSorted()`,
      `${this.#strings(depth - 1)}.distinct().size() == ${random.below(3)}`,
      `[[1], [2, 3]].flatten() == [1, 2, 3]`,
      `[3, 1, 2].sort() == [1, 2, 3]`,
      `${this.#strings(depth - 1)}.reverse()[0] == 'a'`,
      `${this.#strings(depth - 1)}.slice(0, 1).size() == 1`,
      'isURL("https://a.example.com")',
      '1.5 < 2 && 3 >= 2.5 && 1u < 2',
      '9223372036854775807 + 1 > 0',
      "b'a' == b'a'",
      "duration('1h') < duration('2h')",
      `${this.#containers()}.transformList(i, c, c.name).size() > 0`,
      `${this.#map()}.transformMap(k, v, v + 'x')['app'] == 'webx'`,
      "'é'.size() == 1 && 'a\\u00e9' > 'a'",
      "authorizer.group('').resource('pods').check('get').allowed()",
      "request.userInfo.username == 'alice'",
    ]);
  }

  #optional(depth: number): string {
    const random = this.#random;
    return random.pick([
      `${this.#optionalPath()}.hasValue()`,
      `${this.#optionalPath()}.orValue(${random.pick(["'x'", '1', 'true', '[]'])}) == ${random.pick(["'x'", '1', 'true', '[]'])}`,
      `${this.#optionalPath()}.optMap(v, v == 'web').orValue(false)`,
      `${this.#optionalPath()} == optional.none()`,
      `${this.#optionalPath()}.value() == ${this.string(0)}`,
      `${this.#optionalPath()}.or(optional.of(${this.string(0)})).value() == ${this.string(0)}`,
      `optional.ofNonZeroValue(${this.string(depth - 1)}).hasValue()`,
      `[?${this.#optionalPath()}, 'b'].size() == 2`,
      `{?'a': ${this.#optionalPath()}}.size() == 1`,
    ]);
  }

  #optionalPath(): string {
    const random = this.#random;
    return random.pick([
      'object.metadata.?labels.app',
      "object.metadata.?labels['tier']",
      "object.metadata.?annotations[?'owner']",
      "object.metadata.labels[?'team']",
      'object.?spec.?replicas',
      `${this.#pod}.?securityContext.runAsNonRoot`,
      `${this.#container()}.?securityContext.?capabilities.drop`,
      `${this.#container()}.?resources.limits.cpu`,
      `${this.#pod}.containers[?1]`,
      `${this.#pod}.?hostNetwork`,
      `${this.#container()}.?image`,
    ]);
  }

  #container(): string {
    const bound = this.#bound.at(-1);
    return bound ?? `${this.#pod}.containers[0]`;
  }

  /** A path that may be there or not. */
  #path(): string {
    const random = this.#random;
    const container = this.#container();
    return random.pick([
      `${container}.securityContext`,
      `${container}.securityContext.privileged`,
      `${container}.resources`,
      `${container}.resources.limits`,
      `${container}.resources.limits.memory`,
      `${container}.livenessProbe.httpGet.scheme`,
      `${container}.ports`,
      `${container}.command`,
      `${container}.tty`,
      `${container}.volumeMounts`,
      `${container}.image`,
      `${container}.emptyDir`,
      `${container}.hostPath.type`,
      `${this.#pod}.hostNetwork`,
      `${this.#pod}.securityContext`,
      `${this.#pod}.securityContext.runAsNonRoot`,
      `${this.#pod}.volumes`,
      `${this.#pod}.serviceAccountName`,
      `${this.#pod}.serviceAccount`,
      `${this.#pod}.tolerations`,
      `${this.#pod}.priority`,
      `${this.#pod}.nodeSelector`,
      `${this.#pod}.nothing`,
      'object.metadata.labels',
      'object.metadata.annotations',
      'object.metadata.labels.app',
      'object.metadata.uid',
      'object.spec.replicas',
      'object.spec.strategy.rollingUpdate',
      'object.spec.template.metadata.labels.app',
      'object.spec.suspend',
      'object.spec.selector',
      'object.spec.minReadySeconds',
      'object.spec.volumeClaimTemplates',
      'object.status',
    ]);
  }

  #field(type: 'string' | 'int' | 'bool'): string {
    const random = this.#random;
    const container = this.#container();
    switch (type) {
      case 'bool':
        return random.pick([
          `${container}.securityContext.privileged`,
          `${container}.securityContext.runAsNonRoot`,
          `${this.#pod}.hostNetwork`,
          `${this.#pod}.hostPID`,
          `${this.#pod}.automountServiceAccountToken`,
          `${this.#pod}.securityContext.runAsNonRoot`,
          'object.spec.suspend',
          `${container}.tty`,
          `${this.#pod}.enableServiceLinks`,
        ]);
      case 'int':
        return random.pick([
          'object.spec.replicas',
          `${container}.ports[0].containerPort`,
          `${container}.ports[0].hostPort`,
          `${this.#pod}.terminationGracePeriodSeconds`,
          `${container}.livenessProbe.periodSeconds`,
          'object.spec.revisionHistoryLimit',
          'object.spec.backoffLimit',
          `${this.#pod}.securityContext.runAsUser`,
          'object.spec.strategy.rollingUpdate.maxSurge',
          'object.spec.completions',
          `${container}.secret.defaultMode`,
        ]);
      case 'string':
        return random.pick([
          `${container}.image`,
          `${container}.name`,
          `${container}.imagePullPolicy`,
          `${container}.terminationMessagePolicy`,
          `${this.#pod}.serviceAccountName`,
          `${this.#pod}.restartPolicy`,
          `${this.#pod}.dnsPolicy`,
          `${container}.ports[0].protocol`,
          `${container}.resources.limits.cpu`,
          `${container}.resources.requests.memory`,
          'object.kind',
          'object.apiVersion',
          'object.spec.strategy.type',
          'object.spec.concurrencyPolicy',
          `${container}.hostPath.path`,
          `${container}.emptyDir.sizeLimit`,
          `${container}.livenessProbe.httpGet.path`,
          'object.spec.updateStrategy.type',
          'object.spec.completionMode',
          `${container}.env[0].value`,
          `${container}.env[1].valueFrom.fieldRef.apiVersion`,
          'object.spec.volumeClaimTemplates[0].spec.resources.requests.storage',
          'object.spec.strategy.rollingUpdate.maxUnavailable',
        ]);
    }
  }

  #namesOf(kind: string): readonly string[] {
    return this.#variables.flatMap((each, index) => (each === kind ? [`variables.v${index}`] : []));
  }
}
