import { describe, expect, test } from 'vitest';
import { decodeBase64, effectiveEntry, entriesOf, parseGroupResource } from '../../src/k8s/encryption/configuration.ts';
import { validateEncryption } from '../../src/k8s/encryption/validate.ts';
import { weaknessOf } from '../../src/k8s/encryption/weak-keys.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import { parse } from '../../src/yaml/parse.ts';

const KEY = Buffer.alloc(32, 'k9#x').toString('base64');

function root(resources: unknown) {
  const value = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources };
  return parse(new SourceFile('enc.json', JSON.stringify(value)))[0]!.root;
}

/** Faults as `path: message`. */
function faults(resources: unknown): readonly string[] {
  return validateEncryption(root(resources)).map(({ node, message }) => `${node.path}: ${message}`);
}

function withProvider(provider: unknown): unknown {
  return [{ resources: ['secrets'], providers: [provider] }];
}

describe('which entry writes', () => {
  const identity = [{ identity: {} }];
  test.each([
    [[{ resources: ['configmaps'] }, { resources: ['secrets'] }, { resources: ['secrets'] }], 1],
    [[{ resources: ['*.'] }, { resources: ['secrets'] }], 1],
    [[{ resources: ['*.*'] }, { resources: ['*.'] }], 1],
    [[{ resources: ['*.*'] }], 0],
    [[{ resources: ['*.apps'] }, { resources: ['secrets.example.com'] }], undefined],
    [[{ resources: ['*'] }], undefined],
  ])('%j: %s', (entries, expected) => {
    const read = entriesOf(root(entries.map((entry) => ({ ...entry, providers: identity }))));
    const found = effectiveEntry(read, 'secrets', '');
    expect(found === undefined ? undefined : read.indexOf(found)).toBe(expected);
  });

  test('the group is what stands behind the first dot', () => {
    expect(['secrets', '*.', '*.*', 'ingresses.networking.k8s.io'].map(parseGroupResource)).toEqual([
      { resource: 'secrets', group: '' },
      { resource: '*', group: '' },
      { resource: '*', group: '*' },
      { resource: 'ingresses', group: 'networking.k8s.io' },
    ]);
  });
});

describe('what keeps the server from starting', () => {
  test('a valid file', () => {
    expect(
      faults([
        {
          resources: ['secrets', 'configmaps'],
          providers: [{ secretbox: { keys: [{ name: 'a', secret: KEY }] } }, { identity: {} }],
        },
        { resources: ['*.apps'], providers: [{ identity: {} }] },
        { resources: ['*.*'], providers: [{ kms: { apiVersion: 'v2', name: 'k', endpoint: 'unix:///a' } }] },
      ]),
    ).toEqual([]);
  });

  test('an empty secret', () => {
    expect(faults(withProvider({ aescbc: { keys: [{ name: 'a', secret: '' }] } }))).toEqual([
      'resources[0].providers[0].aescbc.keys[0].secret: key "a" has no secret',
    ]);
  });

  test.each([
    [
      'c2VjcmV0Cg==',
      'has 7 bytes, the last a line break that `echo -n` would have left out: aescbc takes 16, 24 or 32',
    ],
    ['a-_b', 'is no standard base64: it is in the alphabet for URLs'],
    ['c2VjcmV0C', 'is no standard base64'],
    [Buffer.alloc(20).toString('base64'), 'has 20 bytes: aescbc takes 16, 24 or 32'],
  ])('secret %s', (secret, why) => {
    expect(faults(withProvider({ aescbc: { keys: [{ name: 'a', secret }] } }))).toEqual([
      `resources[0].providers[0].aescbc.keys[0].secret: the secret of key "a" ${why}`,
    ]);
  });

  test('the messages never hold the key', () => {
    const secret = 'bm90IGEga2V5';
    const text = faults(withProvider({ secretbox: { keys: [{ name: 'a', secret }] } })).join('\n');
    expect(text.includes(secret) || text.includes('not a key')).toBe(false);
  });

  test('providers', () => {
    expect(
      faults([
        {
          resources: ['secrets'],
          providers: [{}, { identity: null }, { identity: {}, aesgcm: { keys: [] } }, { aesgcm: { keys: [] } }],
        },
      ]),
    ).toEqual([
      'resources[0].providers[0]: none of the providers aesgcm, aescbc, secretbox, kms, identity',
      'resources[0].providers[1].identity: provider "identity" has no value: write "identity: {}" where there is nothing to say',
      'resources[0].providers[2]: one element names 2 providers, aesgcm and identity: each is an element of its own',
      'resources[0].providers[3].aesgcm: aesgcm needs at least one key',
    ]);
  });

  test('resources that are masked by an earlier wildcard', () => {
    const providers = [{ identity: {} }];
    expect(
      faults([
        { resources: ['*.'], providers },
        { resources: ['secrets', 'deployments.apps'], providers },
        { resources: ['*.'], providers },
      ]),
    ).toEqual([
      'resources[1].resources[0]: "secrets" is masked by "*." of an earlier entry',
      'resources[2].resources[0]: "*." is masked by "*." of an earlier entry',
    ]);
  });

  test('resources within one list', () => {
    const providers = [{ identity: {} }];
    expect(faults([{ resources: ['secrets', 'secrets', '*.', 'a.apps'], providers }])).toEqual([
      'resources[0].resources[1]: "secrets" stands twice in the list',
      'resources[0].resources[2]: "*." overlaps with other resources of the same list',
    ]);
    expect(faults([])).toEqual(['resources: resources: at least one entry is required']);
  });
});

test('base64 as Go reads it', () => {
  expect([...(decodeBase64('YWJj\r\nZGVm') ?? [])]).toEqual([...Buffer.from('abcdef')]);
  expect(decodeBase64('YWJjZA')).toBe(undefined);
});

test.each([
  ['secret is secure', 'sample'],
  ['abcdefghijklmnopqrstuvwxyz123456', 'sample'],
  ['\0'.repeat(32), 'repetitive'],
  ['my very secret passphrase 123451', 'printable'],
])('key %j is %s', (text, expected) => {
  expect(weaknessOf(Buffer.from(text))).toBe(expected);
});

test('random bytes, and random bytes in hexadecimal, are keys', () => {
  expect(weaknessOf(Buffer.from('u7mZ0kQ1cX5pTqfQ0dE2gk0yJ1bq6mN8vZr4s3WcHhY=', 'base64'))).toBe(undefined);
  expect(weaknessOf(Buffer.from('9f86d081884c7d659a2feaa0c55ad015'))).toBe(undefined);
});
