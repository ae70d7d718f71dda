import { defineRule } from '../../engine/rule.ts';
import { didYouMean } from '../../k8s/schema/did-you-mean.ts';
import { faultsOf } from '../../k8s/schema/faults.ts';
import { pathInWords } from '../../k8s/schema/path.ts';
import { isPlaceholder } from '../../k8s/schema/placeholder.ts';
import { concernsSecurity, nodeOf } from './_schema.ts';

export default defineRule({
  id: 'schema-enum-invalid',
  title: 'Word that the API does not accept here',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  supersedes: ['seccomp-unconfined', 'netpol-invalid-field', 'csr-invalid-or-excessive'],
  on: 'resource',
  messages: {
    word: '{path} is "{value}", which is none of {words}',
    misspelt: '{path} is "{value}", did you mean "{near}"',
    secret: 'type is "{value}", which is no type that Kubernetes knows, did you mean "{near}"',
  },
  check(resource, context) {
    for (const fault of faultsOf(resource, context.minor)) {
      if (fault.is !== 'word') continue;
      const node = nodeOf(resource, fault);
      const value = node.string ?? '';
      const path = pathInWords(fault.path);
      const severity = concernsSecurity(fault.path) ? 'high' : 'medium';
      const near = didYouMean(value, fault.words);
      if (near === undefined) {
        context.report(node, 'word', { data: { path, value, words: listWords(fault.words) }, severity });
        continue;
      }
      context.report(node, 'misspelt', {
        data: { path, value, near },
        severity,
        ...(near.toLowerCase() === value.toLowerCase()
          ? { fix: { title: `Write ${near}`, safety: 'safe', changes: [{ op: 'set', path: node.steps, value: near }] } }
          : {}),
      });
    }
    if (resource.groupKind !== 'Secret') return;
    const type = resource.root.get('type');
    const value = type.string;
    if (value === undefined || SECRET_TYPES.includes(value) || isPlaceholder(value)) return;
    const near = didYouMean(value, SECRET_TYPES);
    if (near !== undefined) context.report(type, 'secret', { data: { value, near }, severity: 'high' });
  },
  docs: {
    why: 'The API compares letter by letter: `imagePullPolicy: always`, `policyTypes: [ingress]`, `type: runtimeDefault` are refused, and an object that was already there keeps its old, weaker form. A Secret type is free text, so a slip in it is accepted and none of the checks for that type happen.',
    fix: 'Write one of the words that the API knows; upper and lower case count.',
    frameworks: {},
    references: ['https://kubernetes.io/docs/reference/kubernetes-api/'],
    examples: {
      bad: [
        {
          title: 'Upper and lower case',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  restartPolicy: always # finding: misspelt
  securityContext:
    seccompProfile:
      type: runtimeDefault # finding: misspelt
  containers:
    - name: web
      image: registry.example.com/web:1
      imagePullPolicy: Sometimes # finding: word
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny
spec:
  podSelector: {}
  policyTypes:
    - ingress # finding: misspelt
`,
        },
        {
          title: 'A Secret type with a slip in it',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata:
  name: token
type: kubernetes.io/service-account-tokens # finding: secret
`,
        },
      ],
      good: [
        {
          title: 'Words of the API, and a Secret type of one’s own',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  restartPolicy: Always
  securityContext:
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: web
      image: registry.example.com/web:1
      imagePullPolicy: "\${PULL_POLICY}"
---
apiVersion: v1
kind: Secret
metadata:
  name: release
type: helm.sh/release.v1
`,
        },
      ],
    },
  },
});

/** Long lists (signals, key usages) are cut. */
function listWords(words: readonly string[]): string {
  const shown = words.slice(0, 8).map((word) => `"${word}"`);
  if (words.length > 8) return `${shown.join(', ')} and ${words.length - 8} more`;
  return shown.length === 1 ? shown[0]! : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

const SECRET_TYPES: readonly string[] = [
  'Opaque',
  'kubernetes.io/service-account-token',
  'kubernetes.io/dockercfg',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/basic-auth',
  'kubernetes.io/ssh-auth',
  'kubernetes.io/tls',
  'bootstrap.kubernetes.io/token',
];
