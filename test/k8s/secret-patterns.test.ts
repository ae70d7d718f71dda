import { describe, expect, test } from 'vitest';
import {
  credentialInField,
  credentialKind,
  findCredential,
  hintOf,
  isPlaceholder,
  settingsOf,
} from '../../src/k8s/secret-patterns.ts';

/** Made here and valid nowhere; put together at run time so that no scanner takes this file for a leak. */
const random = (length: number, alphabet = 'aZ3kQ9xR7mB2wL5vT8cN1pY4dH6jF0gS') =>
  Array.from({ length }, (_, index) => alphabet[(index * 7 + (index % 5)) % alphabet.length]).join('');
const base64url = (value: unknown) =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const jwt = (payload: unknown) => `${base64url({ alg: 'RS256', kid: random(20) })}.${base64url(payload)}.${random(43)}`;

const say = (text: string) => {
  const found = findCredential(text);
  return found === undefined
    ? undefined
    : `${found.confidence} ${found.kind}: ${text.slice(found.start, found.end).slice(0, 12)}`;
};

describe('credentials known by their form', () => {
  const upper = random(40, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');
  const keyBody = `-----BEGIN ${'RSA '}PRIVATE KEY-----\n${random(64)}\n`;
  test.each([
    [keyBody, 'high private key: -----BEGIN R'],
    [`-----BEGIN ${'PRIVATE KEY'}-----\\n${random(64)}`, 'high private key: -----BEGIN P'],
    [`AGE-SECRET-KEY-1${random(58, 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L')}`, 'high age secret key: AGE-SECRET-K'],
    [`key AK${'IA'}${upper.slice(0, 16)}`, `high AWS access key: AK${'IA'}${upper.slice(0, 8)}`],
    [`AS${'IA'}${upper.slice(0, 16)}`, `medium temporary AWS access key: AS${'IA'}${upper.slice(0, 8)}`],
    [`gh${'p_'}${random(36)}`, `high GitHub token: ghp_${random(8)}`],
    [`--token=github_${'pat_'}${random(82)}`, 'high GitHub token: github_pat_a'],
    [`glpat${'-'}${random(20)}`, `high GitLab token: glpat-${random(6)}`],
    [`xox${'b-'}${random(24)}`, `high Slack token: xoxb-${random(7)}`],
    [`https://hooks.slack.${'com'}/services/T0AB/B0CD/${random(24)}`, 'high Slack webhook: hooks.slack.'],
    [`AI${'za'}${random(35)}`, `high Google API key: AIza${random(8)}`],
    [`sk_${'live_'}${random(24)}`, `high Stripe key: sk_live_${random(4)}`],
    [`sk_${'test_'}${random(24)}`, `low Stripe test key: sk_test_${random(4)}`],
    [`sk-${'ant-'}api03-${random(90)}`, 'high Anthropic API key: sk-ant-api03'],
    [`hf${'_'}${random(34)}`, `high Hugging Face token: hf_${random(9)}`],
    [`npm${'_'}${random(36)}`, `high npm token: npm_${random(8)}`],
    [`SG.${random(22)}.${random(43)}`, `high SendGrid key: SG.${random(9)}`],
    [`hvs.${random(24)}`, `high Vault token: hvs.${random(8)}`],
    [`${random(14)}.atlasv1.${random(64)}`, `high Terraform token: ${random(12)}`],
    [`AccountName=x;AccountKey=${random(86)}==`, `high Azure storage key: ${random(12)}`],
    [`?sv=2024&sig=${random(44)}`, `high Azure signed URL: ${random(12)}`],
    [jwt({ iss: 'https://issuer.example.com', sub: 'robot' }), 'high JSON Web Token: eyJhbGciOiJS'],
    [jwt({ iss: 'kubernetes/serviceaccount' }), 'high service account token: eyJhbGciOiJS'],
    ['postgres://app:Tr0ub4dor@db:5432/app', 'high password in a URL: Tr0ub4dor'],
    ['amqp://guest:guest@mq', 'medium default password in a URL: guest'],
    [`Authorization: Bearer ${random(32)}`, `high Authorization header: ${random(12)}`],
    [`client-key-data: ${random(80)}`, `high kubeconfig with a client key: ${random(12)}`],
    [`{"auths":{"r.example.com":{"auth":"${random(20)}"}}}`, `high registry login: ${random(12)}`],
    [`admin:$2y$10$${random(53)}`, 'low password hash: admin:$2y$10'],
  ])('%s', (text, expected) => {
    expect(say(text)).toBe(expected);
  });
});

describe('what has the form and is none', () => {
  test.each([
    `AKIA${'IOSFODNN7'}EXAMPLE`,
    '-----BEGIN PRIVATE KEY-----',
    `-----BEGIN PRIVATE KEY-----\n${'x'.repeat(64)}`,
    '-----BEGIN CERTIFICATE-----\nMIIC',
    `ghp_${'x'.repeat(36)}`,
    `ghp_${random(20)}`,
    `prefixghp_${random(36)}`,
    'postgres://app:$(DB_PASSWORD)@db',
    'postgres://app:${DB_PASSWORD}@db',
    'http://user:pass@example.com',
    'http://localhost:8080/a@b',
    'Authorization: Bearer $TOKEN',
    'Authorization: Bearer <your token goes here>',
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c',
    `eyJ${random(20)}.eyJ${random(20)}.${random(20)}`,
    `AccountKey=${'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq'}/K1SZFPTOtr/KBHBeksoGMGw==`,
    'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'SG.abc',
    'short',
    '',
  ])('%s', (text) => {
    expect(say(text)).toBeUndefined();
  });
});

describe('credentials known by the name of their field', () => {
  test.each([
    ['DB_PASSWORD', 's3cr3t-Va1ue', 'medium password'],
    ['dbPassword', 'hunter2hunter', 'medium password'],
    ['MYSQLPASSWORD', 'hunter2hunter', 'medium password'],
    ['spring.datasource.password', 'hunter2hunter', 'medium password'],
    ['API_TOKEN', random(32), 'high token'],
    ['clientSecret', 'abcdefghij', 'medium secret'],
    ['AWS_SECRET_ACCESS_KEY', `${random(40)}`, 'high key'],
    ['POSTGRES_PASSWORD', 'postgres', 'medium default password'],
    ['ROOT_PASS', '123456', 'medium default password'],
  ])('%s=%s', (field, value, expected) => {
    const found = credentialInField(field, value);
    expect(`${found?.confidence} ${found?.kind}`).toBe(expected);
  });

  test.each([
    ['DB_PASSWORD', 'changeme'],
    ['DB_PASSWORD', '<password>'],
    ['DB_PASSWORD', '$(OTHER)'],
    ['DB_PASSWORD', '${OTHER}'],
    ['DB_PASSWORD', '{{ .Values.password }}'],
    ['DB_PASSWORD', '/run/secrets/db'],
    ['DB_PASSWORD', 'vault:secret/data/db#password'],
    ['DB_PASSWORD', 'short'],
    ['DB_PASSWORD', 'db_password'],
    ['DB_PASSWORD', '********'],
    ['DB_PASSWORD_FILE', '/run/x'],
    ['PASSWORD_POLICY', 'strict-and-long'],
    ['TLS_SECRET', 'web-tls'],
    ['IMAGE_PULL_SECRET', 'registry-credentials'],
    ['TOKEN_URL', 'https://issuer.example.com'],
    ['OIDC_TOKEN', 'https://issuer.example.com'],
    ['MAX_TOKENS', '400000000'],
    ['CACHE_KEY', 'sessionsbyuser'],
    ['ENABLE_TOKEN', 'enabled'],
    ['KEYBOARD', 'qwertzuiop'],
    ['token constructor', 'qwertzuiop'],
    ['BYPASS', 'somewhere'],
    ['API_TOKEN', 'SERVICE_API_TOKEN'],
    ['ACCESS_KEY_ID', 'minio-reader'],
    ['TOKEN', '3600s'],
    ['RESET_PASSWORD', 'Click here to reset it'],
  ])('%s=%s is none', (field, value) => {
    expect(credentialInField(field, value)).toBeUndefined();
  });

  test('what a field name says', () => {
    expect(
      ['password', 'private-key', 'PUBLIC_KEY', 'secretName', 'tokenReview', 'apiKey', ''].map(credentialKind),
    ).toEqual(['password', 'key', undefined, undefined, undefined, 'API key', undefined]);
  });
});

test('a hint never gives more than a quarter away', () => {
  expect(['abc', 'abcdefgh', random(40)].map(hintOf)).toEqual([
    '…, 3 characters',
    'ab…, 8 characters',
    `${random(4)}…, 40 characters`,
  ]);
});

test('placeholders', () => {
  expect(['', '"changeme"', 'REPLACE_ME', 'your-token', 'real1value', 'xxxxxxxx'].map(isPlaceholder)).toEqual([
    true,
    true,
    true,
    true,
    false,
    true,
  ]);
});

test('settings of configuration texts', () => {
  const text = [
    'db.password=hunter2hunter  # comment',
    '# old.password=x',
    '  token: "abc def",',
    'export KEY=v',
    '"json": "value",',
    '<password>hunter2</password>',
    'no setting here',
    'a = b;',
    '',
  ].join('\n');
  expect(
    settingsOf(text).map(({ name, value, line, start }) => [
      name,
      value,
      line,
      text.slice(start, start + value.length) === value,
    ]),
  ).toEqual([
    ['db.password', 'hunter2hunter', 1, true],
    ['token', 'abc def', 3, true],
    ['KEY', 'v', 4, true],
    ['json', 'value', 5, true],
    ['password', 'hunter2', 6, true],
    ['a', 'b', 8, true],
  ]);
});

describe('hostile texts take no longer than they are long', () => {
  const size = 250_000;
  test.each([
    '://',
    '://a:',
    'eyJ',
    'eyJaaaaaaaaaaa.',
    'ghp_',
    '-----BEGIN ',
    'a:$2a$',
    'sk-',
    'AKIA2',
    'SG.',
    '"auths"',
    '?sig=',
    'authorization:   ',
    ' ',
    'x',
    'a.atlasv1.',
    'AccountKey=',
  ])('%j over and over', (piece) => {
    const text = piece.repeat(Math.ceil(size / piece.length));
    // Work that grows faster than the text would run into the time limit of the test.
    findCredential(text);
    settingsOf(text);
    settingsOf(`${piece}=`.repeat(900).concat('\n').repeat(200));
    credentialInField('password', text.slice(0, 4096));
  });
});
