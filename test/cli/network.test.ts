import { describe, expect, test } from 'vitest';
import { run } from './run.ts';

const WORKLOADS = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1.0.0
          ports: [{ name: http, containerPort: 8080 }]
          env:
            - { name: DATABASE, value: "postgres://user@db.shop.svc.cluster.local:5432/shop" }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, namespace: shop }
spec:
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      containers: [{ name: db, image: registry.example.com/db:1.0.0, ports: [{ name: sql, containerPort: 5432 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { selector: { app: db }, ports: [{ port: 5432, targetPort: sql }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec: { defaultBackend: { service: { name: web, port: { number: 80 } } } }
`;

const POLICIES = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: db
  namespace: shop
spec:
  podSelector: { matchLabels: { app: db } }
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector: { matchLabels: { app: web } }
      ports:
        - port: sql
    - from:
        - namespaceSelector: { matchLabels: { team: backup } }
      ports:
        - port: 5432
`;

const files = { 'workloads.yaml': WORKLOADS, 'policies.yaml': POLICIES };

describe('kubesec-lint network', () => {
  test('lists connections with what decides them', () => {
    const { status, stdout, stderr } = run(['network', '--no-config'], { files });
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr:
        'kubesec-lint: labels of namespace "shop" are not in the input: what depends on them is shown as possible\n',
    });
    expect(stdout).toBe(
      `SOURCE                             DESTINATION                        CONNECTION                    DECIDED BY
0.0.0.0-255.255.255.255[External]  shop/web[Deployment]               All Connections               default
shop/web[Deployment]               0.0.0.0-255.255.255.255[External]  All Connections               default
shop/web[Deployment]               shop/db[StatefulSet]               TCP 5432                      shop/db
{ingress-controller}               shop/web[Deployment]               TCP 8080                      default
`,
    );
  });

  test('as JSON in the notation of the contract, possible ones apart', () => {
    const other = 'apiVersion: v1\nkind: Pod\nmetadata: { name: job, namespace: other }\nspec: { containers: [] }\n';
    const { status, stdout, stderr } = run(['network', '-f', 'json', '--focus', 'db'], {
      files: { ...files, 'other.yaml': other },
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      connections: [{ src: 'shop/web[Deployment]', dst: 'shop/db[StatefulSet]', conn: 'TCP 5432' }],
      possible: [{ src: 'other/job[Pod]', dst: 'shop/db[StatefulSet]', conn: 'TCP 5432' }],
      notes: ['labels of namespace "other", "shop" are not in the input: what depends on them is shown as possible'],
    });
    expect(stderr).toContain('labels of namespace');
  });

  test('as CSV, and harmless in a spreadsheet', () => {
    const { stdout } = run(['network', '-f', 'csv', '--quiet'], { files });
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'source,destination,connection,possible,decidedBy,network',
      '0.0.0.0-255.255.255.255[External],shop/web[Deployment],All Connections,,default,',
      'shop/web[Deployment],0.0.0.0-255.255.255.255[External],All Connections,,default,',
    ]);
  });

  test('as pictures', () => {
    expect(run(['network', '-f', 'mermaid'], { files }).stdout).toBe(`flowchart LR
  n0(["0.0.0.0-255.255.255.255"])
  n1(["{ingress-controller}"])
  subgraph g0["shop"]
    n2["db [StatefulSet]"]
    n3["web [Deployment]"]:::exposed
  end
  n0 -->|"All Connections"| n3
  n3 -->|"All Connections"| n0
  n3 -->|"TCP 5432"| n2
  n1 -->|"TCP 8080"| n3
  classDef open fill:#ddd,stroke:#999
  classDef exposed fill:#fdd,stroke:#c00
  linkStyle 0,3 stroke:#c00
`);
    expect(run(['network', '-f', 'dot'], { files }).stdout).toContain('n0 -> n3 [label="All Connections", color=red];');
    expect(run(['network', '-f', 'dot', '--max-edges', '2'], { files }).stdout).toContain(
      'namespaces stand for their workloads',
    );
  });

  test('names what the policies would allow beyond the input', () => {
    const { stdout } = run(['network', '--exposure', '--focus', 'shop/db'], { files });
    expect(stdout).toContain('<= [namespace with team=backup]/[all pods]');
  });

  test('says who is published, by what, and what the policies leave of it', () => {
    const published = `apiVersion: v1
kind: Service
metadata: { name: db-public, namespace: shop }
spec: { type: LoadBalancer, selector: { app: db }, ports: [{ port: 5432, targetPort: sql }] }
---
apiVersion: v1
kind: Service
metadata:
  name: web-private
  namespace: shop
  annotations: { networking.gke.io/load-balancer-type: Internal }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 443, targetPort: http }, { port: 80, targetPort: http }] }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent, namespace: shop }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { hostNetwork: true, containers: [{ name: c, image: registry.example.com/agent:1.0.0 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: log, namespace: shop, labels: { app: log } }
spec: { containers: [{ name: c, image: registry.example.com/log:1.0.0, ports: [{ containerPort: 514, hostPort: 1514, protocol: UDP }] }] }
`;
    const { stdout } = run(['network', '--exposure', '-f', 'json'], {
      files: { ...files, 'published.yaml': published },
    });
    expect(JSON.parse(stdout).published).toEqual([
      {
        workload: 'shop/agent[DaemonSet]',
        by: 'hostNetwork',
        ports: 'All Connections',
        open: 'All Connections',
        possible: '',
      },
      {
        workload: 'shop/db[StatefulSet]',
        by: 'Service shop/db-public (LoadBalancer)',
        ports: 'TCP 5432',
        open: '',
        possible: '',
      },
      { workload: 'shop/log[Pod]', by: 'hostPort 1514', ports: 'UDP 514', open: 'UDP 514', possible: '' },
      { workload: 'shop/web[Deployment]', by: 'Ingress shop/web', ports: 'TCP 8080', open: 'TCP 8080', possible: '' },
      {
        workload: 'shop/web[Deployment]',
        by: 'Service shop/web-private (LoadBalancer, internal)',
        ports: 'TCP 8080',
        open: 'TCP 8080',
        possible: '',
      },
    ]);
  });

  test('explains which rule decides, and where it is written', () => {
    expect(
      run(['network', '--explain', 'web', 'shop/db'], { files }).stdout,
    ).toBe(`shop/web[Deployment] => shop/db[StatefulSet] : TCP 5432
  egress of shop/web[Deployment]:
    All Connections: allowed, no policy isolates it
  ingress of shop/db[StatefulSet]:
    TCP 5432: allowed by NetworkPolicy shop/db, ingress rule 1 (policies.yaml:10)
    TCP 5432: allowed by NetworkPolicy shop/db, ingress rule 2 (policies.yaml:14) if it applies, which is not certain
    SCTP 1-65535,TCP 1-5431,5433-65535,UDP 1-65535: denied, no rule of shop/db (policies.yaml:4) allows it
`);
    expect(run(['network', '--explain', 'internet', 'db'], { files }).stdout).toContain(
      'internet => shop/db[StatefulSet] : No Connections',
    );
    const wrong = run(['network', '--explain', 'web', 'shop/bd'], { files });
    expect([wrong.status, wrong.stderr]).toEqual([
      2,
      'kubesec-lint: "shop/bd" is no workload of the input; did you mean "shop/db"\n',
    ]);
    expect(run(['network', '--explain', 'web'], { files }).status).toBe(2);
  });

  test('tells what a change opens and closes', () => {
    const both = {
      'old/w.yaml': WORKLOADS,
      'old/p.yaml': POLICIES,
      'new/w.yaml': WORKLOADS,
      'new/p.yaml': POLICIES.replace('port: sql', 'protocol: UDP'),
    };
    const { status, stdout } = run(['network', 'new', '--diff', 'old', '--fail-on-opened'], { files: both });
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: `CHANGE   SOURCE                DESTINATION           BEFORE -> AFTER
changed  shop/web[Deployment]  shop/db[StatefulSet]  TCP 5432 -> UDP 1-65535
`,
    });
    expect(JSON.parse(run(['network', 'new', '--diff', 'old', '-f', 'json'], { files: both }).stdout)).toEqual({
      changes: [
        {
          change: 'changed',
          src: 'shop/web[Deployment]',
          dst: 'shop/db[StatefulSet]',
          before: 'TCP 5432',
          after: 'UDP 1-65535',
          workloads: [],
        },
      ],
    });
    expect(run(['network', 'new', '--diff', 'new', '--fail-on-opened'], { files: both })).toMatchObject({
      status: 0,
      stdout: 'No difference\n',
    });
  });

  test('suggests policies under which everything that is known to be used still works, and nothing else', () => {
    const suggested = run(['network', '--suggest'], { files: { 'workloads.yaml': WORKLOADS } }).stdout;
    const applied = { 'workloads.yaml': WORKLOADS, 'suggested.yaml': suggested };
    const { connections } = JSON.parse(run(['network', '-f', 'json', '--quiet'], { files: applied }).stdout);
    expect(connections).toEqual([{ src: 'shop/web[Deployment]', dst: 'shop/db[StatefulSet]', conn: 'TCP 5432' }]);
    const linted = run(['--no-config', '--preset', 'all', '-f', 'oneline'], { files: applied }).stdout;
    expect(linted.split('\n').filter((line) => /netpol-/.test(line))).toEqual([]);
    expect(run(['network', '--suggest'], { files: applied }).stdout).toBe(
      '# Every namespace of the input is closed in both directions already.\n',
    );
  });

  test('says what it cannot read or judge', () => {
    const vendor =
      'apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: p, namespace: shop }\nspec: { endpointSelector: {}, ingress: [{}] }\n';
    const { status, stdout, stderr } = run(['network'], {
      files: { ...files, 'vendor.yaml': vendor, 'broken.yaml': 'apiVersion: v1\nkind: Pod\n a: [' },
    });
    expect(status).toBe(2);
    expect(stderr).toContain('broken.yaml:3');
    expect(stderr).toContain('1 CiliumNetworkPolicy is not evaluated');
    expect(stdout).toContain('All Connections~');
    expect(run(['network'], { files: { 'a.yaml': 'a: 1\n' } })).toMatchObject({
      status: 2,
      stderr: 'kubesec-lint: the input holds no workload; --allow-empty takes that\n',
    });
    expect(run(['network', '--focus', 'nobody'], { files }).status).toBe(2);
    expect(run(['network', '-f', 'png'], { files }).status).toBe(2);
  });

  test('keeps names from doing harm', () => {
    const evil = WORKLOADS.replaceAll(
      'name: web, namespace: shop',
      'name: "=cmd|x\\u001b[31m<script>", namespace: shop',
    );
    for (const format of ['table', 'csv', 'json', 'dot', 'mermaid', 'html']) {
      const { stdout } = run(['network', '-f', format, '--quiet'], { files: { 'w.yaml': evil } });
      expect(stdout, format).not.toContain('\u001b');
      if (format === 'html') expect(stdout).not.toContain('<script>"');
    }
  });
});
