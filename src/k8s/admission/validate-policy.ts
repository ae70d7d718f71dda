import type { AnyNode } from '../../yaml/node.ts';
import { type CelScope, type CelTypeChecker, type CelTypes, typeChecker, typeOfCel } from '../cel/check.lazy.ts';
import { type CelType, DYN } from '../cel/types.ts';
import { isLabelKey } from '../network/faults.ts';
import { isUnresolved } from '../placeholder.ts';
import { ADMISSION_ROOTS, ADMISSION_TYPES, variableType } from './cel-environment.ts';
import { faultsOfConditions, faultsOfExpression, type PolicyFault } from './expressions.ts';
import { faultOfPathSegment, faultOfWord, faultsOfRules, faultsOfSelector } from './validate-rules.ts';

const ROOTS = ['object', 'oldObject', 'request', 'authorizer', 'namespaceObject'];

/** The types behind the roots; `params` where there are any. */
function typesOf(
  checker: CelTypeChecker,
  roots: readonly string[],
  variables?: Readonly<Record<string, CelType>>,
): CelTypes {
  const types = Object.fromEntries(roots.map((root) => [root, ADMISSION_ROOTS[root] ?? DYN]));
  return { roots: types, checker, ...(variables === undefined ? {} : { variables }) };
}

/** What the API server refuses of a webhook's `matchConditions`. */
export function validateMatchConditions(root: AnyNode): readonly PolicyFault[] {
  const hooks = (root.get('webhooks').items() as readonly AnyNode[]).filter(
    (hook) => hook.get('matchConditions').present,
  );
  if (hooks.length === 0) return [];
  const types = typesOf(typeChecker(ADMISSION_TYPES), ROOTS);
  return hooks.flatMap((hook) => faultsOfConditions(hook.get('matchConditions'), ROOTS, types));
}

/** What the API server refuses of a ValidatingAdmissionPolicy or a MutatingAdmissionPolicy. */
export function validatePolicy(root: AnyNode, mutating: boolean): readonly PolicyFault[] {
  const spec: AnyNode = root.get('spec');
  if (!spec.isMap) return [];
  const roots = spec.get('paramKind').present ? [...ROOTS, 'params'] : ROOTS;
  const checker = typeChecker(ADMISSION_TYPES);
  const faults: PolicyFault[] = [
    ...faultOfWord(spec.get('failurePolicy'), ['Fail', 'Ignore']),
    ...faultsOfParamKind(spec.get('paramKind')),
    ...faultsOfMatch(spec.get('matchConstraints'), mutating),
    ...faultsOfConditions(spec.get('matchConditions'), roots, typesOf(checker, roots)),
  ];
  const variables: string[] = [];
  // Objects that a mutation makes are of types that are not kept here.
  const types: Record<string, CelType> | undefined = mutating ? undefined : {};
  for (const item of spec.get('variables').items() as readonly AnyNode[]) {
    const known = {
      roots,
      variables: [...variables],
      ...(types === undefined ? {} : { types: typesOf(checker, roots, { ...types }) }),
    };
    faults.push(...required(item, 'expression', known));
    const name: AnyNode = item.get('name');
    const text = name.string;
    if (!name.present || text === '') faults.push({ node: name, reason: 'the variable has no name' });
    else if (text !== undefined && (!/^[A-Za-z_]\w*$/.test(text) || RESERVED.has(text)) && !isUnresolved(text)) {
      faults.push({ node: name, reason: `"${text}" cannot be the name of a variable` });
    } else if (text !== undefined) {
      variables.push(text);
      const expression = item.get('expression').string;
      // Of an expression that is at fault nothing more is said where it is used.
      const type =
        known.types === undefined || expression === undefined
          ? undefined
          : typeOfCel(expression, { ...known, types: known.types });
      if (types !== undefined) types[text] = type === undefined ? DYN : variableType(type);
    }
  }
  const scope = { roots, variables, ...(types === undefined ? {} : { types: typesOf(checker, roots, types) }) };
  if (mutating) faults.push(...faultsOfMutations(spec, scope));
  else faults.push(...faultsOfValidations(spec, scope));
  return faults;
}

interface Scope {
  readonly roots: readonly string[];
  readonly variables: readonly string[];
  readonly types?: CelTypes;
}

