import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/engine/config.ts';
import { mapSources, reduce, type Source, storeFor } from '../../src/engine/lint.ts';
import { compile } from '../../src/engine/plan.ts';
import { decodeShard, encodeShard, inShard, joinShards, type Shard } from '../../src/engine/shard.ts';
import { rules } from '../../src/rules/index.ts';
import { SourceFile } from '../../src/text/source-file.ts';

const texts = Array.from({ length: 9 }, (_, index) => ({
  path: `manifests/${index}.yaml`,
  text: [
    'apiVersion: v1',
    'kind: Pod',
    `metadata: { name: pod-${index}, namespace: shop, annotations: { big: "9007199254740993" } }`,
    `spec: { serviceAccountName: sa-${index}, priority: 9007199254740993, containers: [{ name: app, image: app, securityContext: { privileged: ${index % 2 === 0} } }] }`,
    '',
  ].join('\n'),
}));
const sources: readonly Source[] = [
  ...texts.map(({ path, text }): Source => ({ kind: 'text', file: new SourceFile(path, text) })),
  { kind: 'skipped', skipped: { file: 'logo.yaml', reason: 'binary' } },
  { kind: 'problem', problem: { kind: 'unreadable', file: 'secret.yaml', reason: 'permission denied' } },
];
const plan = compile(rules, { ...DEFAULT_CONFIG, presets: ['all'] });
const reopen = (path: string) => new SourceFile(path, texts.find((each) => each.path === path)!.text);
const suppressions = {
  today: '2026-01-01',
  resolve: () => undefined,
  nearest: () => undefined,
  ran: () => true,
  rule: () => undefined,
};

function shard(part: number, of: number): Shard {
  const mine = sources.filter((_, index) => inShard(index, part, of));
  const mapped = mapSources({ sources: mine, plan }, storeFor({ reopen }), { orderOf: (nth) => part - 1 + nth * of });
  return { part, of, planKey: 'key', mapped };
}

function report(mapped: ReturnType<typeof mapSources>) {
  const { source, rules: ran, ...data } = reduce(mapped, { plan, reopen, suppressions }, storeFor({ reopen }));
  return { ...data, rules: ran.map(({ id }) => id) };
}

describe('shards', () => {
  const whole = report(mapSources({ sources, plan }, storeFor({ reopen })));

  test.each([1, 2, 3, 20])('%i parts, encoded and merged in any order, report what a single run does', (of) => {
    const parts = Array.from({ length: of }, (_, index) =>
      decodeShard([...encodeShard(shard(index + 1, of))].join('')),
    );
    expect(report(joinShards(parts.reverse()))).toEqual(whole);
  });

  test('parts that do not belong together are refused with a sentence', () => {
    const [one, two] = [shard(1, 2), shard(2, 2)];
    expect(() => joinShards([])).toThrow('there is nothing to merge');
    expect(() => joinShards([one])).toThrow('part 2 of 2 is missing');
    expect(() => joinShards([one, one])).toThrow('part 1 of 2 is given twice');
    expect(() => joinShards([one, shard(2, 3)])).toThrow('part 2 is of 3, others are of 2');
    expect(() => joinShards([one, { ...two, planKey: 'other' }])).toThrow(
      'part 2 was made by another version or with other settings',
    );
  });

  test('a report that is cut off is refused', () => {
    const text = [...encodeShard(shard(1, 1))].join('');
    expect(() => decodeShard(text.slice(0, text.length / 2))).toThrow();
    expect(() => decodeShard('{"findings": []}')).toThrow('is not the report of a shard');
    expect(() => decodeShard('apiVersion: v1')).toThrow('is not the report of a shard');
  });
});
