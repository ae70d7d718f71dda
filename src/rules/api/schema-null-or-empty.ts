import { defineRule } from '../../engine/rule.ts';
import type { Resource } from '../../k8s/resource.ts';
import { faultsOf } from '../../k8s/schema/faults.ts';
import { pathInWords } from '../../k8s/schema/path.ts';
import { isSecurityField } from '../../k8s/schema/security-fields.ts';
import type { Fault } from '../../k8s/schema/walk.ts';
import { nodeOf } from './_schema.ts';

export default defineRule({
  id: 'schema-null-or-empty',
  title: 'Key with nothing behind it',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  messages: {
    null: '{path} has no value, so it is as if it were not written',
    empty: '{path} is empty, so it sets nothing',
  },
  check(resource, context) {
    for (const fault of faultsOf(resource, context.minor)) {
      if (fault.is !== 'null' && fault.is !== 'empty') continue;
      const node = nodeOf(resource, fault);
      const data = { path: pathInWords(fault.path) };
      if (fault.is === 'empty') {
        // Tools write `resources: {}` wherever a container is, and what is missing there has rules of its own.
        const preset = fault.path.at(-1) === 'resources' ? 'all' : 'strict';
        context.report(node, 'empty', { data, severity: 'low', preset, atKey: true });
      } else if (!isHarmless(fault, resource)) {
        const security = fault.path.some((step) => typeof step === 'string' && isSecurityField(step));
        if (security) context.report(node, 'null', { data, atKey: true });
        else context.report(node, 'null', { data, severity: 'low', preset: 'strict', atKey: true });
      }
    }
  },
  docs: {
    why: 'A key with nothing behind it is dropped by the API server, so the control that it names is not there. It is what is left when the lines under it are commented out or a template yields nothing, and it looks in review as if something were set.',
    fix: 'Write the value, or take the key away.',
    frameworks: {},
    references: ['https://kubernetes.io/docs/reference/using-api/api-concepts/'],
    limits:
      'Empty and null selectors, peers and ports of a NetworkPolicy mean something, and have rules of their own. `strict` adds null at keys that protect nothing, and `{}` or `[]` for security contexts and capabilities; `all` adds `resources: {}`.',
    examples: {
      bad: [
        {
          title: 'What commented-out lines leave behind',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  securityContext: # finding: null
    # runAsNonRoot: true
  nodeSelector: # finding: null
  containers:
    - name: web
      image: registry.example.com/web:1
      securityContext: {} # finding: empty
      resources:
        limits: # finding: null
    - name: sidecar
      image: registry.example.com/sidecar:1
      securityContext:
        capabilities:
          drop: [] # finding: empty
`,
        },
      ],
      good: [
        {
          title: 'Values, and null where it does no harm',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
  creationTimestamp: null
spec:
  securityContext:
    runAsNonRoot: true
  containers:
    - name: web
      image: registry.example.com/web:1
      env:
        - name: EMPTY
          value:
  volumes:
    - name: tmp
      emptyDir: {}
`,
        },
      ],
    },
  },
});

type NullFault = Extract<Fault, { is: 'null' }>;

/** What tools write, what is meant as an empty text, and what has a meaning that another rule looks at. */
function isHarmless({ path, within }: NullFault, resource: Resource): boolean {
  const key = path.at(-1);
  if (key === 'creationTimestamp' || path[0] === 'status') return true;
  const { definition } = within.at(-1)!;
  if (definition.name === 'core.v1.EnvVar' && key === 'value') return true;
  if (resource.groupKind === 'ConfigMap' || resource.groupKind === 'Secret') return path[0] !== 'immutable';
  // `emptyDir:` and the like choose by being there; without a value the API server takes an emptyDir for granted.
  if (definition.name === 'core.v1.Volume' && key === 'emptyDir') return true;
  return resource.groupKind === 'NetworkPolicy.networking.k8s.io' && path[0] === 'spec';
}
