import { type Routed, type RoutingFacts, routingFact } from '../../engine/facts/routing.ts';
import { defineRule } from '../../engine/rule.ts';
import type { SecretData } from '../../k8s/network/routing.ts';
import { INGRESS_KINDS } from '../../k8s/network/routing.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';

const DAY = 24 * 60 * 60 * 1000;

export default defineRule({
  id: 'ingress-tls-secret-invalid',
  title: 'TLS secret is missing, of the wrong type, or does not fit the host',
  category: 'ingress',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: [...INGRESS_KINDS, 'Gateway.gateway.networking.k8s.io'],
  facts: [routingFact],
  options: {
    defaults: { today: '', warnDays: 14 },
    schema: {
      type: 'object',
      properties: { today: { type: 'string' }, warnDays: { type: 'number' } },
      additionalProperties: false,
    },
  },
  messages: {
    missing: 'Secret "{secret}" is not defined in the namespace of the Ingress{elsewhere}',
    type: 'Secret "{secret}" has type {type}, kubernetes.io/tls is needed',
    keys: 'Secret "{secret}" has no {key}',
    host: 'the certificate in Secret "{secret}" is not for host "{host}"',
    expired: 'the certificate in Secret "{secret}" expired on {date}',
    expires: 'the certificate in Secret "{secret}" expires on {date}',
    grant: 'no ReferenceGrant in namespace "{namespace}" lets this Gateway use Secret "{secret}"',
  },
  check(project, context) {
    const facts = project.fact(routingFact);
    const now = context.options.today === '' ? Date.now() : Date.parse(context.options.today);
    for (const { resource, data, namespace } of facts.ingresses) {
      const { annotations } = resource.head;
      const issued = Object.keys(annotations).some(
        (key) => /^cert-manager\.io\/(?:cluster-)?issuer$/.test(key) || key === 'kubernetes.io/tls-acme',
      );
      data.tls.forEach(({ hosts, secret: name }, at) => {
        if (name === '' || isUnresolved(name)) return;
        const node = () => resource.root.at(['spec', 'tls', at, 'secretName']);
        const secret = facts.secret(namespace, name);
        if (secret === undefined) {
          if (issued || facts.isMade(namespace, name) || project.world === 'open') return;
          // Secrets are rarely kept in a repository: only where others of the namespace are, one is missing.
          const kept = facts.secrets.some(
            (each) => each.namespace === namespace && each.data.secretType === 'kubernetes.io/tls',
          );
          const elsewhere = facts.secrets.find((each) => each.resource.head.name === name);
          if (project.world === 'auto' && !kept && elsewhere === undefined) return;
          context.report(node(), 'missing', {
            data: {
              secret: name,
              elsewhere:
                elsewhere === undefined
                  ? ''
                  : `; one of that name is in namespace "${elsewhere.resource.head.namespace}"`,
            },
            related: elsewhere === undefined ? [] : [{ at: elsewhere.resource, message: 'not in reach' }],
          });
          return;
        }
        const fault = faultOf(secret, hosts, now, context.options.warnDays);
        if (fault === undefined) return;
        const related = [{ at: secret.resource, message: 'the Secret' }];
        const base = {
          secret: name,
          type: secret.data.secretType,
          key: fault.what,
          host: fault.what,
          date: fault.what,
          elsewhere: '',
          namespace: '',
        };
        context.report(node(), fault.message, {
          data: base,
          related,
          ...(fault.message === 'expires' ? { severity: 'low' } : {}),
        });
      });
    }
    checkGateways(facts, (resource, listener, index, secret, namespace) => {
      context.report(resource.root.at(['spec', 'listeners', listener, 'tls', 'certificateRefs', index]), 'grant', {
        data: { secret, namespace },
      });
    });
  },
  docs: {
    why: 'An ingress controller that finds no fitting certificate serves its own, which no client trusts, and users learn to click the warning away.',
    fix: 'Create a Secret of type kubernetes.io/tls with `tls.crt` and `tls.key` in the namespace of the Ingress, or let cert-manager make it.',
    frameworks: { nsa: ['N2'], mitre: ['T1557'] },
    references: ['https://kubernetes.io/docs/concepts/configuration/secret/#tls-secrets'],
    limits:
      'A Secret that is not in the input is missed only where other TLS Secrets of that namespace are (or `world: closed`). Dates are judged against today; `today` (2027-01-31) fixes it.',
    examples: {
      bad: [
        {
          title: 'the wrong type',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: shop-tls, namespace: shop }
type: Opaque
data: {}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec:
  tls:
    - hosts: [shop.example.com]
      secretName: shop-tls # finding: type
`,
        },
        {
          title: 'half of it',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: shop-tls, namespace: shop }
type: kubernetes.io/tls
data: { tls.crt: "" }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec:
  tls:
    - hosts: [shop.example.com]
      secretName: shop-tls # finding: keys
`,
        },
        {
          title: 'the Secret of another namespace',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: shop-tls, namespace: bank }
type: kubernetes.io/tls
data: { tls.crt: "", tls.key: "" }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec:
  tls:
    - hosts: [shop.example.com]
      secretName: shop-tls # finding: missing
`,
        },
        {
          title: 'a certificate of others, and an old one',
          in: 'manifests',
          options: { today: '2026-01-01' },
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: other, namespace: shop }
type: kubernetes.io/tls
stringData:
  tls.key: x
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBRTCB7aADAgECAgEBMAoGCCqGSM49BAMCMBwxGjAYBgNVBAMTEW90aGVyLmV4
    YW1wbGUuY29tMB4XDTI0MDEwMTAwMDAwMFoXDTQwMDEwMTAwMDAwMFowHDEaMBgG
    A1UEAxMRb3RoZXIuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
    AAR0v2igTkvghuLFg7Okz5BM6P8p6OGTT/AkdAf4db+fG6MALjg5xeGwu5F6H9fD
    HPqWf6tN3AqZyayrpIDNCUSgoyAwHjAcBgNVHREEFTATghFvdGhlci5leGFtcGxl
    LmNvbTAKBggqhkjOPQQDAgNHADBEAiBNDNmgNrQz3qAX76JmgbS7Dge9ByCKqvfe
    GNLSRl3/fQIgX+uIULAagY/6cu46V14hVTYoOCNvmDQgG24Oh5L322M=
    -----END CERTIFICATE-----
---
apiVersion: v1
kind: Secret
metadata: { name: old, namespace: shop }
type: kubernetes.io/tls
stringData:
  tls.key: x
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBQzCB6qADAgECAgEBMAoGCCqGSM49BAMCMBsxGTAXBgNVBAMTEHNob3AuZXhh
    bXBsZS5jb20wHhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAbMRkwFwYD
    VQQDExBzaG9wLmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
    rFZ+HdgimTONFbdrBJaDY9QQUwBn9rwTmkcIIpA6+hJYl80XhPBN3HJ3XP8rqh0U
    YBGD4h7XeipW2+MTQWO/m6MfMB0wGwYDVR0RBBQwEoIQc2hvcC5leGFtcGxlLmNv
    bTAKBggqhkjOPQQDAgNIADBFAiEAhbJskrEdNBwqKT9ZR/DpFN+TReOKSSTehoSq
    m5JVCzMCIEb2LxHJaRHojHUiVJivYMgJ9PNK3PMpCJNUgYsl3WHY
    -----END CERTIFICATE-----
---
apiVersion: v1
kind: Secret
metadata: { name: soon, namespace: shop }
type: kubernetes.io/tls
stringData:
  tls.key: x
  tls.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBQjCB6qADAgECAgEBMAoGCCqGSM49BAMCMBsxGTAXBgNVBAMTEHNob3AuZXhh
    bXBsZS5jb20wHhcNMjQwMTAxMDAwMDAwWhcNMjYwMTEwMDAwMDAwWjAbMRkwFwYD
    VQQDExBzaG9wLmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
    lPlbWCMXB6nOfLuL0csWLXr0+Ln1VQgQZKL6STR2XOSKdyewo2bnXP0GwEqi94ti
    1m868n2aO0FKt389UfHbVKMfMB0wGwYDVR0RBBQwEoIQc2hvcC5leGFtcGxlLmNv
    bTAKBggqhkjOPQQDAgNHADBEAiA1GE1H9VX1Y+Ix8QzGgv7aTBZxYGYGV9sM8JlI
    s5mUCQIgcbMiBnKhMMOaw/HSi8AwS7STKpQjsFcGDGVyKdVe0K4=
    -----END CERTIFICATE-----
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec:
  tls:
    - hosts: [shop.example.com]
      secretName: other # finding: host
    - hosts: [shop.example.com]
      secretName: old # finding: expired
    - hosts: [shop.example.com]
      secretName: soon # finding: expires
`,
        },
        {
          title: 'a Gateway reaching into another namespace',
          in: 'manifests',
          yaml: `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web, namespace: shop }
spec:
  gatewayClassName: example
  listeners:
    - name: https
      port: 443
      protocol: HTTPS
      tls:
        certificateRefs:
          - name: wildcard # finding: grant
            namespace: certificates
`,
        },
      ],
      good: [
        {
          title: 'cert-manager makes it',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop, annotations: { cert-manager.io/cluster-issuer: letsencrypt } }
spec:
  tls:
    - hosts: [shop.example.com]
      secretName: shop-tls
`,
        },
        {
          title: 'granted by the owner',
          in: 'manifests',
          yaml: `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web, namespace: shop }
spec:
  gatewayClassName: example
  listeners:
    - name: https
      port: 443
      protocol: HTTPS
      tls:
        certificateRefs:
          - name: wildcard
            namespace: certificates
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: shop, namespace: certificates }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: Gateway, namespace: shop }]
  to: [{ group: "", kind: Secret, name: wildcard }]
