/**
 * Makes a tree of manifests as teams keep them: three documents and some 300 lines a file, workloads with the hardening
 * that people half do, the rest in the mix of an ordinary repository. The same arguments give the same bytes.
 *
 *   npx tsx bench/tree.ts FOLDER FILES [SEED]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes the tree and returns how many bytes it holds. */
export function writeTree(folder: string, files: number, seed = 1): number {
  let bytes = 0;
  for (let index = 0; index < files; index++) {
    const random = randomFrom(seed * 7919 + index);
    const team = random.pick(TEAMS);
    const name = `${team}-${random.pick(PARTS)}-${index}`;
    const place = join(folder, team, `service-${Math.floor(index / 20)}`, random.pick(['base', 'overlays/production']));
    mkdirSync(place, { recursive: true });
    const documents = [
      random.chance(0.75) ? workload(random, name, team) : other(random, name, team),
      other(random, `${name}-b`, team),
      other(random, `${name}-c`, team),
    ];
    const text = documents.map((lines) => `${lines.join('\n')}\n`).join('---\n');
    writeFileSync(join(place, `${name}.yaml`), text);
    bytes += text.length;
  }
  return bytes;
}

const TEAMS = ['orders', 'search', 'accounts', 'catalogue', 'ledger', 'media', 'fraud', 'edge'];
const PARTS = ['api', 'worker', 'web', 'indexer', 'scheduler', 'exporter', 'cache'];
const WORDS =
  'retry timeout queue topic shard replica leader cursor batch quota region tenant window upload token span'.split(' ');

