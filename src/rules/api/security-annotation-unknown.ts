import { defineRule, type RuleContext } from '../../engine/rule.ts';
import { didYouMean, distance } from '../../k8s/schema/did-you-mean.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';

const messages = {
  misspelt: '"{key}" is not known, did you mean "{near}": as it is, it has no effect',
} as const;

export default defineRule({
  id: 'security-annotation-unknown',
  title: 'Security annotation or label with a slip in its key',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  supersedes: ['ingress-nginx-snippet'],
  on: 'resource',
  messages,
  check(resource, context) {
    const { metadata } = resource;
    look(metadata, context);
    for (const pod of resource.pods) if (pod.metadata.parent !== resource.root) look(pod.metadata, context);
  },
  docs: {
    why: 'Nobody checks the keys of annotations: a slip in one is accepted, and the mesh does not inject its proxy, the ingress controller asks for no password, the webhook is not exempt.',
    fix: 'Write the key as its program spells it.',
    frameworks: {},
    references: [
      'https://kubernetes.io/docs/reference/labels-annotations-taints/',
      'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/',
      'https://istio.io/latest/docs/reference/config/annotations/',
    ],
    limits:
      'Keys are compared with those of Istio, Linkerd, ingress-nginx, cert-manager, Gatekeeper, Kyverno, the cloud identity webhooks and Vault. Pod Security labels, seccomp and AppArmor annotations have rules of their own.',
    examples: {
      bad: [
        {
          title: 'Slips in the name and in the domain',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations:
    nginx.ingress.kubernetes.io/force-ssl-redirct: "true" # finding: misspelt
    nginx.ingres.kubernetes.io/auth-type: basic # finding: misspelt
---
apiVersion: v1
kind: Pod
metadata:
  name: shop
  labels:
    sidecar.istio.io/injects: "true" # finding: misspelt
`,
        },
      ],
      good: [
        {
          title: 'Known keys, and keys of one’s own',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations:
    nginx.ingress.kubernetes.io/force-ssl-redirect: "true"
    nginx.ingress.kubernetes.io/something-of-our-fork: "true"
    example.com/auth-type: basic
`,
        },
      ],
    },
  },
});

function look(metadata: AnyNode, context: RuleContext<typeof messages>): void {
  for (const field of ['annotations', 'labels']) {
    const { raw } = metadata;
    const keys = isMap(raw) ? raw[field] : undefined;
    if (!isMap(keys)) continue;
    for (const key in keys) {
      if (FINE_KEYS.has(key)) continue;
      const near = nearest(key);
      if (near === undefined) {
        if (FINE_KEYS.size < 4096) FINE_KEYS.add(key);
        continue;
      }
      if (near in keys) continue;
      const node = metadata.get(field).get(key);
      context.report(node, 'misspelt', {
        data: { key, near },
        atKey: true,
        fix: { title: `Rename to ${near}`, safety: 'safe', changes: [{ op: 'rename', path: node.steps, key: near }] },
      });
    }
  }
}

/** Keys that are near to none: the same few stand on every object of a repository. */
const FINE_KEYS = new Set<string>();

