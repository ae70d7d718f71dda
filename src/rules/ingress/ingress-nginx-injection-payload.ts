import { defineRule } from '../../engine/rule.ts';
import { INGRESS_KINDS } from '../../k8s/network/routing.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';

/** Annotations whose value is written into nginx.conf, with the advisory that showed it. */
const WRITTEN: Readonly<Record<string, string>> = {
  'auth-url': 'CVE-2025-24514',
  'auth-signin': 'CVE-2025-24514',
  'auth-tls-match-cn': 'CVE-2025-1097',
  'mirror-target': 'CVE-2025-1098',
  'mirror-host': 'CVE-2025-1098',
  'auth-proxy-set-headers': 'CVE-2025-15566',
  'auth-method': 'CVE-2026-1580',
  'rewrite-target': 'CVE-2026-3288',
  'permanent-redirect': 'CVE-2023-5044',
  'temporal-redirect': 'CVE-2023-5044',
  'upstream-hash-by': 'CVE-2026-4342',
  'proxy-redirect-from': 'CVE-2026-4342',
  'proxy-redirect-to': 'CVE-2026-4342',
  'custom-headers': 'CVE-2026-4342',
  'server-alias': 'CVE-2023-5043',
  'app-root': 'CVE-2023-5043',
};

/** Values in which braces, dollars and hashes of regular expressions are usual. */
const PATTERNS: ReadonlySet<string> = new Set(['rewrite-target', 'upstream-hash-by', 'auth-tls-match-cn']);

export default defineRule({
  id: 'ingress-nginx-injection-payload',
  title: 'Value that breaks out of the nginx configuration',
  category: 'ingress',
  severity: 'critical',
  preset: 'recommended',
  on: 'resource',
  kinds: INGRESS_KINDS,
  messages: { payload: '{field} contains {what}, by which text breaks out into the configuration of nginx ({cve})' },
  check(resource, context) {
    const { head, root } = resource;
    const name = root.at(['spec', 'ingressClassName']).string ?? head.annotations['kubernetes.io/ingress.class'] ?? '';
    if (name !== '' && !name.includes('nginx')) return;
    for (const annotation of Object.keys(head.annotations)) {
      const slash = annotation.lastIndexOf('/');
      if (slash === -1 || !annotation.slice(0, slash).endsWith('ingress.kubernetes.io')) continue;
      const key = annotation.slice(slash + 1);
      const cve = Object.hasOwn(WRITTEN, key) ? WRITTEN[key] : undefined;
      const value = head.annotations[annotation]!;
      if (cve === undefined || isUnresolved(value)) continue;
      const what =
        key === 'auth-tls-match-cn' && !value.startsWith('CN=')
          ? 'something else than CN= at its start'
          : suspicious(value, PATTERNS.has(key));
      if (what !== undefined) {
        context.report(resource.metadata.get('annotations').get(annotation), 'payload', {
          data: { field: key, what, cve },
        });
      }
    }
    const regex = head.annotations['nginx.ingress.kubernetes.io/use-regex'] === 'true';
    for (const rule of root.at(['spec', 'rules']).items() as readonly AnyNode[]) {
      for (const entry of rule.at(['http', 'paths']).items() as readonly AnyNode[]) {
        const path: AnyNode = entry.get('path');
        const value = path.string;
        if (value === undefined || isUnresolved(value)) continue;
        const what = /\.\.\/|serviceaccount|_by_lua|load_module|\s(?:alias|root)\s/.exec(value)?.[0].trim();
        const found = what === undefined ? suspicious(value, regex || /[\\()[\]*+?^$|]/.test(value)) : `"${what}"`;
        if (found !== undefined)
          context.report(path, 'payload', {
            data: { field: 'path', what: found, cve: 'CVE-2026-24512, CVE-2021-25745' },
          });
      }
    }
  },
  docs: {
    why: 'ingress-nginx writes values of Ingress objects into the configuration of nginx. A quote, a semicolon or a line break at the right place ends the directive and begins another: the author of the Ingress runs code in the controller and reads the Secrets that it may.',
    fix: 'There is no honest use for such a value: find out who wrote it. Keep the controller at its last release or replace it, and leave annotation validation on.',
    frameworks: { nsa: ['N2'], mitre: ['T1190'] },
    equivalents: { trivy: ['KCV-0093'] },
    cks: 'Cluster Setup',
    references: [
      'https://github.com/kubernetes/kubernetes/issues/131006',
      'https://github.com/kubernetes/kubernetes/issues/131007',
      'https://github.com/kubernetes/kubernetes/issues/131008',
      'https://github.com/kubernetes/kubernetes/issues/136678',
      'https://github.com/kubernetes/kubernetes/issues/136789',
    ],
    limits:
      'In values that hold regular expressions only line breaks, semicolons, hashes and quotes count. Ingresses of another class than nginx are not looked at.',
    examples: {
      bad: [
        {
          title: 'a second directive behind a comment',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/auth-url: "http://x/#;\\nload_module x;" # finding
spec:
  tls: [{ secretName: shop }]
`,
        },
        {
          title: 'the token of the controller as a path',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec:
  ingressClassName: nginx
  rules:
    - http:
        paths:
          - path: /x/ alias /var/run/secrets/kubernetes.io/serviceaccount/ # finding
            pathType: ImplementationSpecific
`,
        },
      ],
      good: [
        {
          title: 'an address, a pattern and a rewrite',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/auth-url: "https://auth.example.com/verify?rd=$scheme://$host$request_uri"
    nginx.ingress.kubernetes.io/rewrite-target: /$2
spec:
  tls: [{ secretName: shop }]
  rules:
    - http:
        paths:
          - path: /shop(/|$)([a-z]{2,3}/.*)
            pathType: ImplementationSpecific
`,
        },
      ],
    },
  },
});

/** The characters by which a value leaves its directive, in words. */
function suspicious(value: string, pattern: boolean): string | undefined {
  if (/[\n\r\0]/.test(value)) return 'a line break';
  if (value.includes(';')) return 'a semicolon';
  if (/#/.test(value) && pattern) return 'a hash';
  if (value.includes('`')) return 'a backtick';
  if ((value.match(/"/g)?.length ?? 0) % 2 === 1 || (pattern && value.includes('"'))) return 'a quote';
  if (!pattern && /[{}]/.test(value)) return 'a brace';
  return undefined;
}
