import type { Severity } from '../../engine/finding.ts';
import { defineRule } from '../../engine/rule.ts';
import { inspectRequest, isSignedByItself } from '../../k8s/identity/inspect.lazy.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'csr-invalid-or-excessive',
  title: 'Certificate request that is invalid or asks for too much',
  category: 'identity',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: ['CertificateSigningRequest.certificates.k8s.io'],
  options: {
    defaults: { maxSeconds: 31_536_000 },
    schema: { type: 'object', properties: { maxSeconds: { type: 'integer' } }, additionalProperties: false },
  },
  messages: { fault: 'request "{name}": {reason}' },
  check(resource, ctx) {
    const spec: AnyNode = resource.root.at(['spec']);
    const { name } = resource.head;
    const fault = (at: AnyNode, reason: string, severity: Severity = 'medium') =>
      ctx.report(at, 'fault', {
        data: { name, reason },
        severity,
        ...(severity === 'low' ? { preset: 'strict' } : {}),
      });
    const signerNode: AnyNode = spec.get('signerName');
    const signer: string | undefined = signerNode.string;
    if (!signerNode.present) fault(signerNode, 'it names no signer');
    else if (signer === 'kubernetes.io/legacy-unknown')
      fault(signerNode, 'signer kubernetes.io/legacy-unknown is refused since v1');
    else if (signer?.startsWith('kubernetes.io/') === true && !Object.hasOwn(USAGES, signer)) {
      fault(signerNode, `Kubernetes has no signer "${signer}"`);
    }
    checkUsages(spec.get('usages'), signer, fault);

    const expiration: AnyNode = spec.get('expirationSeconds');
    const seconds = expiration.number;
    if (seconds !== undefined && seconds < 600) fault(expiration, 'expirationSeconds below 600 is refused');
    else if (signer === 'kubernetes.io/kube-apiserver-client') {
      if (!expiration.present)
        fault(expiration, 'it asks for no lifetime, and gets what the signer gives, a year by default', 'low');
      else if (seconds !== undefined && seconds > ctx.options.maxSeconds)
        fault(
          expiration,
          `a client certificate of ${Math.floor(seconds / 86_400)} days cannot be revoked in that time`,
          'low',
        );
    }
    for (const key of ['username', 'groups', 'uid', 'extra']) {
      if (spec.get(key).present) fault(spec.get(key), `spec.${key} is set by the API server`, 'low');
    }

    const request: AnyNode = spec.get('request');
    const written = request.string;
    if (!request.present) fault(request, 'it holds no request');
    // In a here document of a script, `$(…)` is what the request will be.
    if (written === undefined || isUnresolved(written) || /^(?:<.*>|\$\(.*\))$/s.test(written.trim())) return;
    const found = inspectRequest(written);
    if (typeof found === 'string') {
      fault(request, `spec.request ${found}`);
      return;
    }
    if (isSignedByItself(found) === false) fault(request, 'spec.request is not signed by its own key');
    else if (found.signature.startsWith('md5')) fault(request, 'spec.request is signed with MD5, which is refused');
    else if (/sha-?1(?!\d)/i.test(found.signature)) fault(request, 'spec.request is signed with SHA-1');
    else if (found.key.kind === 'RSA' && (found.key.bits ?? 2048) < 2048)
      fault(request, `the RSA key has ${found.key.bits} bits`);
  },
  docs: {
    why: 'A request that the API server refuses leaves its client without a certificate. One that asks for years, or for usages beyond its purpose, leaves a credential that cannot be taken back.',
    fix: 'Name the signer, the usages that it allows and a lifetime: `expirationSeconds: 86400` for a person.',
    frameworks: { cis: ['3.1.1'], nsa: ['A1'], mitre: ['T1649'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/'],
    examples: {
      bad: [
        {
          title: 'a signer that v1 refuses',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: kubernetes.io/legacy-unknown # finding: fault
  usages: [client auth]
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRBTEJnTlZCQW9NQkdSbGRuTXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVRJcFhiUWthOUw2cDJoYzNvR045dWhRTzVJSzNUYzJTaWZQZkRVCnAvS0VWUzBJWWtLbjE2Y3hLUi9VbFpMeUdPL1VRYTVMU2V0ODhuMW5wbnZyY3JvUG9BQXdDZ1lJS29aSXpqMEUKQXdJRFJ3QXdSQUlnQ0s2MzNZZ2tBMUdxbFVUQnRiblo3WElCSnNOYkZSVk5vemtxY1ZjTnJzVUNJQW9mM2tPNgpkMnpSQU1TSm1jbDFBNlk4OG9VN0h0MVVDdmxqdXFUR1dRdlUKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==`,
        },
        {
          title: 'a usage that the signer does not allow',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: 
    - client auth
    - server auth # finding: fault
  expirationSeconds: 3600
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRBTEJnTlZCQW9NQkdSbGRuTXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVRJcFhiUWthOUw2cDJoYzNvR045dWhRTzVJSzNUYzJTaWZQZkRVCnAvS0VWUzBJWWtLbjE2Y3hLUi9VbFpMeUdPL1VRYTVMU2V0ODhuMW5wbnZyY3JvUG9BQXdDZ1lJS29aSXpqMEUKQXdJRFJ3QXdSQUlnQ0s2MzNZZ2tBMUdxbFVUQnRiblo3WElCSnNOYkZSVk5vemtxY1ZjTnJzVUNJQW9mM2tPNgpkMnpSQU1TSm1jbDFBNlk4OG9VN0h0MVVDdmxqdXFUR1dRdlUKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==`,
        },
        {
          title: 'ten years',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
  expirationSeconds: 315360000 # finding: fault
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRBTEJnTlZCQW9NQkdSbGRuTXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVRJcFhiUWthOUw2cDJoYzNvR045dWhRTzVJSzNUYzJTaWZQZkRVCnAvS0VWUzBJWWtLbjE2Y3hLUi9VbFpMeUdPL1VRYTVMU2V0ODhuMW5wbnZyY3JvUG9BQXdDZ1lJS29aSXpqMEUKQXdJRFJ3QXdSQUlnQ0s2MzNZZ2tBMUdxbFVUQnRiblo3WElCSnNOYkZSVk5vemtxY1ZjTnJzVUNJQW9mM2tPNgpkMnpSQU1TSm1jbDFBNlk4OG9VN0h0MVVDdmxqdXFUR1dRdlUKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==`,
        },
        {
          title: 'a weak key',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
  expirationSeconds: 3600
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQlhUQ0J4d0lCQURBZU1RMHdDd1lEVlFRRERBUnFZVzVsTVEwd0N3WURWUVFLREFSa1pYWnpNSUdmTUEwRwpDU3FHU0liM0RRRUJBUVVBQTRHTkFEQ0JpUUtCZ1FESS9yOVBzbXpZejd1ZWVnZzhidVl3Z0pWSkRJb2lIY2lNClMxRmxydTdxU0xDdmt3NVphOVYxaitSemQ3bFAwVkZwM0R6THNJSVFSZVYzUjU0cjQ0cEpPb3hhejR1ZjNDRUYKcGtYaytuRnYvcUxWRE9hQXM1N09ZSEg5M1F6b05YenZaVitTNVFhd2V3WHlqSHZXOVFiQ0xrL3ZWSFowbjRNMwpWWEJCVEdPY1hRSURBUUFCb0FBd0RRWUpLb1pJaHZjTkFRRUxCUUFEZ1lFQVZmTnhsZ2s0M2lUYmlzTUpTbHdqCmJrYmVBQmtaVHV5bnhXaVBKZmhkSXNjZHpGWVFpMWtRVnMyVHRLQUhnTmZ6Wi9DUzkxV3gycEJBbytLY3lFY0wKOXpHdjBqQmw3REt4LzAyanlkQkNJRno0cll4ODVHZ2Fmb2Nya2RhK2V6eDNkaHBYYzZHZ2VrYVI5bGIwOWRHdwpxM0VPN0xVQUxBU2YzTCtjeEpXTU1wMD0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg== # finding: fault`,
        },
        {
          title: 'cut off',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
  expirationSeconds: 3600
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRBTEJnTlZCQW9NQkdSbGRuTXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVRJcFhiUWthOUw2cDJoYzNvR045dWhR # finding: fault`,
        },
        {
          title: 'no PEM',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
  expirationSeconds: 3600
  request: aGVsbG8= # finding: fault`,
        },
      ],
      good: [
        {
          title: 'a day for a person',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
  expirationSeconds: 86400
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRBTEJnTlZCQW9NQkdSbGRuTXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVRJcFhiUWthOUw2cDJoYzNvR045dWhRTzVJSzNUYzJTaWZQZkRVCnAvS0VWUzBJWWtLbjE2Y3hLUi9VbFpMeUdPL1VRYTVMU2V0ODhuMW5wbnZyY3JvUG9BQXdDZ1lJS29aSXpqMEUKQXdJRFJ3QXdSQUlnQ0s2MzNZZ2tBMUdxbFVUQnRiblo3WElCSnNOYkZSVk5vemtxY1ZjTnJzVUNJQW9mM2tPNgpkMnpSQU1TSm1jbDFBNlk4OG9VN0h0MVVDdmxqdXFUR1dRdlUKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==`,
        },
        {
          title: 'a signer of its own',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: example.com/mesh
  usages: [server auth]
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRBTEJnTlZCQW9NQkdSbGRuTXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVRJcFhiUWthOUw2cDJoYzNvR045dWhRTzVJSzNUYzJTaWZQZkRVCnAvS0VWUzBJWWtLbjE2Y3hLUi9VbFpMeUdPL1VRYTVMU2V0ODhuMW5wbnZyY3JvUG9BQXdDZ1lJS29aSXpqMEUKQXdJRFJ3QXdSQUlnQ0s2MzNZZ2tBMUdxbFVUQnRiblo3WElCSnNOYkZSVk5vemtxY1ZjTnJzVUNJQW9mM2tPNgpkMnpSQU1TSm1jbDFBNlk4OG9VN0h0MVVDdmxqdXFUR1dRdlUKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==`,
        },
      ],
    },
  },
});

