import { expect, test } from 'vitest';
import { canonicalQuantity, NotDecoded, storedObject } from '../../src/k8s/admission/stored-object.ts';
import { CelList, CelMap, type Outcome, Unknown } from '../../src/k8s/cel/value.ts';
import { parseQuantity } from '../../src/k8s/quantity.ts';
import type { ValueMap } from '../../src/yaml/value.ts';

const CIRCUMSTANCES = { appliedByKubectl: false, tokenMounted: false, limited: false, namespace: 'team' };

function stored(
  manifest: ValueMap,
  more: Partial<typeof CIRCUMSTANCES> & { readonly controlled?: readonly string[] } = {},
) {
  const object = storedObject(manifest['kind'] as string, manifest, { ...CIRCUMSTANCES, ...more });
  return object instanceof CelMap ? plain(object) : object;
}

function plain(value: Outcome): unknown {
  if (value instanceof Unknown) return '?';
  if (value instanceof CelList) return value.items.map(plain);
  if (value instanceof CelMap) return Object.fromEntries(value.entries().map(([key, item]) => [key, plain(item)]));
  return typeof value === 'bigint' ? Number(value) : value;
}

const UNKNOWN = {
  uid: '?',
  creationTimestamp: '?',
  resourceVersion: '?',
  generation: '?',
  selfLink: '?',
  managedFields: '?',
};
const CONTAINER = {
  name: 'api',
  image: 'api:1',
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
};
const POD = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
};

test('a Deployment: defaults, empty structs, and no empty lists', () => {
  const manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace: 'team', labels: {} },
    spec: {
      selector: { matchLabels: { app: 'api' } },
      paused: false,
      template: {
        metadata: { labels: { app: 'api' } },
        spec: { containers: [{ name: 'api', image: 'api:1', args: [], tty: false }], volumes: [{ name: 'tmp' }] },
      },
    },
  };
  expect(stored(manifest)).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace: 'team', ...UNKNOWN },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'api' } },
      template: {
        metadata: { labels: { app: 'api' } },
        spec: { volumes: [{ name: 'tmp', emptyDir: {} }], containers: [CONTAINER], ...POD },
      },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
    status: '?',
  });
});

test('a Pod: requests from limits, host ports, and what plugins write', () => {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'api' },
    spec: {
      hostNetwork: true,
      containers: [
        {
          name: 'api',
          image: 'api',
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: '0.5', memory: '1024Mi' } },
        },
      ],
    },
  };
  const spec = {
    ...POD,
    containers: [
      {
        ...CONTAINER,
        image: 'api',
        imagePullPolicy: 'Always',
        ports: [{ hostPort: 80, containerPort: 80, protocol: 'TCP' }],
        resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } },
      },
    ],
    serviceAccountName: 'default',
    serviceAccount: 'default',
    hostNetwork: true,
    enableServiceLinks: true,
    imagePullSecrets: '?',
    tolerations: '?',
    priorityClassName: '?',
    priority: '?',
    preemptionPolicy: '?',
    overhead: '?',
  };
  const metadata = { name: 'api', namespace: 'team', ...UNKNOWN };
  expect(stored(manifest)).toEqual({ apiVersion: 'v1', kind: 'Pod', metadata, spec, status: '?' });
  const { volumes, containers } = (stored(manifest, { tokenMounted: true }) as { spec: Record<string, unknown> }).spec;
  expect(volumes).toHaveLength(1);
  expect((containers as { volumeMounts: unknown }[])[0]!.volumeMounts).toEqual([
    { name: '?', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ]);
  expect((stored(manifest, { limited: true }) as { spec: { containers: unknown } }).spec.containers).toEqual([
    { ...spec.containers[0], resources: '?' },
  ]);
});

test('what a template leaves open is not known, and what is of another type is refused', () => {
  const pod = (image: unknown) =>
    ({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [{ name: 'a', image }] } }) as ValueMap;
  const open = stored(pod('{{ .Values.image }}')) as { spec: { containers: { image: unknown }[] } };
  expect(open.spec.containers[0]!.image).toBe('?');
  expect(stored(pod(1))).toEqual(new NotDecoded('spec.containers[0].image'));
});

test.each([
  ['0.5', '500m'],
  ['1000m', '1'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['0.5Ki', '512'],
  ['1e9', '1e9'],
  ['1500000', '1500k'],
  ['0Gi', '0'],
  ['-2000m', '-2'],
])('%s is written %s', (text, expected) => {
  expect(canonicalQuantity(parseQuantity(text)!)).toBe(expected);
});
