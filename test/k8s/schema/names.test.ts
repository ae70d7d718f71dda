import { expect, test } from 'vitest';
import { didYouMean, distance } from '../../../src/k8s/schema/did-you-mean.ts';
import { apiState } from '../../../src/k8s/schema/lifecycle.ts';
import {
  faultInConfigKey,
  faultInDns1035,
  faultInEnvName,
  faultInLabelName,
  faultInLabelValue,
  faultInObjectName,
  faultInPathSegment,
  faultInPortName,
  faultInQualifiedName,
  faultInSubdomain,
} from '../../../src/k8s/schema/names.ts';

const refused = (faultIn: (text: string) => string | undefined, texts: readonly string[]) =>
  texts.filter((text) => faultIn(text) !== undefined);

test('names as Kubernetes takes them', () => {
  const long = 'a'.repeat(64);
  expect(
    refused(faultInSubdomain, ['a', 'a.b-c', '1', long, 'A', '-a', 'a-', 'a..b', 'a_b', '', 'a'.repeat(254)]),
  ).toEqual(['A', '-a', 'a-', 'a..b', 'a_b', '', 'a'.repeat(254)]);
  expect(refused(faultInLabelName, ['a', '1a', 'a.b', long])).toEqual(['a.b', long]);
  expect(refused(faultInDns1035, ['a1', '1a'])).toEqual(['1a']);
  expect(refused(faultInPathSegment, ['system:A_b', '.', 'a/b', 'a%'])).toEqual(['.', 'a/b', 'a%']);
  expect(
    refused(faultInQualifiedName, ['a', 'A_b.c', 'a.b/C', '/a', 'a/', 'a/b/c', 'A.b/c', long, `a/${long}`]),
  ).toEqual(['/a', 'a/', 'a/b/c', 'A.b/c', long, `a/${long}`]);
  expect(refused(faultInLabelValue, ['', 'A', 'a b', '-a', long])).toEqual(['a b', '-a', long]);
  expect(refused(faultInPortName, ['http', 'a-1', '80', 'a--b', '-a', 'A', 'a'.repeat(16)])).toEqual([
    '80',
    'a--b',
    '-a',
    'A',
    'a'.repeat(16),
  ]);
  expect(refused(faultInConfigKey, ['a', '.a', '..a', '.', 'a/b', ''])).toEqual(['..a', '.', 'a/b', '']);
  expect(refused((text) => faultInEnvName(text, 31), ['A_b', '1A', 'a b', 'a='])).toEqual(['1A', 'a b', 'a=']);
  expect(refused((text) => faultInEnvName(text, 32), ['A_b', '1A', 'a b', 'a=', 'ä'])).toEqual(['a=', 'ä']);
});

test('names of objects, by kind and release', () => {
  const fault = (group: string, kind: string, name: string, minor = 37) =>
    faultInObjectName(group, kind, name, minor) !== undefined;
  expect([
    fault('', 'Pod', 'a.b'),
    fault('', 'Namespace', 'a.b'),
    fault('', 'Service', '1a', 35),
    fault('', 'Service', '1a', 36),
    fault('apps', 'StatefulSet', 'a.b', 26),
    fault('apps', 'StatefulSet', 'a.b', 27),
    fault('batch', 'CronJob', 'a'.repeat(53)),
    fault('rbac.authorization.k8s.io', 'ClusterRole', 'system:A'),
    fault('certificates.k8s.io', 'CertificateSigningRequest', 'A B'),
  ]).toEqual([false, true, true, false, false, true, true, false, false]);
});

test('did you mean', () => {
  const fields = ['securityContext', 'name', 'ports', 'runAsUser', 'runAsGroup', 'to', 'from'];
  expect(
    ['securityContex', 'SecurityContext', 'port', 'runAsUsers', 'fro', 'tp', 'image', 'nmae', 'runAsUsre'].map((word) =>
      didYouMean(word, fields),
    ),
  ).toEqual([
    'securityContext',
    'securityContext',
    'ports',
    'runAsUser',
    'from',
    undefined,
    undefined,
    'name',
    'runAsUser',
  ]);
  expect(didYouMean('abcdefg', ['abcdefx', 'abcdefy'])).toBeUndefined();
  expect([distance('ab', 'ba', 2), distance('kitten', 'sitting', 3), distance('a', 'abcdef', 2)]).toEqual([1, 3, 3]);
});

test('the life of an API version', () => {
  const state = (apiVersion: string, kind: string, minor: number) => {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const found = apiState(group!, version!, kind, minor);
    if (found === undefined || found.is === 'served') return found?.is;
    const { replacement } = found;
    return `${found.is}${replacement === undefined ? '' : ` -> ${replacement.apiVersion}${replacement.pure ? ' only' : ''}`}`;
  };
  expect([
    state('apps/v1', 'Deployment', 25),
    state('apps/v1beta2', 'Deployment', 25),
    state('apps/v3', 'Deployment', 25),
    state('extensions/v1beta1', 'Ingress', 30),
    state('flowcontrol.apiserver.k8s.io/v1beta1', 'FlowSchema', 26),
    state('flowcontrol.apiserver.k8s.io/v1beta3', 'FlowSchema', 28),
    state('flowcontrol.apiserver.k8s.io/v1beta3', 'FlowSchema', 29),
    state('flowcontrol.apiserver.k8s.io/v1', 'FlowSchema', 28),
    state('policy/v1beta1', 'PodSecurityPolicy', 37),
    state('v1', 'Endpoints', 37),
    state('v1', 'Endpoints', 32),
    state('resource.k8s.io/v1', 'ResourceClaim', 30),
    state('example.com/v1', 'Widget', 30),
  ]).toEqual([
    'served',
    'removed -> apps/v1 only',
    'unknown-version -> apps/v1',
    'removed -> networking.k8s.io/v1',
    'removed -> flowcontrol.apiserver.k8s.io/v1beta3',
    'served',
    'deprecated -> flowcontrol.apiserver.k8s.io/v1 only',
    'too-new -> flowcontrol.apiserver.k8s.io/v1beta3',
    'removed',
    'deprecated -> discovery.k8s.io/v1',
    'served',
    'too-new -> resource.k8s.io/v1alpha2',
    undefined,
  ]);
});

test('the short cut for simple names never says yes where the grammar says no', () => {
  const alphabet = ['a', '0', '-', '.', '_', 'A', '/'];
  const words: string[] = [''];
  for (let length = 1; length <= 5; length++) {
    for (const word of words.filter((each) => each.length === length - 1))
      words.push(...alphabet.map((letter) => word + letter));
  }
  const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
  const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
  const value = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
  const disagreements = words.filter(
    (word) =>
      (faultInLabelName(word) === undefined) !== label.test(word) ||
      (faultInSubdomain(word) === undefined) !== subdomain.test(word) ||
      (faultInLabelValue(word) === undefined) !== value.test(word),
  );
  expect(disagreements).toEqual([]);
});