type Fault = (at: AnyNode, reason: string, severity?: Severity) => void;

function checkUsages(usages: AnyNode, signer: string | undefined, fault: Fault): void {
  const items = usages.items() as readonly AnyNode[];
  if (items.length === 0) {
    fault(usages, 'it asks for no usages');
    return;
  }
  const allowed = signer === undefined || !Object.hasOwn(USAGES, signer) ? undefined : USAGES[signer]!;
  const seen = new Set<string>();
  for (const item of items) {
    const usage = item.string;
    if (usage === undefined) continue;
    if (seen.has(usage)) fault(item, `usage "${usage}" stands there twice`);
    else if (!KNOWN.includes(usage)) fault(item, `there is no usage "${usage}"`);
    else if (allowed !== undefined && !allowed.includes(usage))
      fault(item, `signer ${signer} does not allow usage "${usage}"`);
    else if (GRAVE.includes(usage)) fault(item, `usage "${usage}" makes more of the certificate than a login`);
    seen.add(usage);
  }
  const needed = allowed?.at(-1);
  if (needed !== undefined && !seen.has(needed)) fault(usages, `signer ${signer} wants usage "${needed}"`);
}

/** What Kubernetes' own signers allow; the last one has to be there. */
const USAGES: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/kube-apiserver-client': ['digital signature', 'key encipherment', 'client auth'],
  'kubernetes.io/kube-apiserver-client-kubelet': ['digital signature', 'key encipherment', 'client auth'],
  'kubernetes.io/kubelet-serving': ['digital signature', 'key encipherment', 'server auth'],
};
const GRAVE: readonly string[] = ['any', 'cert sign', 'crl sign', 'code signing'];
const KNOWN: readonly string[] = [
  'signing',
  'digital signature',
  'content commitment',
  'key encipherment',
  'key agreement',
  'data encipherment',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
  'any',
  'server auth',
  'client auth',
  'code signing',
  'email protection',
  's/mime',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'timestamping',
  'ocsp signing',
  'microsoft sgc',
  'netscape sgc',
];
