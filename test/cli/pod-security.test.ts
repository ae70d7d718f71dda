import { expect, test } from 'vitest';
import { PRIVILEGED_POD, run } from './run.ts';

const NAMESPACED = PRIVILEGED_POD.replace('  name: api\n', '  name: api\n  namespace: shop\n');
const BARE = NAMESPACED.replace('name: api\n  ', 'name: bare\n  ').replace(/ +securityContext:\n.*\n/, '');

test('a table, what stands in the way, and the label for each namespace', () => {
  const { status, stdout, stderr } = run(['pod-security', '.'], { files: { 'a.yaml': NAMESPACED, 'b.yaml': BARE } });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toBe(`NAMESPACE  WORKLOAD  LEVEL       THE NEXT LEVEL LACKS
shop       Pod/api   privileged  privileged
shop       Pod/bare  baseline    allowPrivilegeEscalation, capabilities_restricted, runAsNonRoot, seccompProfile_restricted

Pod/api a.yaml:4
  11:21    baseline    privileged: container "api": privileged is true

Pod/bare b.yaml:4
  8:7      restricted  allowPrivilegeEscalation: container "api": allowPrivilegeEscalation is not set to false
  8:7      restricted  capabilities_restricted: container "api": capabilities.drop lacks ALL
  8:7      restricted  runAsNonRoot: container "api": runAsNonRoot is not set
  8:7      restricted  seccompProfile_restricted: container "api": seccompProfile is not set

Namespaces
  shop: privileged is what all 2 workloads meet
    baseline is out of reach of Pod/api
    kubectl label --overwrite namespace shop pod-security.kubernetes.io/warn=baseline pod-security.kubernetes.io/audit=baseline
`);
});

test('--level asks for one level and fails where it is not met', () => {
  const files = { 'a.yaml': NAMESPACED, 'b.yaml': BARE };
  expect(run(['pod-security', '--level', 'baseline', 'a.yaml'], { files }).status).toBe(1);
  const { status, stdout } = run(['pod-security', '--level', 'baseline', 'b.yaml'], { files });
  expect(status).toBe(0);
  expect(stdout.split('\n').slice(0, 2)).toEqual([
    'NAMESPACE  WORKLOAD  LEVEL     BASELINE LACKS',
    'shop       Pod/bare  baseline',
  ]);
  expect(run(['pod-security', '--level', 'strict'], { files }).stderr).toBe(
    'kubesec-lint: --level has no "strict": one of privileged, baseline, restricted\n',
  );
});

test('the release of the cluster decides which policy is latest', () => {
  const probing = BARE.replace(
    'image: registry.example.com/api:1.0.0',
    'image: registry.example.com/api:1.0.0\n      livenessProbe: {tcpSocket: {host: db, port: 5432}}',
  );
  const status = (version: string) =>
    run(['pod-security', '--level', 'baseline', '--kubernetes-version', version], { files: { 'a.yaml': probing } })
      .status;
  expect([status('1.33'), status('1.34')]).toEqual([0, 1]);
});

test('json', () => {
  const { status, stdout } = run(['pod-security', '-f', 'json', 'a.yaml'], { files: { 'a.yaml': NAMESPACED } });
  expect(status).toBe(0);
  const report = JSON.parse(stdout);
  expect(report.workloads[0].violations[0]).toEqual({
    level: 'baseline',
    check: 'privileged',
    message: 'container "api": privileged is true',
    range: { start: { line: 11, column: 21 }, end: { line: 11, column: 25 } },
  });
  expect({ ...report.workloads[0], violations: report.workloads[0].violations.length }).toEqual({
    resource: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'api' },
    file: 'a.yaml',
    range: { start: { line: 4, column: 9 }, end: { line: 4, column: 12 } },
    kubernetesVersion: '1.37',
    level: 'privileged',
    violations: 5,
    undecided: [],
  });
  expect(report.namespaces).toEqual([
    {
      namespace: 'shop',
      level: 'privileged',
      workloads: 1,
      undecided: 0,
      obstacles: ['Pod/api'],
      exempt: false,
      labels: { 'pod-security.kubernetes.io/warn': 'baseline', 'pod-security.kubernetes.io/audit': 'baseline' },
      enforces: null,
    },
  ]);
});

test('what cannot be judged is said, and does not pass', () => {
  const files = { 'a.yaml': PRIVILEGED_POD.replace('privileged: true', 'privileged: "true"') };
  const { status, stdout } = run(['pod-security', '--level', 'baseline'], { files });
  expect(status).toBe(1);
  expect(stdout).toContain('-          Pod/api   baseline?');
  expect(stdout).toContain(
    'undecided   spec.containers[0].securityContext.privileged is no boolean: the API server refuses the object\n',
  );
});

test('what cannot be read is said', () => {
  const broken = run(['pod-security'], {
    files: { 'a.yaml': NAMESPACED, 'b.yaml': 'apiVersion: v1\nkind: Pod\nx: [}\n' },
  });
  expect([broken.status, broken.stderr.split(':').slice(0, 4).join(':')]).toEqual([2, 'kubesec-lint: b.yaml:3:5']);
  const empty = run(['pod-security'], { files: { 'a.yaml': 'a: 1\n' } });
  expect([empty.status, empty.stderr]).toEqual([
    2,
    'kubesec-lint: the input holds no Kubernetes manifest; --allow-empty takes that\n',
  ]);
  expect(run(['pod-security', '--allow-empty'], { files: { 'a.yaml': 'a: 1\n' } }).status).toBe(0);
});

test('the configuration of the API server exempts namespaces and runtime classes', () => {
  const configuration =
    'apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\nexemptions: {namespaces: [shop]}\n';
  const { stdout } = run(['pod-security'], { files: { 'a.yaml': NAMESPACED, 'b.yaml': configuration } });
  expect(stdout).toContain('its workload meets; exempt by the configuration of the API server\n');
});

test('requests from a file and from standard input', () => {
  const lines = '{"id":1,"level":"baseline","pod":{"spec":{"hostPID":true}}}\n\n{"id":2,"pod":{}}';
  const expected =
    '{"id":1,"level":"baseline","version":"latest","kind":"Pod","allowed":false,"failed":[{"id":"hostNamespaces","reason":"host namespaces","detail":"hostPID is true"}]}\n' +
    '{"id":2,"level":"restricted","version":"latest","kind":"Pod","allowed":true,"failed":[]}\n';
  const argv = ['pod-security', '--level', 'restricted', '--requests'];
  expect(run([...argv, 'r.ndjson'], { files: { 'r.ndjson': lines } })).toEqual({
    status: 0,
    stdout: expected,
    stderr: '',
  });
  expect(run([...argv, '-'], { stdin: lines }).stdout).toBe(expected);
  expect(run([...argv, 'nowhere']).status).toBe(2);
  expect(run([...argv, '-', 'a.yaml']).stderr).toBe(
    'kubesec-lint: --requests takes no PATH: the object is in the request\n',
  );
});
