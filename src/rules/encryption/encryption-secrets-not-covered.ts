import { defineRule } from '../../engine/rule.ts';
import { effectiveEntry, entriesOf } from '../../k8s/encryption/configuration.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { ENCRYPTION_KINDS } from './_configuration.ts';

export default defineRule({
  id: 'encryption-secrets-not-covered',
  title: 'Encryption configuration does not cover secrets',
  category: 'encryption',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ENCRYPTION_KINDS,
  messages: {
    uncovered: 'secrets are not encrypted: no entry lists them',
    misnamed: 'secrets are not encrypted: "{name}" is no resource, they are called "secrets"',
    later: 'this entry writes nothing: secrets are written by an earlier one, whose providers come first',
    configmaps: 'config maps are not encrypted: no entry lists them',
  },
  check(resource, context) {
    const entries = entriesOf(resource.root);
    const words = entries.flatMap(({ resources }) => resources);
    if (entries.length === 0 || words.some(({ text }) => isUnresolved(text))) return;
    const effective = effectiveEntry(entries, 'secrets', '');
    if (effective === undefined) {
      const misnamed = words.find(({ text }) => MISNAMED.test(text));
      if (misnamed === undefined) context.report(resource.root.get('resources'), 'uncovered');
      else context.report(misnamed.node, 'misnamed', { data: { name: misnamed.text } });
      return;
    }
    for (const entry of entries) {
      const again = entry === effective ? undefined : entry.resources.find(({ text }) => text === 'secrets');
      if (again === undefined) continue;
      const related = [{ at: effective.node, message: 'the entry that writes' }];
      context.report(again.node, 'later', { severity: 'medium', related });
    }
    if (effectiveEntry(entries, 'configmaps', '') === undefined) {
      context.report(resource.root.get('resources'), 'configmaps', { severity: 'low', preset: 'strict' });
    }
  },
  docs: {
    why: 'Only what is listed is encrypted, and a name that matches nothing is not an error. The file is there, the flag is set, and every secret stands in etcd in clear text.',
    fix: 'List `secrets` (lower case, plural, no group), or `*.` for everything in the core group, in one entry.',
    frameworks: { cis: ['1.2.28'], nsa: ['N7'], mitre: ['T1552.007'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/'],
    examples: {
      bad: [
        {
          title: 'something else',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources: # finding: uncovered
  - resources: [configmaps]
    providers:
      - aescbc:
          keys: [{name: key1, secret: "{{ key }}"}]`,
        },
        {
          title: 'the singular',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources:
      - secret # finding: misnamed
    providers:
      - aescbc:
          keys: [{name: key1, secret: "{{ key }}"}]`,
        },
        {
          title: 'twice',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources: # finding: configmaps
  - resources: [secrets]
    providers:
      - identity: {}
  - resources:
      - secrets # finding: later
    providers:
      - aescbc:
          keys: [{name: key1, secret: "{{ key }}"}]`,
        },
      ],
      good: [
        {
          title: 'listed',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets, configmaps]
    providers:
      - aescbc:
          keys: [{name: key1, secret: "{{ key }}"}]
      - identity: {}`,
        },
        {
          title: 'the whole core group',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: ["*."]
    providers:
      - aescbc:
          keys: [{name: key1, secret: "{{ key }}"}]
      - identity: {}`,
        },
      ],
    },
  },
});

const MISNAMED = /^(?:secret|secrets?\.(?:v1|core|k8s\.io)|(?:core|v1)\/secrets?)$/i;
