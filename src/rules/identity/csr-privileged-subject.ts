import { defineRule } from '../../engine/rule.ts';
import { inspectRequest } from '../../k8s/identity/inspect.lazy.ts';
import type { DistinguishedName } from '../../k8s/identity/x509.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'csr-privileged-subject',
  title: 'Certificate request for a privileged identity',
  category: 'identity',
  severity: 'critical',
  preset: 'recommended',
  on: 'resource',
  kinds: ['CertificateSigningRequest.certificates.k8s.io'],
  messages: {
    masters:
      'request "{name}" asks {signer} for {subject}: the certificate passes every authorizer and cannot be revoked',
    refused:
      'request "{name}" asks for {subject}: where CertificateSubjectRestriction is off, the certificate passes every authorizer and cannot be revoked',
    system:
      'request "{name}" asks {signer} for {subject}: the certificate is good as "{identity}" of Kubernetes itself',
    authority: 'request "{name}" asks {signer} for a certificate of a certificate authority ({subject})',
    approved: 'request "{name}" comes with its approval: nobody decides about it when it is applied',
  },
  check(resource, ctx) {
    const spec: AnyNode = resource.root.at(['spec']);
    const request: AnyNode = spec.get('request');
    const status: AnyNode = resource.root.at(['status']);
    const approved = (status.get('conditions').items() as readonly AnyNode[]).find(
      (each) => each.get('type').string === 'Approved',
    );
    const name = resource.head.name;
    if (approved !== undefined) ctx.report(approved, 'approved', { data: { name }, severity: 'medium' });
    else if (status.get('certificate').present)
      ctx.report(status.get('certificate'), 'approved', { data: { name }, severity: 'medium' });

    const written = request.string;
    if (written === undefined || isUnresolved(written)) return;
    const found = inspectRequest(written);
    // What cannot be read is the matter of csr-invalid-or-excessive.
    if (typeof found === 'string') return;
    const { commonNames, organizations } = found.subject;
    const signer: string = spec.get('signerName').string ?? '';
    const data = { name, subject: describeSubject(found.subject), signer: signer === '' ? 'a signer' : signer };
    if (organizations.includes('system:masters')) {
      const refused = signer === 'kubernetes.io/kube-apiserver-client';
      ctx.report(request, refused ? 'refused' : 'masters', { data });
      return;
    }
    if (found.extensions.isCA) {
      ctx.report(request, 'authority', { data, severity: 'high' });
      return;
    }
    const isNode =
      NODE_SIGNERS.includes(signer) &&
      organizations.join() === 'system:nodes' &&
      commonNames.every((each) => each.startsWith('system:node:'));
    if (isNode) return;
    const system = [...commonNames, ...organizations].find((each) => each.startsWith('system:'));
    const admin = [...commonNames, ...organizations].find(
      (each) => each.startsWith('kubeadm:') || each === 'kubernetes-admin',
    );
    if (system !== undefined) ctx.report(request, 'system', { data: { ...data, identity: system }, severity: 'high' });
    else if (admin !== undefined)
      ctx.report(request, 'system', { data: { ...data, identity: admin }, severity: 'medium' });
  },
  docs: {
    why: 'The subject of a client certificate is the user (CN) and its groups (O). Who approves a request without decoding it may hand out system:masters or the identity of a control plane component, until the certificate expires.',
    fix: 'Ask for a user and groups of your own, bind those to roles, and let approval stay a decision of somebody who reads the request.',
    frameworks: { cis: ['3.1.1', '5.1.7', '5.1.11'], nsa: ['A1'], mitre: ['T1649', 'T1098'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers',
    ],
    examples: {
      bad: [
        {
          title: 'system:masters',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIaU1JR0tBZ0VBTUNneERUQUxCZ05WQkFNTUJHcGhibVV4RnpBVkJnTlZCQW9NRG5ONWMzUmxiVHB0WVhOMApaWEp6TUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowREFRY0RRZ0FFeUtWMjBKR3ZTK3Fkb1hONkJqZmJvVUR1ClNDdDAzTmtvbnozdzFLZnloRlV0Q0dKQ3A5ZW5NU2tmMUpXUzhoanYxRUd1UzBucmZQSjlaNlo3NjNLNkQ2QUEKTUFvR0NDcUdTTTQ5QkFNQ0EwY0FNRVFDSUZQL3pVN2Z5dW1qNHdnZUE3RFpneGhKVE5QWjVrV0FvUlJYS3VOZwo0MWNqQWlCYk0yS1FyMkxxSW1tL3hiR1Fid3AyenlodUxPR2ZnQmNkdExremRqd1ZNZz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo= # finding: refused`,
        },
        {
          title: 'a component of the control plane',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIbE1JR0xBZ0VBTUNreEp6QWxCZ05WQkFNTUhuTjVjM1JsYlRwcmRXSmxMV052Ym5SeWIyeHNaWEl0YldGdQpZV2RsY2pCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OUF3RUhBMElBQk1pbGR0Q1JyMHZxbmFGemVnWTMyNkZBCjdrZ3JkTnpaS0o4OThOU244b1JWTFFoaVFxZlhwekVwSDlTVmt2SVk3OVJCcmt0SjYzenlmV2VtZSt0eXVnK2cKQURBS0JnZ3Foa2pPUFFRREFnTkpBREJHQWlFQXFMV3hXSjc5VTJ3TXVLcDZZTGJ0RE51YmJFSFRqclFuUGR1eAp3MXNoTDdFQ0lRRFNuQzI1ZTVtZmpJc3JreDBNcXROYklJRVpheHF6VUVKYXNhdTZPTHFEOXc9PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K # finding: system`,
        },
        {
          title: 'an authority',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: example.com/ca
  usages: [client auth]
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIbk1JR09BZ0VBTUEweEN6QUpCZ05WQkFNTUFtTmhNRmt3RXdZSEtvWkl6ajBDQVFZSUtvWkl6ajBEQVFjRApRZ0FFeUtWMjBKR3ZTK3Fkb1hONkJqZmJvVUR1U0N0MDNOa29uejN3MUtmeWhGVXRDR0pDcDllbk1Ta2YxSldTCjhoanYxRUd1UzBucmZQSjlaNlo3NjNLNkQ2QWZNQjBHQ1NxR1NJYjNEUUVKRGpFUU1BNHdEQVlEVlIwVEJBVXcKQXdFQi96QUtCZ2dxaGtqT1BRUURBZ05JQURCRkFpQm9ETGgvOWJIRWRYNlZKYWJDdGJkc3g0SXZnT1FUeWJUWgpGQzU0allwVHlRSWhBSkRqcTFhMFN4V1Ixb0hlUkJwdDNlemV3S2ptemtONkU1U2JFd3diRXhORQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K # finding: authority`,
        },
        {
          title: 'approved beforehand',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRBTEJnTlZCQW9NQkdSbGRuTXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVRJcFhiUWthOUw2cDJoYzNvR045dWhRTzVJSzNUYzJTaWZQZkRVCnAvS0VWUzBJWWtLbjE2Y3hLUi9VbFpMeUdPL1VRYTVMU2V0ODhuMW5wbnZyY3JvUG9BQXdDZ1lJS29aSXpqMEUKQXdJRFJ3QXdSQUlnQ0s2MzNZZ2tBMUdxbFVUQnRiblo3WElCSnNOYkZSVk5vemtxY1ZjTnJzVUNJQW9mM2tPNgpkMnpSQU1TSm1jbDFBNlk4OG9VN0h0MVVDdmxqdXFUR1dRdlUKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==
status:
  conditions:
    - type: Approved # finding: approved
      status: "True"`,
        },
      ],
      good: [
        {
          title: 'a user and a group',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
  expirationSeconds: 3600
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRBTEJnTlZCQW9NQkdSbGRuTXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVRJcFhiUWthOUw2cDJoYzNvR045dWhRTzVJSzNUYzJTaWZQZkRVCnAvS0VWUzBJWWtLbjE2Y3hLUi9VbFpMeUdPL1VRYTVMU2V0ODhuMW5wbnZyY3JvUG9BQXdDZ1lJS29aSXpqMEUKQXdJRFJ3QXdSQUlnQ0s2MzNZZ2tBMUdxbFVUQnRiblo3WElCSnNOYkZSVk5vemtxY1ZjTnJzVUNJQW9mM2tPNgpkMnpSQU1TSm1jbDFBNlk4OG9VN0h0MVVDdmxqdXFUR1dRdlUKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==`,
        },
        {
          title: 'a node',
          in: 'manifests',
          yaml: `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: c }
spec:
  signerName: kubernetes.io/kube-apiserver-client-kubelet
  usages: [digital signature, client auth]
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIc01JR1NBZ0VBTURBeEZ6QVZCZ05WQkFNTURuTjVjM1JsYlRwdWIyUmxPbTR4TVJVd0V3WURWUVFLREF4egplWE4wWlcwNmJtOWtaWE13V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVRJcFhiUWthOUw2cDJoCmMzb0dOOXVoUU81SUszVGMyU2lmUGZEVXAvS0VWUzBJWWtLbjE2Y3hLUi9VbFpMeUdPL1VRYTVMU2V0ODhuMW4KcG52cmNyb1BvQUF3Q2dZSUtvWkl6ajBFQXdJRFNRQXdSZ0loQU44NWRaRi8vMzR3UlA4K3JDMWZmZ1kxRWQrcgovSDV6dU5XVzhIZzFPUGRCQWlFQTRzdXQ3cHVhU20wOVE1WHV5U1dvck5keFFSQkZ3aTZ4WDROS1ErV0pMRzQ9Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=`,
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
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRBTEJnTlZCQW9NQkdSbGRuTXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVRJcFhiUWthOUw2cDJoYzNvR045dWhR`,
        },
      ],
    },
  },
});

const NODE_SIGNERS: readonly string[] = [
  'kubernetes.io/kube-apiserver-client-kubelet',
  'kubernetes.io/kubelet-serving',
];

function describeSubject({ commonNames, organizations }: DistinguishedName): string {
  return [...commonNames.map((each) => `CN "${each}"`), ...organizations.map((each) => `O "${each}"`)].join(', ');
}
