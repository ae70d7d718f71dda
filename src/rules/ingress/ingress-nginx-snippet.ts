import { defineRule } from '../../engine/rule.ts';
import { INGRESS_KINDS } from '../../k8s/network/routing.ts';
import type { Resource } from '../../k8s/resource.ts';

const SNIPPETS: ReadonlySet<string> = new Set([
  'configuration-snippet',
  'server-snippet',
  'server-snippets',
  'location-snippet',
  'location-snippets',
  'auth-snippet',
  'stream-snippet',
  'stream-snippets',
  'modsecurity-snippet',
]);

/** What a snippet that reads files, runs programs or forwards elsewhere looks like. */
const GRAVE = /lua|\balias\b|\broot\s|proxy_pass|serviceaccount|\/etc\/|load_module|\bperl\b|js_(?:import|content)/i;

const CONTROLLER_NAME = /ingress-nginx|nginx-ingress|nginx-configuration|^controller$/;

export default defineRule({
  id: 'ingress-nginx-snippet',
  title: 'ingress-nginx snippets run arbitrary nginx configuration',
  category: 'ingress',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: [...INGRESS_KINDS, 'ConfigMap', 'Deployment.apps', 'DaemonSet.apps', 'Pod'],
  messages: {
    annotation:
      '{annotation} puts text of this Ingress into the configuration of the controller, which can read every Secret that the controller may',
    allowed: '{key} lets every Ingress put text into the configuration of the controller',
    validation: '{argument} switches off the validation of annotations',
  },
  check(resource, context) {
    const { head, groupKind } = resource;
    if (groupKind === 'ConfigMap') {
      if (!isController(resource)) return;
      const data = resource.root.at(['data']);
      if (data.at(['allow-snippet-annotations']).string === 'true') {
        context.report(data.at(['allow-snippet-annotations']), 'allowed', {
          data: { key: 'allow-snippet-annotations' },
        });
      }
      if (data.at(['annotations-risk-level']).string === 'Critical') {
        context.report(data.at(['annotations-risk-level']), 'allowed', {
          data: { key: 'annotations-risk-level Critical' },
        });
      }
      return;
    }
    if (head.kind !== 'Ingress') {
      for (const pod of resource.pods) {
        for (const container of pod.containers) {
          for (const argument of container.node.get('args').items()) {
            if (argument.string === '--enable-annotation-validation=false') {
              context.report(argument, 'validation', { data: { argument: argument.string } });
            }
          }
        }
      }
      return;
    }
    for (const annotation of Object.keys(head.annotations)) {
      const slash = annotation.lastIndexOf('/');
      if (slash === -1 || !SNIPPETS.has(annotation.slice(slash + 1))) continue;
      if (!/(?:ingress\.kubernetes\.io|nginx\.org|nginx\.com)$/.test(annotation.slice(0, slash))) continue;
      context.report(resource.metadata.get('annotations').get(annotation), 'annotation', {
        data: { annotation },
        ...(GRAVE.test(head.annotations[annotation]!) ? { severity: 'critical' } : {}),
        atKey: true,
      });
    }
  },
  docs: {
    why: 'A snippet is pasted into the configuration of nginx. Whoever may edit the Ingress makes the controller read its own token and, in the default installation, every Secret of the cluster (CVE-2021-25742).',
    fix: 'Use the annotation made for the purpose (rewrite, headers, timeouts) or a filter of Gateway API, and keep `allow-snippet-annotations` false and `annotations-risk-level` at High or lower.',
    frameworks: { nsa: ['N2'], mitre: ['T1190', 'T1552.007'] },
    equivalents: { kubescape: ['C-0059'], checkov: ['CKV_K8S_152', 'CKV_K8S_153', 'CKV_K8S_154'] },
    cks: 'Cluster Setup',
    references: ['https://github.com/kubernetes/ingress-nginx/issues/7837'],
    limits: 'A ConfigMap counts where its name or labels speak of the controller.',
    examples: {
      bad: [
        {
          title: 'a server snippet',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/server-snippet: "return 200;" # finding: annotation
spec:
  tls: [{ secretName: shop }]
`,
        },
        {
          title: 'a controller that takes them',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata: { name: ingress-nginx-controller, namespace: ingress-nginx }
data:
  allow-snippet-annotations: "true" # finding: allowed
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ingress-nginx-controller, namespace: ingress-nginx }
spec:
  selector: { matchLabels: { app: controller } }
  template:
    metadata: { labels: { app: controller } }
    spec:
      containers:
        - name: controller
          image: registry.example.com/controller:1.15.1
          args:
            - /nginx-ingress-controller
            - --enable-annotation-validation=false # finding: validation
`,
        },
      ],
      good: [
        {
          title: 'an annotation for the purpose',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop, annotations: { nginx.ingress.kubernetes.io/rewrite-target: / } }
spec:
  tls: [{ secretName: shop }]
`,
        },
      ],
    },
  },
});

function isController({ head }: Resource): boolean {
  return CONTROLLER_NAME.test(head.name) || CONTROLLER_NAME.test(head.labels['app.kubernetes.io/name'] ?? '');
}
