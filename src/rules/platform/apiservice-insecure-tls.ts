import { defineRule } from '../../engine/rule.ts';
import { hasInjectedCa } from '../../k8s/admission/endpoint.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'apiservice-insecure-tls',
  title: 'Aggregated API whose server is not verified',
  category: 'platform',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['APIService.apiregistration.k8s.io'],
  messages: {
    unverified: 'the API server does not verify who answers for APIService "{name}"',
    'no-ca': 'APIService "{name}" has no caBundle: its service is verified by the roots of the system',
    both: 'insecureSkipTLSVerify and caBundle exclude one another; the API server refuses the object',
    'built-in': 'service "{service}" answers for the built-in group {group}: it reads and answers every request for it',
  },
  check({ root, head }, context) {
    const spec: AnyNode = root.get('spec');
    const service: AnyNode = spec.get('service');
    if (!service.present) return;
    const { name } = head;
    const group = spec.get('group').string;
    if (group !== undefined && BUILT_IN.has(group)) {
      const data = { service: service.get('name').string ?? '', group: group === '' ? 'of the core' : group };
      context.report(service, 'built-in', { data, severity: 'critical', atKey: true });
    }
    const skip: AnyNode = spec.get('insecureSkipTLSVerify');
    const bundle: AnyNode = spec.get('caBundle');
    const hasBundle = bundle.present && bundle.string !== '';
    if (skip.boolean === true && hasBundle) context.report(skip, 'both');
    else if (skip.boolean === true) {
      // Metrics are of little worth to others, and the manifests of their servers come so.
      const metrics = group?.endsWith('metrics.k8s.io') === true;
      context.report(skip, 'unverified', { data: { name }, ...(metrics ? { severity: 'medium' } : {}) });
    } else if (!hasBundle && !hasInjectedCa(head.annotations)) {
      context.report(spec, 'no-ca', { data: { name }, severity: 'low', preset: 'strict', atKey: true });
    }
  },
  docs: {
    why: 'The API server forwards requests of its users to this service, with their names and groups. Whoever can answer in its place sees them, and answers what he likes.',
    fix: 'Remove `insecureSkipTLSVerify` and give the CA of the service as `caBundle`, or let cert-manager write it.',
    frameworks: { nsa: ['N4'], mitre: ['T1557'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/'],
    examples: {
      bad: [
        {
          title: 'unverified; one for a built-in group',
          in: 'manifests',
          yaml: `apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata:
  name: v1beta1.custom.example.com
spec:
  group: custom.example.com
  version: v1beta1
  insecureSkipTLSVerify: true # finding: unverified
  service: { name: custom, namespace: custom }
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata:
  name: v1.rbac.authorization.k8s.io
spec: # finding: no-ca
  group: rbac.authorization.k8s.io
  version: v1
  service: # finding: built-in
    name: custom
    namespace: custom
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata:
  name: v1.both.example.com
spec:
  group: both.example.com
  caBundle: Y2E=
  insecureSkipTLSVerify: true # finding: both
  service: { name: custom, namespace: custom }`,
        },
      ],
      good: [
        {
          title: 'verified, and local',
          in: 'manifests',
          yaml: `apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata:
  name: v1beta1.custom.example.com
spec:
  group: custom.example.com
  caBundle: Y2E=
  service: { name: custom, namespace: custom }
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata:
  name: v1.apps
spec: { group: apps, version: v1 }`,
        },
      ],
    },
  },
});

const BUILT_IN: ReadonlySet<string> = new Set([
  '',
  'apps',
  'batch',
  'autoscaling',
  'policy',
  'rbac.authorization.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'networking.k8s.io',
  'storage.k8s.io',
]);
