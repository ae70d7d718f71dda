import { defineRule } from '../../engine/rule.ts';
import { type Credential, credentialInField, credentialSettingsOf, findCredential } from '../../k8s/secret-patterns.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { describe, partOf } from './_hint.ts';

export default defineRule({
  id: 'secret-in-configmap',
  title: 'Secret in a ConfigMap',
  category: 'secret',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['ConfigMap'],
  messages: { found: 'ConfigMap "{name}" key "{key}"{line} holds a {what}: ConfigMaps are not confidential' },
  check(configMap, context) {
    const { name } = configMap.head;
    // Every namespace gets this one; it holds the public certificate of the cluster.
    if (name === 'kube-root-ca.crt') return;
    for (const [key, node] of configMap.root.get('data').entries() as readonly (readonly [string, AnyNode])[]) {
      const text = node.string;
      if (text === undefined || text === '') continue;
      const found = findCredential(text);
      if (found !== undefined) report(key, node, text, found, lineOf(text, found.start));
      else for (const each of inSettings(key, text)) report(key, node, text, each.found, each.line);
    }
    for (const [key, node] of configMap.root.get('binaryData').entries() as readonly (readonly [string, AnyNode])[]) {
      if (node.string !== undefined && holdsPrivateKey(node.string)) {
        context.report(node, 'found', { data: { name, key, line: '', what: 'private key' } });
      }
    }

    function report(key: string, node: AnyNode, text: string, found: Credential, line: number): void {
      context.report(node, 'found', {
        data: { name, key, line: line > 0 && text.includes('\n') ? ` line ${line}` : '', what: describe(found, text) },
        severity: found.isDefault === true ? 'medium' : found.confidence,
        ...partOf(node, found.start, found.end),
      });
    }
  },
  docs: {
    why: 'Most users of a namespace may read its ConfigMaps, they are not encrypted at rest, and they are printed and copied without a second thought.',
    fix: 'Change the secret, since it is known now, and keep it in a Secret or a store outside. Programs that need it in a configuration file can have it put there by an init container, or read a file that is mounted beside it.',
    frameworks: { cis: ['5.4.2'], nsa: ['N7'], mitre: ['T1552.001'] },
    equivalents: { trivy: ['KSV-0109', 'KSV-01010'], kubescape: ['C-0012'], polaris: ['sensitiveConfigmapContent'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/concepts/configuration/configmap/',
      'https://kubernetes.io/docs/concepts/security/secrets-good-practices/',
    ],
    limits:
      'Of one file at most five settings are named. Lines of more than 4,096 characters are searched for known forms of credentials only.',
    examples: {
      bad: [
        {
          title: 'a setting of a file',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  app.properties: |\n    server.port=8080\n    db.password=hunter2hunter # finding',
        },
        {
          title: 'a key of its own',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  DB_PASSWORD: hunter2hunter # finding',
        },
        {
          title: 'a login in a URL',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  config.json: |\n    { "url": "amqp://app:Tr0ub4dor@mq:5672" } # finding',
        },
      ],
      good: [
        {
          title: 'settings that are none',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  app.properties: |\n    # db.password=hunter2hunter\n    password.file=/run/secrets/db\n    password.min.length=12\n    db.password=${DB_PASSWORD}\n  secretName: web-tls\n  token.ttl: 3600s',
        },
        {
          title: 'a certificate',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ca\ndata:\n  ca.crt: |\n    -----BEGIN CERTIFICATE-----\n    MIIBszCCAVmgAwIBAgIUbT7\n    -----END CERTIFICATE-----',
        },
      ],
    },
  },
});

/** More of them in one file say nothing new. */
const MOST_SETTINGS = 5;

/** Credentials that are known by the name of a setting, or by that of the key itself. */
function inSettings(key: string, text: string): readonly { readonly found: Credential; readonly line: number }[] {
  if (!text.trimEnd().includes('\n')) {
    const found = credentialInField(key, text);
    if (found !== undefined) return [{ found, line: 0 }];
  }
  if (isProse(key, text)) return [];
  const all: { readonly found: Credential; readonly line: number }[] = [];
  for (const { name, value, start, line } of credentialSettingsOf(text)) {
    const found = credentialInField(name, value);
    if (found === undefined) continue;
    all.push({ found: { ...found, start: start + found.start, end: start + found.end }, line });
    if (all.length === MOST_SETTINGS) break;
  }
  return all;
}

/** Dashboards, programs and texts speak about passwords without holding any. */
function isProse(key: string, text: string): boolean {
  if (/\.(?:sh|bash|py|js|ts|lua|rb|pl|go|java|md|txt|html?|css|sql|tmpl|tpl|crt|pem|pub|rego)$/i.test(key))
    return true;
  if (/^#!/.test(text)) return true;
  return text.startsWith('{') && /"(?:panels|templating)"\s*:/.test(text);
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

function holdsPrivateKey(base64: string): boolean {
  // `-----BEGIN ` in Base64, whatever follows.
  if (!base64.startsWith('LS0tLS1CRUdJTi')) return false;
  try {
    return findCredential(atob(base64.slice(0, 8192).replace(/\s/g, '')))?.kind === 'private key';
  } catch {
    // What does not decode is refused by the API server.
    return false;
  }
}
