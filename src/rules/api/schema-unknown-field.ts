import { defineRule } from '../../engine/rule.ts';
import { didYouMean } from '../../k8s/schema/did-you-mean.ts';
import { faultsOf } from '../../k8s/schema/faults.ts';
import { isSecurityField } from '../../k8s/schema/security-fields.ts';
import { explainUnknown } from '../../k8s/schema/unknown.lazy.ts';
import { nodeOf, typeName } from './_schema.ts';

export default defineRule({
  id: 'schema-unknown-field',
  title: 'Field that the API does not have',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  supersedes: ['netpol-invalid-field', 'netpol-empty-or-null-peer'],
  on: 'resource',
  messages: {
    unknown: '"{key}" is not a field of {type}: strict validation refuses it, everything else drops it',
    misspelt: '"{key}" is not a field of {type}, did you mean "{near}": as it is, the setting is refused or dropped',
    later: '"{key}" is a field of {type} from Kubernetes {since} on: {version} refuses or drops it',
    earlier: '"{key}" was a field of {type} up to Kubernetes {until}: {version} refuses or drops it',
  },
  check(resource, context) {
    for (const fault of faultsOf(resource, context.minor)) {
      if (fault.is !== 'unknown') continue;
      const { key } = fault;
      const explanation = explainUnknown(fault, resource.root.raw!, context.minor);
      const { definition } = fault.within.at(-1)!;
      const type = typeName(definition);
      const node = nodeOf(resource, fault);
      switch (explanation.is) {
        case 'misspelt': {
          const { near } = explanation;
          const safe = didYouMean(key, [near], 1) !== undefined && !node.parent!.get(near).written;
          context.report(node, 'misspelt', {
            data: { key, type, near },
            severity: isSecurityField(near) ? 'high' : 'medium',
            atKey: true,
            ...(safe
              ? {
                  fix: {
                    title: `Rename to ${near}`,
                    safety: 'safe',
                    changes: [{ op: 'rename', path: node.steps, key: near }],
                  },
                }
              : {}),
          });
          break;
        }
        case 'other-release': {
          const { since, until } = explanation.releases;
          const { version } = context;
          if (since !== undefined && context.minor < since) {
            context.report(node, 'later', { data: { key, type, since: `1.${since}`, version }, atKey: true });
          } else {
            context.report(node, 'earlier', { data: { key, type, until: `1.${until}`, version }, atKey: true });
          }
          break;
        }
        case 'unknown':
          context.report(node, 'unknown', {
            data: { key, type },
            severity: isSecurityField(key) ? 'high' : 'medium',
            atKey: true,
          });
          break;
      }
    }
  },
  docs: {
    why: 'A field that the API does not have never takes effect. `kubectl apply` refuses it since Kubernetes 1.27, but Helm, many GitOps controllers, `--validate=false` and server-side warnings let it through and the API server drops it: the manifest says `runAsNonroot: true` and the container runs as root.',
    fix: 'Write the field as the API spells it. Upper and lower case count.',
    frameworks: { unmapped: 'control catalogs ask for settings, not whether they arrive' },
    references: ['https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation'],
    limits:
      'Kinds that are not Kubernetes’ own are held to their CustomResourceDefinition by `schema-custom-resource`. Directives of strategic merge patches (`$patch`, `$retainKeys`) are not reported.',
    examples: {
      bad: [
        {
          title: 'Misspelt security settings',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      securityContext:
        runAsNonroot: true # finding: misspelt
        readonlyRootFilesystem: true # finding: misspelt
    - name: sidecar
      image: registry.example.com/sidecar:1
      securityContex: # finding: misspelt
        privileged: false
`,
        },
        {
          title: 'A field of another release',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny
spec:
  podSelector: {}
status: {} # finding: earlier
`,
        },
        {
          title: 'A word that is no field anywhere',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
contents: # finding: unknown
  a: b
`,
        },
      ],
      good: [
        {
          title: 'The spelling of the API',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      securityContext:
        runAsNonRoot: true
        readOnlyRootFilesystem: true
`,
        },
        {
          title: 'A kind that Kubernetes does not know',
          in: 'manifests',
          yaml: `apiVersion: example.com/v1
kind: Widget
metadata:
  name: shop
anything: goes
`,
        },
      ],
    },
  },
});
