import { describe, expect, test } from 'vitest';
import { baseName, isFault, parseImage, repositoryMatches, repositoryOf } from '../../src/k8s/image.ts';

const SHA256 = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('references are read as the kubelet reads them', () => {
  test.each([
    ['nginx', 'docker.io', 'library/nginx', undefined, undefined, false],
    ['nginx:1.29', 'docker.io', 'library/nginx', '1.29', undefined, false],
    ['bitnami/redis', 'docker.io', 'bitnami/redis', undefined, undefined, false],
    ['docker.io/nginx', 'docker.io', 'library/nginx', undefined, undefined, true],
    ['index.docker.io/nginx', 'docker.io', 'library/nginx', undefined, undefined, true],
    ['localhost/app:x', 'localhost', 'app', 'x', undefined, true],
    ['localhost:5000', 'docker.io', 'library/localhost', '5000', undefined, false],
    ['registry:5000/app', 'registry:5000', 'app', undefined, undefined, true],
    ['Registry/app', 'Registry', 'app', undefined, undefined, true],
    ['[2001:db8::1]:5000/app', '[2001:db8::1]:5000', 'app', undefined, undefined, true],
    [`ghcr.io/a/b:1@${SHA256}`, 'ghcr.io', 'a/b', '1', SHA256, true],
    // These first segments have a dot and are no hosts: the grammar takes them for a path.
    ['a--b__c.d/e', '', 'a--b__c.d/e', undefined, undefined, true],
    ['my_registry.local/app', '', 'my_registry.local/app', undefined, undefined, true],
  ])('%s', (text, domain, path, tag, digest, qualified) => {
    expect(parseImage(text)).toEqual({ domain, path, tag, digest, qualified });
  });
});

describe('what is none is told why', () => {
  test.each([
    ['', 'it is empty'],
    [' nginx', 'it begins or ends with a blank'],
    ['nginx:1 ', 'it ends with a blank'],
    ['https://ghcr.io/app', 'it begins with "https://"'],
    ['docker://nginx', 'it begins with "docker://"'],
    ['MyApp', 'the repository name has upper case letters'],
    ['ghcr.io/Acme/app', 'the repository name has upper case letters'],
    ['nginx:', 'the tag before the end is empty'],
    [`nginx:@${SHA256}`, 'the tag before "@" is empty'],
    ['nginx:1:2', 'it has two tags'],
    ['nginx:-1', '"-1" is not a tag'],
    [`nginx:${'a'.repeat(129)}`, 'the tag has 129 characters, 128 are allowed'],
    [':1', 'the repository name is empty'],
    ['ghcr.io//app', 'a segment of the repository name is empty'],
    ['a___b', '"a___b" is not a repository name'],
    ['-a.example/app', '"-a.example" is not a registry host'],
    ['a'.repeat(256), 'the repository name has 264 characters, 255 are allowed'],
    ['a'.repeat(64), '64 hexadecimal digits are an image id, which cannot be pulled'],
    ['nginx@sha256:abc', 'a sha256 digest has 64 lower case hexadecimal digits'],
    ['nginx@md5:d41d8cd98f00b204e9800998ecf8427e', 'the digest is not sha256, sha384 or sha512'],
  ])('%s', (text, reason) => {
    const image = parseImage(text);
    expect(isFault(image) ? image.reason : image).toBe(reason);
  });
});

test('names of a reference', () => {
  const image = parseImage('ghcr.io/acme/app:1');
  expect(isFault(image) || [repositoryOf(image), baseName(image)]).toEqual(['ghcr.io/acme/app', 'app']);
});

describe('repositories are matched by whole segments', () => {
  test.each([
    ['ghcr.io/acme', 'ghcr.io/acme/app', true],
    ['ghcr.io/acme', 'ghcr.io/acme-evil/app', false],
    ['ghcr.io/acme/*', 'ghcr.io/acme/app', true],
    ['ghcr.io/acme/*', 'ghcr.io/acme/team/app', false],
    ['ghcr.io/acme/**', 'ghcr.io/acme/team/app', true],
    ['*.dkr.ecr.*.amazonaws.com/**', '123.dkr.ecr.eu-west-1.amazonaws.com/app', true],
    ['**/distroless/*', 'gcr.io/distroless/static', true],
    ['registry.k8s.io/', 'registry.k8s.io/pause', true],
    ['*evil*', 'not-evil-at-all', true],
    ['a*a', 'a', false],
  ])('%s and %s: %s', (pattern, repository, expected) => {
    expect(repositoryMatches(pattern, repository)).toBe(expected);
  });
});
