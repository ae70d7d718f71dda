import { networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { formatSelector, matches } from '../../k8s/labels.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { nearest } from '../../text/nearest.ts';
import { closestPod, MATCH_OPTIONS, mayBeLabelledLater, onlyCandidate } from './_match.ts';

export default defineRule({
  id: 'service-dangling',
  title: 'Service selects no pod or targets a port no pod declares',
  category: 'network',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  kinds: ['Service'],
  facts: [networkFact],
  options: MATCH_OPTIONS,
  messages: {
    none: 'selector {selector} matches no workload of {where}{closest}',
    name: 'targetPort "{port}" is declared by no pod that the selector matches{hint}',
    number: 'targetPort {port} is declared by no pod that the selector matches; they declare {declared}',
    broad: 'selector {selector} matches unrelated workloads "{one}" and "{other}": requests reach either',
  },
  check(project, context) {
    if (project.world === 'open') return;
    const facts = project.fact(networkFact);
    for (const service of facts.world.services) {
      const { selector, serviceType, ports } = service.data;
      if (selector === null || serviceType === 'ExternalName' || !facts.hasPods(service.namespace)) continue;
      if (mayBeLabelledLater(selector, context.options)) continue;
      const { pods: around, labels } = facts.podsAround(service.namespace);
      const at = siteAt(service.ref, ['spec', 'selector']);
      const selected = labels.filter(selector);
      if (selected.length === 0) {
        if (project.world === 'auto' && !labels.usesKeys(selector)) continue;
        const closest = closestPod(around, selector);
        context.report(at, 'none', {
          data: {
            selector: formatSelector(selector),
            where: facts.describe(service.namespace),
            closest:
              closest === undefined ? '' : `; "${closest.endpoint.workload.name}" has ${closest.key}=${closest.value}`,
          },
          related:
            closest === undefined ? [] : [{ at: closest.endpoint.ref, message: `has ${closest.key}=${closest.value}` }],
          ...(closest === undefined && service.namespace.name === '' && project.world === 'auto'
            ? { preset: 'strict' }
            : {}),
          ...(closest === undefined || !onlyCandidate(around, closest)
            ? {}
            : {
                fix: {
                  title: `Select ${closest.key}=${closest.value}`,
                  safety: 'hardening',
                  changes: [{ op: 'set', path: [...at.steps, closest.key], value: closest.value }],
                },
              }),
        });
        continue;
      }
      const sure = selected.every(({ pod }) => matches(selector, pod) === true);
      if (!sure) continue;
      const named = selected.filter(({ pod }) => pod.labels['app.kubernetes.io/name'] !== undefined);
      const other = named.find(
        ({ pod }) => pod.labels['app.kubernetes.io/name'] !== named[0]!.pod.labels['app.kubernetes.io/name'],
      );
      const own = selector.some(
        ({ key }) => key === 'app.kubernetes.io/part-of' || key === 'app.kubernetes.io/instance',
      );
      if (other !== undefined && !own && !service.data.headless) {
        context.report(at, 'broad', {
          data: { selector: formatSelector(selector), one: named[0]!.workload.name, other: other.workload.name },
          related: [{ at: other.ref, message: `"${other.workload.name}" is selected as well` }],
          severity: 'medium',
        });
      }
      ports.forEach(({ targetPort, protocol }, index) => {
        const declared = selected.flatMap(({ pod }) => pod.ports).filter((port) => port.protocol === protocol);
        const node = () => {
          const port = service.ref.root.at(['spec', 'ports', index]);
          return port.at(['targetPort']).present ? port.at(['targetPort']) : port.at(['port']);
        };
        if (typeof targetPort === 'string') {
          if (isUnresolved(targetPort) || declared.some(({ name }) => name === targetPort)) return;
          const meant = nearest(targetPort, new Set(declared.map(({ name }) => name).filter((name) => name !== '')));
          context.report(node(), 'name', {
            data: { port: targetPort, hint: meant === undefined ? '' : `; did you mean "${meant}"` },
            ...(meant === undefined
              ? {}
              : {
                  fix: {
                    title: `Use "${meant}"`,
                    safety: 'hardening',
                    changes: [{ op: 'set', path: [...node().steps], value: meant }],
                  },
                }),
          });
          return;
        }
        const silent = selected.some(({ pod }) => pod.ports.length === 0);
        if (silent || declared.some(({ number }) => number === targetPort)) return;
        context.report(node(), 'number', {
          data: {
            port: targetPort,
            declared:
              declared.length === 0
                ? `no ${protocol} port`
                : [...new Set(declared.map(({ number }) => number))].join(', '),
          },
          preset: 'strict',
        });
      });
    }
  },
  docs: {
    why: 'A Service without pods answers nobody, and whoever may create a pod with its labels answers in its place. A port that no pod declares is either a slip or hidden from every tool that reads ports.',
    fix: 'Bring selector, labels of the pod template, and port names in line.',
    frameworks: { mitre: ['T1557'] },
    equivalents: { 'kube-linter': ['dangling-service'], kubescape: ['C-0293'], 'kube-score': ['service-targets-pod'] },
    references: ['https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors'],
    limits:
      'Only where pods of the namespace are in the input and use a label of that key (or `world: closed`). A port by number that no pod declares is part of `strict`: declaring is for information only.',
    examples: {
      bad: [
        {
          title: 'a slip in the selector',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: wbe } # finding: none
  ports: [{ port: 80 }]
`,
        },
        {
          title: 'ports that no pod declares',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0, ports: [{ name: http, containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: web }
  ports:
    - port: 80
      targetPort: htpp # finding: name
    - port: 81
      targetPort: 8081 # finding: number
`,
        },
        {
          title: 'two programs by one label',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { tier: front, app.kubernetes.io/name: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: admin, namespace: shop, labels: { tier: front, app.kubernetes.io/name: admin } }
spec: { containers: [{ name: admin, image: registry.example.com/admin:1.0.0 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { tier: front } # finding: broad
  ports: [{ port: 80 }]
`,
        },
      ],
      good: [
        {
          title: 'a pod behind it',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: registry.example.com/web:1.0.0 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]
`,
        },
      ],
    },
  },
});
