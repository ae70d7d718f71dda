import { defineRule } from '../../engine/rule.ts';
import { faultsOf } from '../../k8s/schema/faults.ts';
import { pathInWords } from '../../k8s/schema/path.ts';
import { isSecurityField } from '../../k8s/schema/security-fields.ts';
import { explainUnknown } from '../../k8s/schema/unknown.lazy.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { nodeOf, typeName } from './_schema.ts';

export default defineRule({
  id: 'schema-field-wrong-level',
  title: 'Field written where it has no effect',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  supersedes: ['netpol-invalid-field', 'netpol-empty-or-null-peer'],
  on: 'resource',
  messages: {
    elsewhere: '"{key}" has no effect at {path}: {kind} reads it at {right}',
    wrapper: '{type} has no "{key}": what it holds belongs one level up',
    otherKind: '"{key}" has no effect in a {kind}: it belongs to the {other}',
    label: '"{key}" has no effect in a label selector: labels to match belong under matchLabels',
    resource: '"{key}" has no effect beside limits and requests: it belongs under one of them',
  },
  check(resource, context) {
    for (const fault of faultsOf(resource, context.minor)) {
      if (fault.is !== 'unknown') continue;
      const explanation = explainUnknown(fault, resource.root.raw!, context.minor);
      const { key } = fault;
      const node = nodeOf(resource, fault);
      switch (explanation.is) {
        case 'elsewhere': {
          const right = pathInWords(explanation.right);
          const owner = explanation.owner === undefined ? undefined : resource.root.at(explanation.owner);
          const data = { key, path: pathInWords(fault.path), kind: resource.head.kind, right };
          const severity = isSecurityField(key) ? 'high' : 'medium';
          const fix = owner === undefined ? undefined : moveTo(owner, node, key);
          context.report(node, 'elsewhere', {
            data,
            severity,
            atKey: true,
            ...(owner === undefined ? {} : { related: [{ at: owner, message: `"${key}" belongs here` }] }),
            ...(fix === undefined ? {} : { fix }),
          });
          break;
        }
        case 'wrapper': {
          const type = typeName(fault.within.at(-1)!.definition);
          const severity = explanation.fields.some(isSecurityField) ? 'high' : 'medium';
          context.report(node, 'wrapper', { data: { key, type }, severity, atKey: true });
          break;
        }
        case 'other-kind':
          context.report(node, 'otherKind', {
            data: { key, kind: resource.head.kind, other: explanation.kind },
            severity: 'high',
            atKey: true,
          });
          break;
        case 'label':
        case 'resource':
          context.report(node, explanation.is, { data: { key }, severity: 'high', atKey: true });
          break;
      }
    }
  },
  docs: {
    why: 'The word is right and the place is wrong, so the API server refuses the object or drops the setting: `hostNetwork: false` beside the pod template protects nothing, and `readOnly: true` on a volume where the API reads it on the mount leaves the volume writable.',
    fix: 'Move the field to the object that has it; the finding names the place.',
    frameworks: { unmapped: 'control catalogs ask for settings, not whether they arrive' },
    references: ['https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation'],
    limits:
      'Fields of a pod or container security context are the matter of `security-context-field-misplaced`. Configuration files of components (kubelet, kubeadm, audit policies) are read by rules of their own.',
    examples: {
      bad: [
        {
          title: 'Pod settings beside the pod template',
          in: 'manifests',
          yaml: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  automountServiceAccountToken: false # finding: elsewhere
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
          resources:
            memory: 64Mi # finding: resource
`,
        },
        {
          title: 'Mount settings on the volume',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      volumeMounts:
        - name: host
          mountPath: /host
  volumes:
    - name: host
      hostPath:
        path: /var/log
        readOnly: true # finding: elsewhere
`,
        },
        {
          title: 'A setting of the binding in the policy',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: images
spec:
  validationActions: [Deny] # finding: otherKind
  matchConstraints:
    resourceRules: []
  validations: []
`,
        },
        {
          title: 'A wrapper that the kind does not have, and a selector without matchLabels',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
spec: # finding: wrapper
  rules:
    - apiGroups: [""]
      resources: [pods]
      verbs: [get]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: db
spec:
  podSelector:
    app: db # finding: label
  from: [] # finding: elsewhere
  ingress: []
`,
        },
      ],
      good: [
        {
          title: 'Everything in its place',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  automountServiceAccountToken: false
  containers:
    - name: web
      image: registry.example.com/web:1
      resources:
        limits: {memory: 64Mi}
      volumeMounts:
        - name: host
          mountPath: /host
          readOnly: true
  volumes:
    - name: host
      hostPath:
        path: /var/log
`,
        },
      ],
    },
  },
});

/** Where a scalar goes to an object that is there and lacks it, the move is exact. */
function moveTo(owner: AnyNode, node: AnyNode, key: string) {
  const value = node.raw;
  if (value === undefined || value === null || typeof value === 'object' || owner.get(key).written) return undefined;
  return {
    title: `Move ${key} to ${pathInWords(owner.steps)}`,
    safety: 'safe',
    changes: [
      { op: 'remove', path: node.steps },
      { op: 'set', path: [...owner.steps, key], value },
    ],
  } as const;
}
