import { describe, expect, test } from 'vitest';
import { Evaluator } from '../../src/k8s/cel/evaluate.ts';
import { parseCel } from '../../src/k8s/cel/parse.ts';
import { TypeChecker } from '../../src/k8s/cel/typecheck.ts';
import { DYN, formatType } from '../../src/k8s/cel/types.ts';
import { Failure, fromValue, Unknown } from '../../src/k8s/cel/value.ts';

const object = fromValue({
  name: 'web',
  labels: { app: 'web', tier: 'front' },
  items: [
    { image: 'nginx:1', ports: [80, 443] },
    { image: 'redis', on: true },
  ],
  ratio: 1.5,
  nothing: null,
});
const unknown = new Unknown('the weather');

function evaluate(text: string): string {
  const parsed = parseCel(text);
  if ('fault' in parsed) return parsed.fault.message;
  const roots = { object, weather: unknown };
  const outcome = new Evaluator().evaluate(parsed.root, (name) => roots[name as keyof typeof roots]);
  if (outcome instanceof Failure) return `error: ${outcome.message}`;
  return outcome instanceof Unknown ? `not known: ${outcome.reason}` : String(outcome);
}

function typeOf(text: string): string {
  const parsed = parseCel(text);
  if ('fault' in parsed) return parsed.fault.message;
  const checked = new TypeChecker({}).check(parsed.root, { roots: { object: DYN } });
  return 'fault' in checked ? checked.fault.message : formatType(checked.type);
}

describe('values', () => {
  test.each([
    ['1 + 2 * 3 - 4 / 2', '5'],
    ['-7 / 2', '-3'],
    ['-7 % 3', '-1'],
    ['7 % -3 == 1 && 0x1F == 31', 'true'],
    ['9223372036854775807 + 1', 'error: integer overflow'],
    ['1 / 0', 'error: division by zero'],
    ['1.0 / 0.0 > 1e300', 'true'],
    ['1 == 1.0 && 1u == 1 && 2 > 1.5', 'true'],
    ['"a" == 1', 'false'],
    ['object.items[0].ports == [80, 443]', 'true'],
    ['object.labels == {"tier": "front", "app": "web"}', 'true'],
    ['object.nothing == null && object.ratio == 1.5', 'true'],
    ['!!true', 'true'],
    ["'a\\n\\x41\\u0042\\103' == 'a\\nABC'", 'true'],
    ["r'a\\n'.size()", '3'],
    ["'añ🙂'.size()", '3'],
    ["'\uffff' < '🙂'", 'true'],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });
});

describe('fields that are not there', () => {
  test.each([
    ['has(object.labels) && !has(object.none)', 'true'],
    ['has(object.name.first)', 'false'],
    ['has(object.none.more)', 'error: no such key: none'],
    ['object.none', 'error: no such key: none'],
    ['object.items[2]', 'error: index out of bounds: 2'],
    ["object.?none.?more.orValue('x')", 'x'],
    ["object.labels[?'none'].hasValue()", 'false'],
    ["object.?labels.app.orValue('x')", 'web'],
    ["object.?labels.none.orValue('x')", 'x'],
    ['[?object.?none, 1].size()', '1'],
    ["object.?labels.?app.optMap(v, v + '!').value()", 'web!'],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });
});

describe('errors and what is not known', () => {
  test.each([
    ['object.none || true', 'true'],
    ['true || object.none', 'true'],
    ['object.none && false', 'false'],
    ['object.none && true', 'error: no such key: none'],
    ['weather && false', 'false'],
    ['weather || true', 'true'],
    ['weather || false', 'not known: the weather'],
    ['weather && object.none', 'not known: the weather'],
    ['weather == object.none', 'error: no such key: none'],
    ['object.items.all(i, i.image.startsWith("n") || i.on)', 'true'],
    ['object.items.all(i, i.on)', 'error: no such key: on'],
    ['object.items.exists(i, i.on)', 'true'],
    ['object.items.exists_one(i, has(i.on))', 'true'],
    ['object.items.map(i, has(i.on), i.image)[0]', 'redis'],
    ['object.labels.exists(k, v, k == "tier" && v == "front")', 'true'],
    ['object.items.exists(n, i, n == 1 && i.on)', 'true'],
    ['object.name + 1', 'error: no such overload'],
    ['object.items in []', 'false'],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });
});

