import { defineRule } from '../../engine/rule.ts';
import { decodeBase64, entriesOf, keysOf } from '../../k8s/encryption/configuration.ts';
import { keyFault } from '../../k8s/encryption/validate.ts';
import { weaknessOf } from '../../k8s/encryption/weak-keys.ts';
import { ENCRYPTION_KINDS } from './_configuration.ts';

export default defineRule({
  id: 'encryption-known-key',
  title: 'Encryption key is published or can be guessed',
  category: 'encryption',
  severity: 'critical',
  preset: 'recommended',
  on: 'resource',
  kinds: ENCRYPTION_KINDS,
  supersedes: ['encryption-key-committed'],
  messages: {
    weak: 'key "{name}" protects nothing: it is {what}',
    same: 'keys "{name}" and "{other}" are the same key: changing from one to the other changes nothing',
  },
  check(resource, context) {
    const seen = new Map<string, string>();
    for (const key of keysOf(entriesOf(resource.root))) {
      const text = key.secret.string;
      const bytes = text === undefined ? undefined : decodeBase64(text);
      // What does not load is told by encryption-config-invalid; a sample is a sample at any length.
      if (text === undefined || bytes === undefined || bytes.length === 0) continue;
      const weakness = weaknessOf(bytes);
      if (weakness !== undefined && (weakness === 'sample' || keyFault(key) === undefined)) {
        const severity = weakness === 'printable' ? 'high' : 'critical';
        context.report(key.secret, 'weak', { data: { name: key.name, what: WORDS[weakness] }, severity });
        continue;
      }
      const material = text.replace(/\s/g, '');
      const other = seen.get(material);
      if (other === undefined) seen.set(material, key.name);
      else if (other !== key.name) {
        context.report(key.secret, 'same', { data: { name: key.name, other }, severity: 'medium' });
      }
    }
  },
  docs: {
    why: 'A key from a guide is in every copy of the guide, and text that someone typed is found by trying. Whoever has a backup of etcd then has its secrets.',
    fix: 'Make a random one: `head -c 32 /dev/urandom | base64`. Put it in front of the old key, write all secrets again, then drop the old one.',
    frameworks: { cis: ['1.2.28'], nsa: ['N7'], mitre: ['T1552.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#generate-key-no-kms'],
    limits: 'Keys are never part of a message.',
    examples: {
      bad: [
        {
          title: 'the key of the documentation',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - aescbc:
          keys:
            - name: key1
              secret: c2VjcmV0IGlzIHNlY3VyZQ== # finding: weak
            - name: key2
              secret: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= # finding: weak`,
        },
        {
          title: 'typed text, and one key under two names',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox:
          keys:
            - name: typed
              secret: bXkgdmVyeSBzZWNyZXQgcGFzc3BocmFzZSAxMjM0NSE= # finding: weak
            - name: old
              secret: u7mZ0kQ1cX5pTqfQ0dE2gk0yJ1bq6mN8vZr4s3WcHhY=
            - name: new
              secret: u7mZ0kQ1cX5pTqfQ0dE2gk0yJ1bq6mN8vZr4s3WcHhY= # finding: same`,
        },
      ],
      good: [
        {
          title: 'a random key',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox:
          keys:
            - name: key1
              secret: u7mZ0kQ1cX5pTqfQ0dE2gk0yJ1bq6mN8vZr4s3WcHhY=`,
        },
      ],
    },
  },
});

const WORDS = {
  sample: 'a sample of the documentation',
  repetitive: 'made of the same few bytes',
  printable: 'text that someone typed',
} as const;
