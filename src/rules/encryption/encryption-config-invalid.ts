import { defineRule } from '../../engine/rule.ts';
import { validateEncryption } from '../../k8s/encryption/validate.ts';
import { ENCRYPTION_KINDS } from './_configuration.ts';

export default defineRule({
  id: 'encryption-config-invalid',
  title: 'API server does not load the encryption configuration',
  category: 'encryption',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ENCRYPTION_KINDS,
  messages: {
    invalid: '{fault}: kube-apiserver does not start',
    kind: '{apiVersion} {kind} is not known to kube-apiserver: write apiserver.config.k8s.io/v1 EncryptionConfiguration',
    legacy: '{apiVersion} EncryptionConfig is the old name of apiserver.config.k8s.io/v1 EncryptionConfiguration',
  },
  check(resource, context) {
    const { root, head, groupKind } = resource;
    const apiVersion = head.group === '' ? head.version : `${head.group}/${head.version}`;
    if (groupKind === 'EncryptionConfig') {
      if (head.version !== 'v1') return;
      context.report(root.get('kind'), 'legacy', { data: { apiVersion }, severity: 'info', preset: 'strict' });
    } else if (head.version !== 'v1') {
      context.report(root.get('apiVersion'), 'kind', { data: { apiVersion, kind: head.kind } });
    }
    for (const { node, message, atKey } of validateEncryption(root)) {
      context.report(node, 'invalid', { data: { fault: message }, ...(atKey === true ? { atKey } : {}) });
    }
  },
  docs: {
    why: 'The file is decoded strictly and validated before anything else. A fault in it keeps the API server down; a change with a fault in a running server is ignored, and the rotation that it was for does not happen.',
    fix: 'Correct the field. A key is 32 random bytes in standard base64: `head -c 32 /dev/urandom | base64`; a provider without settings is written `identity: {}`.',
    frameworks: { cis: ['1.2.27'], nsa: ['N7'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/',
      'https://github.com/kubernetes/kubernetes/blob/v1.34.0/staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation_encryption.go',
    ],
    examples: {
      bad: [
        {
          title: 'a key with a line break in it, and a provider without a value',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - aescbc:
          keys:
            - name: key1
              secret: c2VjcmV0Cg== # finding: invalid
      - identity: # finding: invalid`,
        },
        {
          title: 'names that are refused',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources:
      - Secrets # finding: invalid
      - "*" # finding: invalid
      - events.events.k8s.io # finding: invalid
      - deployments.extensions # finding: invalid
    provider: [] # finding: invalid
    providers:
      - identity: {}
  - resources: ["*."]
    providers:
      - identity: {}
  - resources:
      - configmaps # finding: invalid
    providers: # finding: invalid`,
        },
        {
          title: 'a KMS plugin that cannot be reached',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - kms:
          apiVersion: v2
          name: vault:1 # finding: invalid
          endpoint: https://kms.example.com # finding: invalid
          timeout: 0s # finding: invalid
          cachesize: 100 # finding: invalid`,
        },
        {
          title: 'two providers in one element',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - aescbc: # finding: invalid
          keys: [{name: key1, secret: "{{ key }}"}]
        identity: {}`,
        },
        {
          title: 'the old name',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: EncryptionConfig # finding: legacy
resources:
  - resources: [secrets]
    providers:
      - secretbox:
          keys: [{name: key1, secret: "{{ key }}"}]`,
        },
      ],
      good: [
        {
          title: 'valid',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - kms:
          apiVersion: v2
          name: vault
          endpoint: unix:///run/kms/vault.sock
          timeout: 3s
      - identity: {}`,
        },
      ],
    },
  },
});