describe('functions', () => {
  test.each([
    ["'a,b,c'.split(',', 2)[1]", 'b,c'],
    ["['a', 'b'].join('-')", 'a-b'],
    ["'banana'.replace('a', 'o', 2)", 'bonona'],
    ["'ab'.replace('', '-')", '-a-b-'],
    ["'añb'.substring(1, 2)", 'ñ'],
    ["'banana'.lastIndexOf('an')", '3'],
    ["'AbÄ'.lowerAscii()", 'abÄ'],
    ["' x\\t'.trim()", 'x'],
    ['string(1.5) + string(true) + string(-3) + string(1e21)', '1.5true-31e+21'],
    ["int('12') + int(1.9)", '13'],
    ["int('x')", 'error: "x" is no int'],
    ["'nginx:1'.matches('^[a-z]+:\\\\d$')", 'true'],
    ["quantity('1.5Gi').isGreaterThan(quantity('1536M'))", 'true'],
    ["quantity('1000m').compareTo(quantity('1'))", '0'],
    ["cidr('10.0.0.0/8').containsIP('10.1.2.3') && !isIP('010.0.0.1') && isIP('::1')", 'true'],
    ["ip('127.0.0.1').isLoopback() && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')", 'true'],
    ["semver('1.2.3-alpha.2').isLessThan(semver('1.2.3-alpha.10'))", 'true'],
    ["semver('v1.2', true).minor()", '2'],
    ['sets.equivalent([1, 2, 2], [2, 1]) && sets.intersects([1], [1]) && sets.contains([1, 2], [])', 'true'],
    ['[[1], [2, [3]]].flatten().size()', '3'],
    ['[3, 1, 2].sort() == [1, 2, 3] && [1, 2].isSorted() && [1, 5].max() == 5 && [1, 2].sum() == 3', 'true'],
    ["type(object.labels) == map && type('a') == string && type(type(1)) == type", 'true'],
    ["duration('1h') == duration('60m')", 'not known: duration(), which is not evaluated here'],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });
});

test('an expression that would run for ever is given up', () => {
  const list = `[${Array.from({ length: 60 }, (_, index) => index).join(', ')}]`;
  const text = `${list}.all(a, ${list}.all(b, ${list}.all(c, ${list}.all(d, a + b + c + d >= 0))))`;
  const start = performance.now();
  expect(evaluate(text)).toBe('not known: an expression that takes long');
  expect(performance.now() - start).toBeLessThan(2000);
});

test('texts do not grow beyond measure', () => {
  const doubled = (depth: number): string =>
    depth === 0 ? "'0123456789'" : `[${doubled(depth - 1)}].map(x, x + x)[0]`;
  expect(evaluate(`${doubled(30)}.size()`)).toBe('not known: an expression that takes long');
  expect(evaluate(`${doubled(12)}.replace('', ${doubled(12)}).size()`)).toBe('not known: a long text');
  const spaces = `'a${' '.repeat(50_000)}a'`;
  const start = performance.now();
  expect(evaluate(`${spaces}.trim().size()`)).toBe('50002');
  expect(performance.now() - start).toBeLessThan(500);
});

describe('types', () => {
  test.each([
    ['1 + 1', 'int'],
    ['object.a + 1', 'int'],
    ['object.a + object.b', 'dyn'],
    ['object.?a.orValue(false)', 'dyn'],
    ['object.?a.orValue(false) == true', 'bool'],
    ["{'a': [1]}", 'map(string, list(int))'],
    ['[].size() == 0 && object.all(x, x > 1)', 'bool'],
    ["1 + 'a'", '+ is not there for int and string'],
    ["'a'.startsWith(1)", 'startsWith(int) is not there for a value of type string'],
    ['size(1)', 'size() is not there for (int)'],
    ["[1, 'a']", 'a string stands beside a int'],
    ["[object.a, 'a']", 'a string stands beside a dyn'],
    ["'%s %d'.format([dyn('a'), dyn(1)])", 'string'],
    ["'a'.name", 'a value of type string has no fields'],
    ['object.a ? 1 : "b"', '? : is not there for dyn and int and string'],
    ['"a" == null', '== is not there for string and null_type'],
    ['object.list.filter(x, "y")', 'a bool is expected, and this is a string'],
    ["duration('1 hour') < duration('2h')", '"1 hour" is no duration'],
  ])('%s: %s', (text, expected) => {
    expect(typeOf(text)).toBe(expected);
  });
});
