import type { AnyNode } from '../../yaml/node.ts';
import { type CelTypes, typeChecker } from '../cel/check.lazy.ts';
import type { ObjectTypes } from '../cel/typecheck.ts';
import { ANY, listOf, mapOf, type Named, STRING } from '../cel/types.ts';
import { faultsOfExpression, type PolicyFault } from './expressions.ts';

/** What is wrong with the expressions of an AuthorizationConfiguration: `request` is the spec of a SubjectAccessReview. */
export function faultsOfAuthorizationExpressions(root: AnyNode): readonly PolicyFault[] {
  const webhooks = (root.get('authorizers').items() as readonly AnyNode[])
    .map((authorizer): AnyNode => authorizer.at(['webhook', 'matchConditions']))
    .filter((conditions) => conditions.present);
  if (webhooks.length === 0) return [];
  const scope = scopeOf('request', { name: 'kubernetes.SubjectAccessReviewSpec', of: [] });
  const faults: PolicyFault[] = [];
  for (const conditions of webhooks) {
    const seen = new Set<string>();
    for (const condition of conditions.items() as readonly AnyNode[]) {
      const node: AnyNode = condition.get('expression');
      const text = node.string;
      if (!node.present) faults.push({ node, reason: 'the condition has no expression' });
      else if (text !== undefined && seen.has(text)) faults.push({ node, reason: 'the expression stands twice' });
      else faults.push(...faultsOfExpression(node, { ...scope, result: 'bool' }));
      if (text !== undefined) seen.add(text);
    }
  }
  return faults;
}

/** Of an AuthenticationConfiguration: expressions over `claims`, and over the `user` that is made of them. */
export function faultsOfAuthenticationExpressions(root: AnyNode): readonly PolicyFault[] {
  const jwts = root.get('jwt').items() as readonly AnyNode[];
  if (jwts.length === 0) return [];
  const claims = scopeOf('claims', mapOf(STRING, ANY));
  const user = scopeOf('user', { name: 'kubernetes.UserInfo', of: [] });
  const faults: PolicyFault[] = [];
  const check = (node: AnyNode, scope: typeof claims, result?: 'bool'): void => {
    if (!node.present || node.string === '') return;
    faults.push(...faultsOfExpression(node, result === undefined ? scope : { ...scope, result }));
  };
  for (const jwt of jwts) {
    for (const rule of jwt.get('claimValidationRules').items() as readonly AnyNode[]) {
      check(rule.get('expression'), claims, 'bool');
    }
    const mappings: AnyNode = jwt.get('claimMappings');
    for (const key of ['username', 'groups', 'uid']) check(mappings.get(key).get('expression'), claims);
    for (const extra of mappings.get('extra').items() as readonly AnyNode[]) {
      check(extra.get('valueExpression'), claims);
    }
    for (const rule of jwt.get('userValidationRules').items() as readonly AnyNode[]) {
      check(rule.get('expression'), user, 'bool');
    }
  }
  return faults;
}

function scopeOf(name: string, type: Named): { readonly roots: readonly string[]; readonly types: CelTypes } {
  return { roots: [name], types: { roots: { [name]: type }, checker: typeChecker(TYPES) } };
}

const object = (name: string): Named => ({ name, of: [] });
const SELECTOR = { rawSelector: STRING, requirements: listOf(object('kubernetes.SelectorRequirement')) };

const TYPES: ObjectTypes = {
  'kubernetes.SubjectAccessReviewSpec': {
    resourceAttributes: object('kubernetes.ResourceAttributes'),
    nonResourceAttributes: object('kubernetes.NonResourceAttributes'),
    user: STRING,
    groups: listOf(STRING),
    extra: mapOf(STRING, listOf(STRING)),
    uid: STRING,
  },
  'kubernetes.ResourceAttributes': {
    namespace: STRING,
    verb: STRING,
    group: STRING,
    version: STRING,
    resource: STRING,
    subresource: STRING,
    name: STRING,
    fieldSelector: object('kubernetes.FieldSelectorAttributes'),
    labelSelector: object('kubernetes.LabelSelectorAttributes'),
  },
  'kubernetes.NonResourceAttributes': { path: STRING, verb: STRING },
  'kubernetes.FieldSelectorAttributes': SELECTOR,
  'kubernetes.LabelSelectorAttributes': SELECTOR,
  'kubernetes.SelectorRequirement': { key: STRING, operator: STRING, values: listOf(STRING) },
  'kubernetes.UserInfo': {
    username: STRING,
    uid: STRING,
    groups: listOf(STRING),
    extra: mapOf(STRING, listOf(STRING)),
  },
};
