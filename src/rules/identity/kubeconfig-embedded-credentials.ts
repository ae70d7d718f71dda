import type { Severity } from '../../engine/finding.ts';
import { defineRule } from '../../engine/rule.ts';
import { decodeBase64, printable } from '../../k8s/identity/base64.ts';
import { describeCertificate, inspectCertificate } from '../../k8s/identity/inspect.lazy.ts';
import { isPlaceholder } from '../../k8s/secret-patterns.ts';
import { SourceFile } from '../../text/source-file.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { parse } from '../../yaml/parse.ts';
import { isList, isMap, type Value } from '../../yaml/value.ts';

export default defineRule({
  id: 'kubeconfig-embedded-credentials',
  title: 'kubeconfig with credentials inside',
  category: 'identity',
  severity: 'critical',
  preset: 'recommended',
  on: 'resource',
  kinds: ['Config', 'Secret'],
  supersedes: ['secret-plaintext-in-manifest'],
  messages: {
    inside: 'kubeconfig: user "{name}" carries its {field}{subject}: whoever reads the file is that user',
    secret: 'key "{key}" is a kubeconfig with its {field}{subject}: whoever reads the file is that user',
  },
  check(resource, ctx) {
    if (resource.groupKind === 'Config') {
      const { root } = resource;
      for (const entry of root.at(['users']).items() as readonly AnyNode[]) {
        const user: AnyNode = entry.get('user');
        const found = credentialOf(user.raw);
        if (found === undefined) continue;
        ctx.report(user.at(found.path), 'inside', {
          data: { name: entry.get('name').string ?? '', field: found.path.join('.'), subject: found.subject },
          severity: found.severity,
        });
      }
      return;
    }
    for (const field of ['data', 'stringData'] as const) {
      for (const [key, value] of resource.root.at([field]).entries()) {
        const text = textOf(value.string, field === 'data');
        if (text === undefined || !text.includes('clusters') || !text.includes('users')) continue;
        for (const { value: config } of parse(new SourceFile(key, text))) {
          const users = isMap(config) && config['kind'] === 'Config' ? config['users'] : undefined;
          const found = (isList(users) ? users : [])
            .map((user) => credentialOf(isMap(user) ? user['user'] : undefined))
            .find((each) => each !== undefined);
          if (found === undefined) continue;
          ctx.report(value, 'secret', {
            data: { key, field: found.path.join('.'), subject: found.subject },
            severity: found.severity,
          });
          break;
        }
      }
    }
  },
  docs: {
    why: 'A key, a token or a password in a kubeconfig is the login itself. In a repository it is in every clone and in the history, and a certificate cannot be revoked.',
    fix: 'Rotate the credential, then use an exec helper, OIDC, or a file outside the repository (`client-key`, `tokenFile`). In a cluster, mount a service account token instead.',
    frameworks: { cis: ['3.1.1', '3.1.2'], nsa: ['A1', 'N7'], mitre: ['T1552.001', 'T1078'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/concepts/security/hardening-guide/authentication-mechanisms/',
      'https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/',
    ],
    limits: 'Bindings of the user are not looked at: what the credential is worth is read from the certificate alone.',
    examples: {
      bad: [
        {
          title: 'a token',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Config
clusters: []
users:
  - name: u
    user:
      token: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln # finding: inside`,
        },
        {
          title: 'a password in a Secret',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s }
stringData:
  value: | # finding: secret
    apiVersion: v1
    kind: Config
    clusters: []
    users:
      - name: u
        user: { username: admin, password: "tr0ub4dor&3" }`,
        },
      ],
      good: [
        {
          title: 'a helper',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Config
clusters: []
users:
  - name: u
    user:
      exec: { apiVersion: client.authentication.k8s.io/v1, command: kubelogin, interactiveMode: IfAvailable }`,
        },
        {
          title: 'placeholders',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Config
clusters: []
users:
  - name: u
    user:
      token: REPLACE_ME
      client-key-data: <key>`,
        },
        {
          title: 'files elsewhere',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Config
clusters: []
users:
  - name: u
    user: { client-certificate: u.crt, client-key: u.key }`,
        },
      ],
    },
  },
});

interface Found {
  readonly path: readonly string[];
  readonly severity: Severity;
  /** ` (CN=jane, O=devs, valid until 2027-01-01)`, or nothing. */
  readonly subject: string;
}

/** The first credential of a user entry that is really there. */
function credentialOf(user: Value | undefined): Found | undefined {
  if (!isMap(user)) return undefined;
  const certificate = certificateOf(user['client-certificate-data']);
  const subject = certificate === undefined ? '' : ` (${certificate})`;
  if (isReal(user['client-key-data'])) {
    const severity = certificate !== undefined && STRONG.test(certificate) ? 'critical' : 'high';
    return { path: ['client-key-data'], severity, subject };
  }
  for (const field of ['token', 'password']) {
    if (isReal(user[field])) return { path: [field], severity: 'critical', subject };
  }
  const provider = user['auth-provider'];
  const config = isMap(provider) ? provider['config'] : undefined;
  if (!isMap(config)) return undefined;
  for (const field of ['id-token', 'refresh-token', 'access-token', 'client-secret']) {
    if (isReal(config[field])) return { path: ['auth-provider', 'config', field], severity: 'high', subject };
  }
  return undefined;
}

const STRONG = /O=system:masters|CN=(?:kubernetes-admin|system:admin)/;

function isReal(value: Value | undefined): boolean {
  return (
    typeof value === 'string' &&
    !isPlaceholder(value) &&
    !/^(?:REDACTED|DATA\+OMITTED)$/.test(value) &&
    !value.startsWith('ENC[')
  );
}

function certificateOf(value: Value | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  const bytes = decodeBase64(value);
  const text = bytes === undefined ? undefined : printable(bytes);
  const certificate = text === undefined ? undefined : inspectCertificate(text);
  return certificate === undefined ? undefined : describeCertificate(certificate);
}

function textOf(value: string | undefined, encoded: boolean): string | undefined {
  if (value === undefined || value.length < 40) return undefined;
  if (!encoded) return value;
  // "apiVersion", "kind" or "clusters" may begin it; looking for less than all of it would miss some.
  const bytes = value.length > 262_144 ? undefined : decodeBase64(value);
  return bytes === undefined ? undefined : printable(bytes);
}
