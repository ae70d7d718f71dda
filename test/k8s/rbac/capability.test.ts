import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CAPABILITIES,
  type Capability,
  capabilitiesOf,
  coversEverything,
  isWildcardAll,
} from '../../../src/k8s/rbac/capability.ts';
import { type Request, ruleAllows } from '../../../src/k8s/rbac/match.ts';
import type { PolicyRule } from '../../../src/k8s/rbac/policy.ts';

const targets = Object.values(CAPABILITIES).flat();
const words = (pick: (target: (typeof targets)[number]) => readonly string[]): readonly string[] => [
  ...new Set(targets.flatMap(pick)),
];
const some = (list: readonly string[], max: number) => fc.array(fc.constantFrom(...list), { maxLength: max });

/** Rules made of the words that capabilities are made of, and of wildcards. */
const ruleArbitrary: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: some([...words(({ verbs }) => verbs), '*', 'get'], 4),
  apiGroups: some([...words(({ group }) => [group]), '*'], 3),
  resources: some([...words(({ resource }) => [resource]), '*', '*/exec', '*/proxy', '*/status', 'pods/*'], 4),
  resourceNames: fc.oneof(fc.constant([]), some(['a', 'b'], 2)),
  nonResourceURLs: fc.constant([]),
});

describe('capabilities', () => {
  test('a rule has one exactly where the authorizer allows the request', () => {
    fc.assert(
      fc.property(ruleArbitrary, (rule) => {
        const matches = capabilitiesOf(rule);
        const wrong: string[] = [];
        for (const capability of Object.keys(CAPABILITIES) as Capability[]) {
          for (const target of CAPABILITIES[capability]) {
            if (target.resource === '*') continue;
            const match = matches.find((each) => each.capability === capability && each.target === target);
            for (const verb of target.verbs) {
              const ours = match?.verbs.includes(verb) === true && match.names === undefined;
              if (ours !== ruleAllows(rule, requestFor(target, verb))) wrong.push(`${capability} ${verb}`);
            }
          }
        }
        return wrong.length === 0;
      }),
      { numRuns: 2000 },
    );
  });

  test('names narrow a capability, and creating has no name', () => {
    const rule: PolicyRule = {
      verbs: ['create', 'get'],
      apiGroups: [''],
      resources: ['secrets', 'pods/exec'],
      resourceNames: ['a'],
      nonResourceURLs: [],
    };
    expect(capabilitiesOf(rule).map(({ capability, verbs, names }) => ({ capability, verbs, names }))).toEqual([
      { capability: 'secrets.read', verbs: ['get'], names: ['a'] },
      { capability: 'pods.exec', verbs: ['create', 'get'], names: ['a'] },
    ]);
  });

  test('everything', () => {
    const rule = (verbs: string[], apiGroups: string[], resources: string[]): PolicyRule => ({
      verbs,
      apiGroups,
      resources,
      resourceNames: [],
      nonResourceURLs: [],
    });
    expect([
      isWildcardAll(rule(['*'], ['*'], ['*'])),
      isWildcardAll(rule(['*'], [''], ['*'])),
      isWildcardAll(rule(['*'], ['apps'], ['*'])),
      coversEverything([
        rule(['get', 'list'], ['*'], ['*']),
        rule(['create', 'update', 'patch', 'delete'], ['*'], ['*']),
      ]),
      coversEverything([rule(['get', 'list'], ['*'], ['*']), rule(['create', 'update', 'patch'], ['*'], ['*'])]),
      coversEverything([rule(['*'], [''], ['*'])]),
    ]).toEqual([true, true, false, true, false, false]);
  });
});

function requestFor({ group, resource }: (typeof targets)[number], verb: string): Request {
  const [main = '', subresource = ''] = resource.split('/');
  return { verb, apiGroup: group, resource: main, subresource, name: '', namespace: '', path: '' };
}