`,
        },
      ],
    },
  },
});

interface SecretFault {
  readonly message: 'type' | 'keys' | 'host' | 'expired' | 'expires';
  readonly what: string;
}

function faultOf(
  { data }: Routed<SecretData>,
  hosts: readonly string[],
  now: number,
  warnDays: number,
): SecretFault | undefined {
  const { secretType, keys, certificate } = data;
  if (secretType !== 'kubernetes.io/tls') return { message: 'type', what: '' };
  for (const key of ['tls.crt', 'tls.key']) if (!keys.includes(key)) return { message: 'keys', what: key };
  if (certificate === undefined) return undefined;
  const parsed = parseCertificate(certificate);
  if (parsed === undefined) return undefined;
  const end = Date.parse(parsed.validTo);
  const date = new Date(end).toISOString().slice(0, 10);
  if (end < now) return { message: 'expired', what: date };
  const stranger = hosts.find(
    (host) => !isUnresolved(host) && parsed.checkHost(host.replace(/^\*\./, 'wildcard.')) === undefined,
  );
  if (stranger !== undefined) return { message: 'host', what: stranger };
  return end < now + warnDays * DAY ? { message: 'expires', what: date } : undefined;
}

/** node:crypto is asked for where there is a certificate in the input, which is rare. */
function parseCertificate(pem: string) {
  try {
    const { X509Certificate } = process.getBuiltinModule('node:crypto');
    return new X509Certificate(pem);
  } catch {
    // No certificate that OpenSSL can read: nothing to be said of its hosts.
    return undefined;
  }
}

function checkGateways(
  facts: RoutingFacts,
  report: (
    resource: Routed<unknown>['resource'],
    listener: number,
    index: number,
    secret: string,
    namespace: string,
  ) => void,
): void {
  for (const { resource, data } of facts.gateways) {
    const own = resource.head.namespace;
    if (own === '') continue;
    data.listeners.forEach(({ certificates }, listener) => {
      for (const { name, namespace, index } of certificates) {
        if (namespace === undefined || namespace === own || isUnresolved(namespace)) continue;
        const granted = facts.isGranted({ kind: 'Gateway', namespace: own }, { kind: 'Secret', namespace, name });
        if (!granted) report(resource, listener, index, name, namespace);
      }
    });
  }
}