interface Random {
  below(limit: number): number;
  chance(share: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** A small linear congruential generator: nothing but repeatable. */
function randomFrom(seed: number): Random {
  let state = (seed * 2654435761) >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x1_0000_0000;
  };
  for (let warm = 0; warm < 4; warm++) next();
  return {
    below: (limit) => Math.floor(next() * limit),
    chance: (share) => next() < share,
    pick: (from) => from[Math.floor(next() * from.length)]!,
  };
}

type Lines = string[];

function object(apiVersion: string, kind: string, random: Random, name: string, namespace: string): Lines {
  const lines = [
    ...(random.chance(0.2) ? [`# ${words(random, 8)}`] : []),
    `apiVersion: ${apiVersion}`,
    `kind: ${kind}`,
    'metadata:',
    `  name: ${name}`,
    `  namespace: ${namespace}`,
    '  labels:',
    `    app.kubernetes.io/name: ${name}`,
    `    app.kubernetes.io/part-of: ${namespace}`,
    `    app.kubernetes.io/version: "${random.below(9)}.${random.below(30)}.${random.below(9)}"`,
    '    app.kubernetes.io/managed-by: kustomize',
  ];
  if (random.chance(0.6))
    lines.push('  annotations:', `    example.com/checksum: ${hex(random, 64)}`, '    prometheus.io/scrape: "true"');
  return lines;
}

function workload(random: Random, name: string, namespace: string): Lines {
  const kind = random.pick(['Deployment', 'Deployment', 'Deployment', 'StatefulSet', 'DaemonSet', 'CronJob']);
  if (kind === 'CronJob') {
    return [
      ...object('batch/v1', kind, random, name, namespace),
      'spec:',
      `  schedule: "*/${1 + random.below(58)} * * * *"`,
      '  jobTemplate:',
      '    spec:',
      '      template:',
      '        spec:',
      '          restartPolicy: OnFailure',
      ...indent(podSpec(random, name), 10),
    ];
  }
  return [
    ...object('apps/v1', kind, random, name, namespace),
    'spec:',
    ...(kind === 'DaemonSet' ? [] : [`  replicas: ${1 + random.below(6)}`]),
    ...(kind === 'StatefulSet' ? [`  serviceName: ${name}`] : []),
    '  selector:',
    '    matchLabels:',
    `      app.kubernetes.io/name: ${name}`,
    '  template:',
    '    metadata:',
    '      labels:',
    `        app.kubernetes.io/name: ${name}`,
    '    spec:',
    ...indent(podSpec(random, name), 6),
  ];
}

function podSpec(random: Random, name: string): Lines {
  const lines = [`serviceAccountName: ${name}`];
  if (random.chance(0.5)) lines.push(`automountServiceAccountToken: ${random.chance(0.5)}`);
  if (random.chance(0.04)) lines.push('hostNetwork: true');
  if (random.chance(0.5))
    lines.push('securityContext:', '  runAsNonRoot: true', '  seccompProfile:', '    type: RuntimeDefault');
  lines.push('containers:', ...indent(container(random, name), 2));
  if (random.chance(0.3)) lines.push(...indent(container(random, 'sidecar'), 2));
  lines.push(
    'volumes:',
    '  - name: config',
    '    configMap:',
    `      name: ${name}-config`,
    '  - name: tmp',
    '    emptyDir: {}',
  );
  if (random.chance(0.04)) lines.push('  - name: host', '    hostPath:', '      path: /var/log');
  return lines;
}

function container(random: Random, name: string): Lines {
  const image = random.chance(0.2)
    ? `registry.example.com/${name}@sha256:${hex(random, 64)}`
    : `registry.example.com/${name}:${random.pick(['v1.4.2', '2.11.0', 'latest'])}`;
  const lines = [`- name: ${name}`, `  image: ${image}`, '  imagePullPolicy: IfNotPresent'];
  if (random.chance(0.5))
    lines.push('  args:', ...Array.from({ length: 3 }, () => `    - --${random.pick(WORDS)}=${random.below(5000)}`));
  lines.push(
    '  ports:',
    '    - name: http',
    `      containerPort: ${3000 + random.below(6000)}`,
    '      protocol: TCP',
    '  env:',
  );
  for (let index = 0; index < 4 + random.below(12); index++) {
    lines.push(`    - name: ${random.pick(WORDS).toUpperCase()}_${index}`);
    if (random.chance(0.6)) lines.push(`      value: "${words(random, 2)}"`);
    else
      lines.push(
        '      valueFrom:',
        '        secretKeyRef:',
        `          name: ${name}-credentials`,
        `          key: ${random.pick(WORDS)}`,
      );
  }
  if (random.chance(0.75)) {
    lines.push(
      '  resources:',
      '    requests:',
      '      cpu: 250m',
      '      memory: 256Mi',
      '    limits:',
      '      memory: 512Mi',
    );
  }
  for (const probe of ['livenessProbe', 'readinessProbe']) {
    if (random.chance(0.75))
      lines.push(`  ${probe}:`, '    httpGet:', '      path: /healthz', '      port: http', '    periodSeconds: 10');
  }
  if (random.chance(0.65)) {
    lines.push('  securityContext:', '    allowPrivilegeEscalation: false');
    if (random.chance(0.6)) lines.push('    readOnlyRootFilesystem: true');
    if (random.chance(0.05)) lines.push('    privileged: true');
    if (random.chance(0.7)) lines.push('    capabilities:', '      drop:', '        - ALL');
  }
  lines.push(
    '  volumeMounts:',
    '    - name: config',
    `      mountPath: /etc/${name}`,
    '    - name: tmp',
    '      mountPath: /tmp',
  );
  return lines;
}

function other(random: Random, name: string, namespace: string): Lines {
  const make = random.pick([service, configMap, configMap, ingress, networkPolicy, role, account, custom, workload]);
  return make(random, name, namespace);
}

function service(random: Random, name: string, namespace: string): Lines {
  const ports = Array.from({ length: 1 + random.below(3) }, (_, index) => [
    `    - name: port-${index}`,
    `      port: ${80 + index}`,
    '      targetPort: http',
  ]);
  return [
    ...object('v1', 'Service', random, name, namespace),
    'spec:',
    '  selector:',
    `    app.kubernetes.io/name: ${name}`,
    '  ports:',
    ...ports.flat(),
  ];
}

function configMap(random: Random, name: string, namespace: string): Lines {
  const lines = [...object('v1', 'ConfigMap', random, `${name}-config`, namespace), 'data:'];
  for (let index = 0; index < 6 + random.below(20); index++)
    lines.push(`  ${random.pick(WORDS)}.${index}: "${words(random, 3)}"`);
  lines.push('  application.conf: |');
  for (let index = 0; index < 60 + random.below(200); index++)
    lines.push(`    ${random.pick(WORDS)} = ${words(random, 4)}`);
  return lines;
}

function ingress(random: Random, name: string, namespace: string): Lines {
  const lines = [
    ...object('networking.k8s.io/v1', 'Ingress', random, name, namespace),
    'spec:',
    '  ingressClassName: public',
  ];
  if (random.chance(0.7)) lines.push('  tls:', `    - hosts: [${name}.example.com]`, `      secretName: ${name}-tls`);
  return [
    ...lines,
    '  rules:',
    `    - host: ${name}.example.com`,
    '      http:',
    '        paths:',
    '          - path: /',
    '            pathType: Prefix',
    '            backend:',
    '              service:',
    `                name: ${name}`,
    '                port: { number: 80 }',
  ];
}

function networkPolicy(random: Random, name: string, namespace: string): Lines {
  return [
    ...object('networking.k8s.io/v1', 'NetworkPolicy', random, name, namespace),
    'spec:',
    '  podSelector:',
    '    matchLabels:',
    `      app.kubernetes.io/name: ${name}`,
    '  policyTypes: [Ingress]',
    '  ingress:',
    '    - from:',
    '        - podSelector:',
    '            matchLabels:',
    `              app.kubernetes.io/part-of: ${random.pick(TEAMS)}`,
    '      ports:',
    '        - port: 8080',
  ];
}

function role(random: Random, name: string, namespace: string): Lines {
  const rules = Array.from({ length: 1 + random.below(5) }, () => [
    `  - apiGroups: [""]`,
    `    resources: [${random.pick(['pods', 'configmaps', 'secrets'])}]`,
    '    verbs: ["get", "list"]',
  ]);
  return [...object('rbac.authorization.k8s.io/v1', 'Role', random, name, namespace), 'rules:', ...rules.flat()];
}

function account(random: Random, name: string, namespace: string): Lines {
  return [...object('v1', 'ServiceAccount', random, name, namespace), 'automountServiceAccountToken: false'];
}

function custom(random: Random, name: string, namespace: string): Lines {
  const alerts = Array.from({ length: 4 + random.below(20) }, (_, index) => [
    `        - alert: Alert${index}`,
    `          expr: sum(rate(${random.pick(WORDS)}_total[5m])) > ${random.below(100)}`,
    '          annotations:',
    `            summary: ${words(random, 6)}`,
  ]);
  return [
    ...object('monitoring.example.com/v1', 'AlertRule', random, name, namespace),
    'spec:',
    '  groups:',
    `    - name: ${name}`,
    '      rules:',
    ...alerts.flat(),
  ];
}

function words(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.pick(WORDS)).join(' ');
}

function hex(random: Random, length: number): string {
  return Array.from({ length }, () => '0123456789abcdef'[random.below(16)]).join('');
}

function indent(lines: readonly string[], by: number): Lines {
  return lines.map((line) => ' '.repeat(by) + line);
}

if (process.argv[1]?.endsWith('tree.ts')) {
  const [folder, files, seed] = process.argv.slice(2);
  if (folder === undefined || files === undefined) throw new Error('usage: tree.ts FOLDER FILES [SEED]');
  console.log(`${writeTree(folder, Number(files), Number(seed ?? 1))} bytes`);
}
