import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../../src/k8s/schema/pattern.ts';

const matches = (pattern: string, text: string) => compilePattern(pattern)?.matches(text);

describe('patterns of custom resources', () => {
  test.each([
    ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', 'a-b', true],
    ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', 'a-', false],
    ['b', 'abc', true],
    ['^(?:\\d{1,3}\\.){3}\\d{1,3}$', '10.0.0.1', true],
    ['^(?:\\d{1,3}\\.){3}\\d{1,3}$', '10.0.0', false],
    ['^(http|https)://.+$', 'https://a', true],
    ['(?i)^abc$', 'AbC', true],
    ['^[^/]+$', 'a/b', false],
    ['^[[:alpha:]_]+$', 'a_b', true],
    ['^a{2,}$', 'aaa', true],
    ['^a{2}$', 'aaa', false],
    ['^$', '', true],
    ['', 'anything', true],
    ['^[\\w.-]+@[\\w.-]+\\.\\w+$', 'a.b@c.de', true],
    ['\\bfoo\\b', 'a foo b', true],
    ['^x{a}$', 'x{a}', true],
    ['^(?P<name>a|b)+$', 'abab', true],
    ['^.$', '\n', false],
    ['(?s)^.$', '\n', true],
    ['^[]a]$', ']', true],
    ['^😀$', '😀', true],
  ])('%s on %j: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  test.each(['(', '[a', 'a**', '(?=a)', '(?<!a)b', '\\1', 'a{1001}', '((((a{50}){50}){50}){50})', '\\p{L}', '*'])(
    'does not judge by %s',
    (pattern) => {
      expect(compilePattern(pattern)).toBeUndefined();
    },
  );

  test('no pattern keeps it busy', () => {
    // Work that grows faster than the text would run into the time limit of the test.
    for (const pattern of [
      '^(a+)+$',
      '^(a|a)*$',
      '^(a|aa)+$',
      '(a*)*b',
      '^(([a-z])+.)+[A-Z]([a-z])+$',
      '^a?{0,1}a*a*a*a*a*a*a*b$',
    ]) {
      matches(pattern, 'a'.repeat(20_000));
    }
    expect(matches('^(a+)+$', `${'a'.repeat(200)}!`)).toBe(false);
    expect(matches('^(a{0,900})$', 'a'.repeat(100_000))).toBeUndefined();
  });

  test('agrees with JavaScript where both read the pattern alike', () => {
    const atom = fc.constantFrom('a', 'b', '[ab]', '[^a]', '.', '\\d', '(a|b)', '(?:ab)', 'c');
    const quantified = fc
      .tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}', '{0,}'))
      .map((each) => each.join(''));
    const pattern = fc
      .tuple(fc.constantFrom('', '^'), fc.array(quantified, { maxLength: 5 }), fc.constantFrom('', '$', '|b$'))
      .map(([start, middle, end]) => start + middle.join('') + end);
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1'), maxLength: 8 }), (source, text) => {
        expect(matches(source, text)).toBe(new RegExp(source).test(text));
      }),
      { numRuns: 3000 },
    );
  });
});