function faultsOfValidations(spec: AnyNode, scope: Scope): readonly PolicyFault[] {
  const validations: AnyNode = spec.get('validations');
  const annotations: AnyNode = spec.get('auditAnnotations');
  if (validations.items().length === 0 && annotations.items().length === 0) {
    return [{ node: validations, reason: 'neither validations nor auditAnnotations say anything', atKey: true }];
  }
  const faults: PolicyFault[] = [];
  for (const item of validations.items() as readonly AnyNode[]) {
    faults.push(...required(item, 'expression', scope, 'bool'));
    const message: AnyNode = item.get('message');
    if (message.string !== undefined && message.string !== '' && message.string.trim() === '') {
      faults.push({ node: message, reason: 'the message is blank' });
    }
    if (message.string?.trim().includes('\n') === true) {
      faults.push({ node: message, reason: 'the message must not hold line breaks' });
    }
    // The message is made without the authorizer.
    const roots = scope.roots.filter((each) => each !== 'authorizer');
    faults.push(...faultsOfExpression(item.get('messageExpression'), { ...scope, roots, result: 'string' }));
    faults.push(...faultOfWord(item.get('reason'), REASONS));
  }
  const keys = new Set<string>();
  for (const item of annotations.items() as readonly AnyNode[]) {
    const key: AnyNode = item.get('key');
    if (!key.present || key.string === '') faults.push({ node: key, reason: 'the annotation has no key' });
    else if (key.string !== undefined && !isUnresolved(key.string) && !isLabelKey(`a/${key.string}`)) {
      faults.push({ node: key, reason: `"${key.string}" cannot be the name of an annotation` });
    } else if (key.string !== undefined && keys.has(key.string)) {
      faults.push({ node: key, reason: `"${key.string}" is the key of two annotations` });
    }
    if (key.string !== undefined) keys.add(key.string);
    const expression: AnyNode = item.get('valueExpression');
    const found = required(item, 'valueExpression', scope);
    faults.push(...found);
    const text = expression.string;
    if (found.length > 0 || text === undefined || scope.types === undefined) continue;
    const type = typeOfCel(text, { ...scope, types: scope.types })?.name;
    if (type !== undefined && type !== 'string' && type !== 'null_type') {
      const reason = `gives a value of type ${type}, not a string or null`;
      faults.push({ node: expression, reason, isCel: true });
    }
  }
  return faults;
}

/** Words of CEL that are no names. */
const RESERVED: ReadonlySet<string> = new Set(
  'in as break const continue else false for function if import let loop package namespace null return true var void while'.split(
    ' ',
  ),
);

/** The validation takes these; Unauthorized, which the reference lists too, it refuses. */
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];

function faultsOfMutations(spec: AnyNode, scope: Scope): readonly PolicyFault[] {
  const mutations: AnyNode = spec.get('mutations');
  const faults: PolicyFault[] = [];
  const again: AnyNode = spec.get('reinvocationPolicy');
  if (!again.present) faults.push({ node: again, reason: 'reinvocationPolicy has to be Never or IfNeeded' });
  else faults.push(...faultOfWord(again, ['Never', 'IfNeeded']));
  if (mutations.items().length === 0) faults.push({ node: mutations, reason: 'there is no mutation', atKey: true });
  for (const item of mutations.items() as readonly AnyNode[]) {
    const patchType: AnyNode = item.get('patchType');
    if (!patchType.present)
      faults.push({ node: patchType, reason: 'patchType has to be ApplyConfiguration or JSONPatch' });
    faults.push(...faultOfWord(patchType, ['ApplyConfiguration', 'JSONPatch']));
    for (const [type, field] of [
      ['ApplyConfiguration', 'applyConfiguration'],
      ['JSONPatch', 'jsonPatch'],
    ] as const) {
      const node: AnyNode = item.get(field);
      if (patchType.string === type && !node.present) {
        faults.push({ node, reason: `patchType ${type} needs ${field}` });
      } else if (node.present && (patchType.string === 'ApplyConfiguration' || patchType.string === 'JSONPatch')) {
        if (patchType.string === type) {
          faults.push(...required(node, 'expression', scope, type === 'JSONPatch' ? 'list' : 'message'));
        } else
          faults.push({ node, reason: `${field} must not stand beside patchType ${patchType.string}`, atKey: true });
      }
    }
  }
  return faults;
}

function required(
  item: AnyNode,
  key: 'expression' | 'valueExpression',
  scope: Scope,
  result?: CelScope['result'],
): readonly PolicyFault[] {
  const node: AnyNode = item.get(key);
  if (!node.present) return [{ node, reason: `${key} is missing` }];
  return faultsOfExpression(node, { ...scope, ...(result === undefined ? {} : { result }) });
}

function faultsOfMatch(match: AnyNode, mutating: boolean): readonly PolicyFault[] {
  const rules: AnyNode = match.get('resourceRules');
  const missing = rules.items().length === 0;
  return [
    ...(missing ? [{ node: rules, reason: 'matchConstraints need a resourceRule', atKey: true }] : []),
    ...faultOfWord(match.get('matchPolicy'), ['Equivalent', 'Exact']),
    ...faultsOfRules(rules),
    ...(mutating ? faultsOfDeletes(rules) : []),
    ...faultsOfRules(match.get('excludeResourceRules')),
    ...faultsOfSelector(match.get('namespaceSelector')),
    ...faultsOfSelector(match.get('objectSelector')),
  ];
}

