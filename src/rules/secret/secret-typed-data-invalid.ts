import { type SecretEntry, secretTypesFact } from '../../engine/facts/secret-types.ts';
import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';

export default defineRule({
  id: 'secret-typed-data-invalid',
  title: 'Typed Secret with missing or malformed data',
  category: 'secret',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  facts: [secretTypesFact],
  options: {
    defaults: { today: '' },
    schema: { type: 'object', properties: { today: { type: 'string' } }, additionalProperties: false },
  },
  messages: {
    fault: 'Secret "{name}": {reason}',
    missing: 'image pull Secret "{name}" is not defined',
    type: 'image pull Secret "{name}" is of type {type}, which holds no registry login',
  },
  check(project, ctx) {
    const { secrets, pullSecrets } = project.fact(secretTypesFact);
    const byName = new Map<string, SecretEntry>();
    const namespaces = new Set<string>();
    for (const secret of secrets) {
      byName.set(`${secret.namespace}/${secret.name}`, secret);
      namespaces.add(secret.namespace);
      for (const fault of secret.faults) {
        const { today } = ctx.options;
        if (fault.expires !== undefined && (today === '' || fault.expires >= today)) continue;
        ctx.report(secret.resource.root.at(fault.at), 'fault', {
          data: { name: secret.name, reason: fault.reason },
          ...(fault.severity === undefined ? {} : { severity: fault.severity }),
          ...(fault.atKey === true ? { atKey: true } : {}),
          ...(fault.strict === true ? { preset: 'strict' } : {}),
        });
      }
    }
    const missing = new Set<string>();
    for (const { resource, namespace, names, path } of pullSecrets) {
      for (const [index, name] of names.entries()) {
        if (name === '' || isUnresolved(name)) continue;
        const key = `${namespace}/${name}`;
        const secret = byName.get(key);
        if (secret === undefined) {
          // What is missing is said once.
          if (!namespaces.has(namespace) || missing.has(key)) continue;
          missing.add(key);
          ctx.report(resource.root.at([...path, index, 'name']), 'missing', { data: { name }, preset: 'strict' });
        } else if (secret.type !== 'kubernetes.io/dockerconfigjson' && secret.type !== 'kubernetes.io/dockercfg') {
          ctx.report(resource.root.at([...path, index, 'name']), 'type', {
            data: { name, type: secret.type },
            related: [{ at: secret.resource, message: 'defined here' }],
          });
        }
      }
    }
  },
  docs: {
    why: 'The API server checks a few of these and refuses the Secret; of the others the program notices when it starts, or the registry when the image is pulled.',
    fix: 'Write clear text under `stringData` and let the API server encode it. `kubectl create secret tls`, `docker-registry` and `generic` make the right shape.',
    frameworks: { nsa: ['N7'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/configuration/secret/#secret-types'],
    limits:
      'Whether a certificate has expired is looked at only where option `today` gives a date (2026-12-31): the report depends on the input alone.',
    examples: {
      bad: [
        {
          title: 'no base64',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s, namespace: a }
data:
  password: tr0ub4dor&3 # finding: fault`,
        },
        {
          title: 'a certificate without its key',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: # finding: fault { name: s, namespace: a }
type: kubernetes.io/tls
data: # finding: fault
  tls.crt: aGVsbG8=`,
        },
        {
          title: 'a registry without TLS',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s }
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: '{"auths": {"http://registry.example.com": {"auth": "Y2hhbmdlbWU="}}}' # finding: fault`,
        },
        {
          title: 'encoded twice',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s }
data:
  password: ZEhJd2RXSTBaRzl5SmpNdFduZzU= # finding: fault`,
        },
        {
          title: 'the wrong Secret for a registry',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s, namespace: a }
---
apiVersion: v1
kind: Pod
metadata: { name: p, namespace: a }
spec:
  imagePullSecrets:
    - name: s # finding: type
  containers: [{ name: c, image: nginx }]`,
        },
      ],
      good: [
        {
          title: 'filled in later',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s, namespace: a }
type: kubernetes.io/basic-auth
stringData: { username: "\${U}", password: "\${P}" }`,
        },
        {
          title: 'a controller fills it',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s, namespace: a }
type: Opaque`,
        },
        {
          title: 'a template in base64 data',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s }
data: { password: "{{ .Values.password | b64enc }}" }`,
        },
      ],
    },
  },
});