/** The known key that was meant; undefined for known keys and for those that are near to none. */
function nearest(key: string): string | undefined {
  const slash = key.indexOf('/');
  if (slash === -1) return undefined;
  const domain = key.slice(0, slash);
  const name = key.slice(slash + 1);
  const names = KEYS.get(domain);
  if (names !== undefined) {
    if (names.has(name)) return undefined;
    const near = didYouMean(name, names);
    return near === undefined ? undefined : `${domain}/${near}`;
  }
  for (const [known, itsNames] of KEYS) {
    if (Math.abs(known.length - domain.length) > 1 || !itsNames.has(name)) continue;
    if (distance(domain, known, 1) === 1) return `${known}/${name}`;
  }
  return undefined;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

/** By domain. Of ingress-nginx every annotation, so that one is not taken for a slip in another. */
const KEYS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'sidecar.istio.io',
    words(
      'inject rewriteAppHTTPProbers interceptionMode proxyCPU proxyCPULimit proxyMemory proxyMemoryLimit proxyImage status userVolume userVolumeMount logLevel componentLogLevel bootstrapOverride discoveryAddress extraStatTags statsInclusionPrefixes statsInclusionSuffixes statsInclusionRegexps agentLogLevel nativeSidecar statsHistogramBuckets statsCompression proxyImageType port controlPlaneAuthPolicy enableCoreDump',
    ),
  ],
  [
    'traffic.sidecar.istio.io',
    words(
      'includeInboundPorts excludeInboundPorts includeOutboundPorts excludeOutboundPorts includeOutboundIPRanges excludeOutboundIPRanges kubevirtInterfaces excludeInterfaces',
    ),
  ],
  ['security.istio.io', words('tlsMode')],
  [
    'linkerd.io',
    words(
      'inject created-by control-plane-component control-plane-ns proxy-version cni-resource extension is-control-plane proxy-deployment workload-ns trust-root-sha256',
    ),
  ],
  [
    'cert-manager.io',
    words(
      'inject-ca-from inject-ca-from-secret inject-apiserver-ca allow-direct-injection issuer cluster-issuer issuer-kind issuer-group issuer-name common-name duration renew-before renew-before-percentage alt-names ip-sans uri-sans email-sans subject-organizations certificate-name usages revision-history-limit private-key-algorithm private-key-encoding private-key-size private-key-rotation-policy disable-auto-approval subject-countries subject-provinces subject-localities subject-organizationalunits subject-postalcodes subject-streetaddresses subject-serialnumber issue-temporary-certificate next-private-key secret-template',
    ),
  ],
  ['admission.gatekeeper.sh', words('ignore')],
  ['policies.kyverno.io', words('title category severity subject description minversion scored autogen-controllers')],
  [
    'eks.amazonaws.com',
    words(
      'role-arn audience sts-regional-endpoints token-expiration skip-containers compute-type component capacityType nodegroup',
    ),
  ],
  ['iam.gke.io', words('gcp-service-account return-principal-id-as-email gke-metadata-server-enabled')],
  [
    'azure.workload.identity',
    words(
      'client-id tenant-id service-account-token-expiration use skip-containers inject-proxy-sidecar proxy-sidecar-port',
    ),
  ],
  [
    'vault.hashicorp.com',
    words(
      'agent-inject agent-inject-status role namespace tls-skip-verify tls-secret tls-server-name ca-cert ca-key client-cert client-key auth-type auth-path auth-config-type agent-pre-populate agent-pre-populate-only agent-run-as-user agent-run-as-group agent-run-as-same-user agent-set-security-context agent-share-process-namespace agent-image agent-configmap agent-revoke-on-shutdown agent-init-first agent-cache-enable agent-service-account-token-volume-name agent-extra-secret agent-requests-cpu agent-requests-mem agent-limits-cpu agent-limits-mem log-level log-format service secret-volume-path preserve-secret-case',
    ),
  ],
  ['service.beta.kubernetes.io', words('load-balancer-source-ranges')],
  [
    'kubernetes.io',
    words(
      'service-account.name service-account.uid enforce-mountable-secrets ingress.class ingress-bandwidth egress-bandwidth metadata.name description os arch hostname config.source config.hash config.mirror config.seen change-cause cluster-service legacy-token-last-used legacy-token-invalid-since created-by tls-acme limit-ranger psp',
    ),
  ],
  [
    'nginx.ingress.kubernetes.io',
    words(`app-root affinity affinity-mode affinity-canary-behavior auth-realm auth-secret auth-secret-type auth-type
auth-tls-secret auth-tls-verify-depth auth-tls-verify-client auth-tls-error-page auth-tls-pass-certificate-to-upstream auth-tls-match-cn auth-url
auth-cache-key auth-cache-duration auth-keepalive auth-keepalive-share-vars auth-keepalive-requests auth-keepalive-timeout auth-proxy-set-headers
auth-snippet enable-global-auth auth-always-set-cookie auth-signin auth-signin-redirect-param auth-method auth-response-headers auth-request-redirect
backend-protocol canary canary-by-header canary-by-header-value canary-by-header-pattern canary-by-cookie canary-weight canary-weight-total
client-body-buffer-size configuration-snippet custom-http-errors custom-headers default-backend disable-proxy-intercept-errors enable-cors cors-allow-origin cors-allow-methods
cors-allow-headers cors-expose-headers cors-allow-credentials cors-max-age force-ssl-redirect from-to-www-redirect http2-push-preload
limit-connections limit-rps limit-rpm limit-rate limit-rate-after limit-whitelist limit-allowlist limit-burst-multiplier permanent-redirect permanent-redirect-code
temporal-redirect temporal-redirect-code preserve-trailing-slash proxy-body-size proxy-cookie-domain proxy-cookie-path proxy-connect-timeout
proxy-send-timeout proxy-read-timeout proxy-next-upstream proxy-next-upstream-timeout proxy-next-upstream-tries proxy-request-buffering
proxy-redirect-from proxy-redirect-to proxy-http-version proxy-ssl-secret proxy-ssl-ciphers proxy-ssl-name proxy-ssl-protocols proxy-ssl-verify
proxy-ssl-verify-depth proxy-ssl-server-name enable-rewrite-log rewrite-target satisfy server-alias server-snippet service-upstream
session-cookie-change-on-failure session-cookie-conditional-samesite-none session-cookie-domain session-cookie-expires session-cookie-max-age
session-cookie-name session-cookie-path session-cookie-samesite session-cookie-secure session-cookie-hash ssl-redirect ssl-passthrough stream-snippet upstream-hash-by
upstream-hash-by-subset upstream-hash-by-subset-size x-forwarded-prefix load-balance upstream-vhost denylist-source-range whitelist-source-range allowlist-source-range proxy-buffering
proxy-buffers-number proxy-buffer-size proxy-busy-buffers-size proxy-max-temp-file-size ssl-ciphers ssl-prefer-server-ciphers connection-proxy-header
enable-access-log enable-opentracing opentracing-trust-incoming-span enable-opentelemetry opentelemetry-trust-incoming-span opentelemetry-operation-name use-regex
enable-modsecurity enable-owasp-core-rules enable-owasp-modsecurity-crs modsecurity-transaction-id modsecurity-snippet mirror-request-body mirror-target mirror-host
relative-redirects secure-backends add-base-url base-url-scheme influxdb-host enable-influxdb lua-resty-waf global-rate-limit global-rate-limit-window global-rate-limit-key global-rate-limit-ignored-cidrs`),
  ],
]);
