import { defineRule } from '../../engine/rule.ts';
import { parseBool } from '../../k8s/control-plane/flags.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { effectiveEntry, entriesOf } from '../../k8s/encryption/configuration.ts';
import { componentsOf } from '../control-plane/_component.ts';
import { ENCRYPTION_KINDS } from './_configuration.ts';

export default defineRule({
  id: 'encryption-weak-provider',
  title: 'Secrets are written by a provider with known drawbacks',
  category: 'encryption',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  kinds: ENCRYPTION_KINDS,
  messages: {
    aesgcm: 'secrets are written with aesgcm, which is broken by using one key for more than 200000 writes',
    aescbc: 'secrets are written with aescbc, which does not authenticate what it encrypts (padding oracle)',
    local: 'secrets are written with a key that lies beside etcd: a KMS plugin keeps it elsewhere',
    kmsv1: 'KMS v1 is deprecated: write apiVersion v2',
    'kms-off':
      'KMS v1 is off from 1.29 on, so that kube-apiserver {minor} does not start: write apiVersion v2 or set feature gate KMSv1',
  },
  check(project, context) {
    for (const { root } of ENCRYPTION_KINDS.flatMap((kind) => project.ofKind(kind))) {
      const entry = effectiveEntry(entriesOf(root), 'secrets', '');
      for (const provider of entry?.providers ?? []) {
        const version = provider.name === 'kms' ? provider.node.get('kms').get('apiVersion') : undefined;
        if (version === undefined || (version.present && version.string !== 'v1')) continue;
        const servers = componentsOf(project, 'kube-apiserver');
        const minor = servers[0]?.minor ?? context.minor;
        const gates = servers.flatMap((view) => view.words('feature-gates'));
        const on = gates.some(
          ({ text }) => text.startsWith('KMSv1=') && parseBool(text.slice('KMSv1='.length)) === true,
        );
        // Without an API server in the input the gate may be set elsewhere.
        if (minor >= 29 && servers.length > 0 && !on) {
          context.report(version, 'kms-off', { data: { minor: `1.${minor}` }, severity: 'high' });
        } else if (minor >= 28) context.report(version, 'kmsv1', { preset: 'strict' });
      }
      const writer = entry?.providers[0];
      const node = writer?.name === undefined ? undefined : writer.node.get(writer.name);
      if (node === undefined) continue;
      if (writer?.name === 'aesgcm')
        context.report(node, 'aesgcm', { atKey: true, severity: 'medium', preset: 'strict' });
      else if (writer?.name === 'aescbc') context.report(node, 'aescbc', { atKey: true, preset: 'strict' });
      else if (writer?.name === 'secretbox')
        context.report(node, 'local', { atKey: true, severity: 'info', preset: 'all' });
    }
  },
  facts: [controlPlane],
  docs: {
    why: 'A local key lies in a file beside the data that it encrypts: whoever gets the node gets both. Of the local ciphers aesgcm must change its key often, which nobody does by hand, and aescbc does not notice changed data.',
    fix: 'Use KMS v2; without a KMS, `secretbox`.',
    frameworks: { cis: ['1.2.28'], nsa: ['N7'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#providers',
      'https://kubernetes.io/docs/tasks/administer-cluster/kms-provider/',
    ],
    examples: {
      bad: [
        {
          title: 'aesgcm',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - aesgcm: # finding: aesgcm
          keys: [{name: key1, secret: "{{ key }}"}]`,
        },
        {
          title: 'aescbc',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - aescbc: # finding: aescbc
          keys: [{name: key1, secret: "{{ key }}"}]`,
        },
        {
          title: 'a local key of any kind, and KMS v1',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox: # finding: local
          keys: [{name: key1, secret: "{{ key }}"}]
      - kms:
          apiVersion: v1 # finding: kmsv1
          name: vault
          endpoint: unix:///run/kms/vault.sock`,
        },
        {
          title: 'KMS v1 where it is off',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - kms: # finding: kms-off
          name: vault
          endpoint: unix:///run/kms/vault.sock
---
apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  namespace: kube-system
spec:
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.31.0
      command: [kube-apiserver]`,
        },
      ],
      good: [
        {
          title: 'KMS v2',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - kms:
          apiVersion: v2
          name: vault
          endpoint: unix:///run/kms/vault.sock`,
        },
      ],
    },
  },
});
