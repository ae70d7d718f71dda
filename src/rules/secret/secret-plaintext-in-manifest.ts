import { defineRule } from '../../engine/rule.ts';
import { decodeBase64, printable } from '../../k8s/identity/base64.ts';
import { credentialInField, findCredential, isPlaceholder } from '../../k8s/secret-patterns.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'secret-plaintext-in-manifest',
  title: 'Secret with real values in the repository',
  category: 'secret',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['Secret', 'Kustomization.kustomize.config.k8s.io', 'Component.kustomize.config.k8s.io'],
  options: {
    defaults: { allowPaths: [] as readonly string[] },
    schema: {
      type: 'object',
      properties: { allowPaths: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  messages: {
    encoded: 'Secret "{name}" holds a {kind} in clear under "{key}"{more}: base64 is not encryption',
    plain: 'Secret "{name}" holds a {kind} in clear under "{key}"{more}',
    generator: 'secretGenerator "{name}" holds a {kind} in clear under "{key}"{more}',
  },
  check(resource, ctx) {
    const found = resource.groupKind === 'Secret' ? inSecret(resource.root) : inGenerators(resource.root);
    const [worst, ...others] = [...found].sort((one, other) => Number(other.strong) - Number(one.strong));
    if (worst === undefined) return;
    const allowed = ctx.options.allowPaths.some((part) => resource.head.file.includes(part));
    const severity = allowed ? 'low' : worst.strong ? 'high' : 'medium';
    const related = others
      .slice(0, 3)
      .map(({ node, key, kind }) => ({ at: node, message: `"${key}" holds a ${kind}` }));
    const data = {
      name: resource.head.name,
      key: worst.key,
      kind: worst.kind,
      more: others.length === 0 ? '' : ` and ${others.length} more`,
    };
    const message = resource.groupKind === 'Secret' ? (worst.encoded ? 'encoded' : 'plain') : 'generator';
    ctx.report(worst.node, message, { data, severity, related });
  },
  docs: {
    why: 'What is in the repository is in every clone, every fork and the history, readable by everybody who builds or reviews. Deleting it later does not take it back.',
    fix: 'Rotate the value. Then commit it encrypted (SealedSecret, SOPS) or have it fetched in the cluster (ExternalSecret, Secrets Store CSI).',
    frameworks: { cis: ['5.4.2'], nsa: ['N7'], mitre: ['T1552.001'] },
    equivalents: { checkov: ['CKV_K8S_35'], kubescape: ['C-0012', 'C-0208'], trivy: ['secret scanner'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/secrets-good-practices/'],
    limits: 'Values are never printed. Files that generators read (`files`, `envs`) are not opened.',
    examples: {
      bad: [
        {
          title: 'a password',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s, namespace: a }
type: Opaque
stringData:
  username: jane
  password: "tr0ub4dor&3-Zx9" # finding: plain`,
        },
        {
          title: 'a password in base64',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s, namespace: a }
data:
  password: dHIwdWI0ZG9yJjMtWng5 # finding: encoded`,
        },
        {
          title: 'a login without telling names',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s }
type: kubernetes.io/basic-auth
stringData:
  username: jane
  password: hunter2 # finding: plain`,
        },
        {
          title: 'a kustomization',
          in: 'manifests',
          yaml: `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
secretGenerator:
  - name: db
    literals:
      - password=tr0ub4dor&3-Zx9 # finding: generator`,
        },
      ],
      good: [
        {
          title: 'filled in later',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s, namespace: a }
type: Opaque
stringData: { password: "\${DB_PASSWORD}", token: changeme, key: <key> }`,
        },
        {
          title: 'encrypted',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s }
stringData: { password: "ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]" }
sops: { version: 3.9.0 }`,
        },
        {
          title: 'nothing of worth',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s }
stringData: { username: jane, host: db.example.com, port: "5432", tls: "true" }`,
        },
      ],
    },
  },
});

interface Found {
  readonly node: AnyNode;
  readonly key: string;
  /** `password`, `private key`, `value`. */
  readonly kind: string;
  /** Has the form or the name of a credential. */
  readonly strong: boolean;
  readonly encoded: boolean;
}

function inSecret(root: AnyNode): readonly Found[] {
  // sops leaves the object as it is and encrypts its values.
  if (root.get('sops').present) return [];
  const type: string = root.get('type').string ?? '';
  // Tokens have a rule of their own.
  if (type === 'kubernetes.io/service-account-token' || type === 'bootstrap.kubernetes.io/token') return [];
  const found: Found[] = [];
  const stringData: AnyNode = root.get('stringData');
  for (const field of ['data', 'stringData'] as const) {
    for (const [key, node] of root.get(field).entries() as readonly (readonly [string, AnyNode])[]) {
      const written = node.string;
      if (written === undefined || written === '') continue;
      // stringData is written over data.
      if (field === 'data' && stringData.get(key).present) continue;
      const judged = judge(key, written, field === 'data', type);
      if (judged !== undefined) found.push({ ...judged, node, key, encoded: field === 'data' });
    }
  }
  return found;
}

function inGenerators(root: AnyNode): readonly Found[] {
  const found: Found[] = [];
  for (const generator of root.get('secretGenerator').items() as readonly AnyNode[]) {
    for (const node of generator.get('literals').items() as readonly AnyNode[]) {
      const literal: string = node.string ?? '';
      const equals = literal.indexOf('=');
      if (equals === -1) continue;
      const key = literal.slice(0, equals);
      const judged = judge(key, literal.slice(equals + 1).replace(/^(["'])(.*)\1$/s, '$2'), false, '');
      if (judged !== undefined) found.push({ ...judged, node, key, encoded: false });
    }
  }
  return found;
}

function judge(
  key: string,
  written: string,
  encoded: boolean,
  type: string,
): Pick<Found, 'kind' | 'strong'> | undefined {
  if (isPlaceholder(written) || isEncrypted(written)) return undefined;
  const bytes = encoded ? decodeBase64(written) : undefined;
  // What is no base64 is the matter of secret-typed-data-invalid.
  if (encoded && bytes === undefined) return undefined;
  const text = bytes === undefined ? written : printable(bytes);
  if (text === undefined) return { kind: 'binary value', strong: false };
  if (text.trim() === '' || isPlaceholder(text) || isEncrypted(text) || isPublic(key, text)) return undefined;
  const form = findCredential(text);
  if (form !== undefined && form.confidence !== 'low') return { kind: form.kind, strong: true };
  if (STRONG_KEYS[type] === key) return { kind: key === 'password' ? 'password' : 'private key', strong: true };
  const named = credentialInField(key, text);
  if (named !== undefined) return { kind: named.kind, strong: named.isDefault !== true && text.length >= 8 };
  return isHarmless(key, text) ? undefined : { kind: 'value', strong: false };
}

const STRONG_KEYS: Readonly<Record<string, string>> = {
  'kubernetes.io/basic-auth': 'password',
  'kubernetes.io/ssh-auth': 'ssh-privatekey',
  'kubernetes.io/tls': 'tls.key',
};

/** sops, sealed secrets, ansible-vault, git-crypt. */
function isEncrypted(text: string): boolean {
  return /^(?:ENC\[|Ag[AB][A-Za-z0-9+/]{60,}|\$ANSIBLE_VAULT;|\0GITCRYPT|AGE ENCRYPTED|-----BEGIN (?:AGE ENCRYPTED FILE|PGP MESSAGE)-----)/.test(
    text,
  );
}

/** What everybody may know: certificates, public keys, known hosts. */
function isPublic(key: string, text: string): boolean {
  if (/PRIVATE KEY/.test(text)) return false;
  return (
    /-----BEGIN (?:CERTIFICATE|TRUSTED CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|X509 CRL|DH PARAMETERS|CERTIFICATE REQUEST)-----/.test(
      text,
    ) ||
    /^(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+) /.test(text) ||
    /^(?:ca|tls|ca-bundle|root-cert|cert|client)\.(?:crt|pem|cert)$|^known_hosts$|\.pub$/.test(key)
  );
}

const HARMLESS_KEYS =
  /(?:^|[-_.])(?:user|username|login|host|hostname|port|server|servers|database|db|dbname|namespace|region|bucket|endpoint|url|uri|email|address|domain|name|type|provider|version|enabled|mode|level|client[-_.]?id|tenant[-_.]?id|account[-_.]?id|project[-_.]?id)$/i;

/** Settings that happen to be kept in a Secret. */
function isHarmless(key: string, text: string): boolean {
  const value = text.trim();
  return (
    HARMLESS_KEYS.test(key) ||
    /^(?:true|false|\d{1,6})$/i.test(value) ||
    /^\/[\w./-]*$/.test(value) ||
    /^[a-z][a-z0-9+.-]*:\/\/[^\s:@]+(?::\d+)?(?:\/\S*)?$/i.test(value)
  );
}
