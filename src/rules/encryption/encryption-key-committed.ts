import { defineRule } from '../../engine/rule.ts';
import { isKnown } from '../../k8s/control-plane/flags.ts';
import { decodeBase64, entriesOf, keysOf } from '../../k8s/encryption/configuration.ts';
import { isSealed, keyFault } from '../../k8s/encryption/validate.ts';
import { ENCRYPTION_KINDS } from './_configuration.ts';

export default defineRule({
  id: 'encryption-key-committed',
  title: 'Encryption key stands in the file',
  category: 'encryption',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ENCRYPTION_KINDS,
  messages: { committed: 'key "{name}" decrypts what is stored in etcd, and stands in this file' },
  check(resource, context) {
    // On a node of the control plane the file is where it belongs.
    if (/(?:^|\/)etc\/kubernetes\//.test(resource.head.file)) return;
    for (const key of keysOf(entriesOf(resource.root))) {
      const text = key.secret.string;
      if (text === undefined || !isKnown(text) || isSealed(text) || keyFault(key) !== undefined) continue;
      if (decodeBase64(text) !== undefined) context.report(key.secret, 'committed', { data: { name: key.name } });
    }
  },
  docs: {
    why: 'Encryption at rest is for the case that someone gets the data and not the key. In a repository the key is in every clone, every fork and every backup of it.',
    fix: 'Make the key on the node when the cluster is set up, let SOPS or a sealing tool encrypt the file, or use KMS v2. A key that was committed has to be replaced.',
    frameworks: { cis: ['1.2.28'], nsa: ['N7'], mitre: ['T1552.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/'],
    limits: 'Keys are never part of a message. Files below `etc/kubernetes/` count as a node of the control plane.',
    examples: {
      bad: [
        {
          title: 'a usable key',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox:
          keys:
            - name: key1
              secret: u7mZ0kQ1cX5pTqfQ0dE2gk0yJ1bq6mN8vZr4s3WcHhY= # finding: committed`,
        },
      ],
      good: [
        {
          title: 'filled in later',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox:
          keys:
            - name: key1
              secret: \${ENCRYPTION_KEY}
            - name: key2
              secret: ENC[AES256_GCM,data:Zm9v,type:str]`,
        },
      ],
    },
  },
});