/** There is nothing to change in what is deleted. */
function faultsOfDeletes(rules: AnyNode): readonly PolicyFault[] {
  return (rules.items() as readonly AnyNode[]).flatMap((rule) =>
    (rule.get('operations').items() as readonly AnyNode[])
      .filter((node) => node.string === 'DELETE')
      .map((node) => ({ node, reason: 'a mutation cannot be for DELETE' })),
  );
}

function faultsOfParamKind(node: AnyNode): readonly PolicyFault[] {
  if (!node.isMap) return [];
  const faults: PolicyFault[] = [];
  const apiVersion: AnyNode = node.get('apiVersion');
  const text = apiVersion.string;
  if (!apiVersion.present || text === '') faults.push({ node: apiVersion, reason: 'paramKind has no apiVersion' });
  else if (text !== undefined && !/^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[a-z](?:[-a-z0-9]*[a-z0-9])?$/.test(text)) {
    faults.push({ node: apiVersion, reason: `"${text}" is not of the form group/version` });
  }
  const kind: AnyNode = node.get('kind');
  if (!kind.present || kind.string === '') faults.push({ node: kind, reason: 'paramKind has no kind' });
  else if (
    kind.string !== undefined &&
    !isUnresolved(kind.string) &&
    !/^[a-z](?:[-a-z0-9]*[a-z0-9])?$/i.test(kind.string)
  ) {
    faults.push({ node: kind, reason: `"${kind.string}" is no kind` });
  }
  return faults;
}

/** What the API server refuses of a binding. */
export function validateBinding(root: AnyNode, mutating: boolean): readonly PolicyFault[] {
  const spec: AnyNode = root.get('spec');
  if (!spec.isMap) return [];
  const faults: PolicyFault[] = [];
  const policyName: AnyNode = spec.get('policyName');
  if (!policyName.present || policyName.string === '')
    faults.push({ node: policyName, reason: 'policyName is missing' });
  else if (policyName.string !== undefined && !isUnresolved(policyName.string) && !SUBDOMAIN.test(policyName.string))
    faults.push({ node: policyName, reason: `"${policyName.string}" cannot be the name of a policy` });
  if (!mutating) faults.push(...faultsOfActions(spec.get('validationActions')));
  const ref: AnyNode = spec.get('paramRef');
  if (ref.isMap) {
    const name = ref.get('name').present && ref.get('name').string !== '';
    if (name === ref.get('selector').present) {
      faults.push({
        node: ref,
        reason: `paramRef takes one of name and selector${name ? ', not both' : ''}`,
        atKey: true,
      });
    }
    faults.push(...faultOfPathSegment(ref.get('name')), ...faultsOfSelector(ref.get('selector')));
    const action: AnyNode = ref.get('parameterNotFoundAction');
    if (!action.present || action.string === '')
      faults.push({ node: action, reason: 'parameterNotFoundAction has to be Deny or Allow' });
    else faults.push(...faultOfWord(action, ['Deny', 'Allow']));
  }
  const match: AnyNode = spec.get('matchResources');
  faults.push(
    ...faultOfWord(match.get('matchPolicy'), ['Equivalent', 'Exact']),
    ...faultsOfRules(match.get('resourceRules')),
    ...faultsOfRules(match.get('excludeResourceRules')),
    ...faultsOfSelector(match.get('namespaceSelector')),
    ...faultsOfSelector(match.get('objectSelector')),
  );
  return faults;
}

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const ACTIONS = ['Deny', 'Warn', 'Audit'];

function faultsOfActions(list: AnyNode): readonly PolicyFault[] {
  const items = list.items() as readonly AnyNode[];
  if (!list.present || (list.isList && items.length === 0)) {
    return [{ node: list, reason: 'validationActions has to name Deny, Warn or Audit', atKey: true }];
  }
  const faults: PolicyFault[] = [];
  const seen = new Set<string>();
  for (const item of items) {
    const action = item.string;
    if (action === undefined || isUnresolved(action)) continue;
    faults.push(...faultOfWord(item, ACTIONS));
    if (seen.has(action)) faults.push({ node: item, reason: `${action} stands twice` });
    seen.add(action);
  }
  if (seen.has('Deny') && seen.has('Warn')) {
    faults.push({ node: list, reason: 'Deny and Warn exclude one another', atKey: true });
  }
  return faults;
}
