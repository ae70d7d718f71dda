import type { Value, ValueMap } from '../../yaml/value.ts';
import { isList, isMap } from '../../yaml/value.ts';
import { checkCel } from '../cel/check.lazy.ts';
import { type Activation, Evaluator } from '../cel/evaluate.ts';
import { type CelNode, parseCel } from '../cel/parse.ts';
import { TypeChecker } from '../cel/typecheck.ts';
import { type CelType, DYN, type Named } from '../cel/types.ts';
import { CelMap, Failure, fromValue, type Outcome, Unknown } from '../cel/value.ts';
import { type LabelSet, matches, NAMESPACE_NAME_LABEL, readSelector, type Verdict } from '../labels.ts';
import { ADMISSION_ROOTS, ADMISSION_TYPES, variableType } from './cel-environment.ts';
import { isControllerLabel, NotDecoded, storedObject, storedObjectReader } from './stored-object.ts';

/** A ValidatingAdmissionPolicy: its `spec` as written. */
export interface PolicySource {
  readonly name: string;
  readonly spec: Value;
}

/** A ValidatingAdmissionPolicyBinding: its `spec` as written. */
export interface BindingSource {
  readonly name: string;
  readonly spec: Value;
}

/** An object that is created. */
export interface Candidate {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** `deployments` */
  readonly resource: string;
  /** Undefined where it is not known which one. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly manifest: ValueMap;
  /** A controller makes it: its name and who asks for it are not known, nor these fields of its spec. */
  readonly controlled?: readonly string[];
}

/** An object that a policy reads as its parameters. */
export interface ParameterObject {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: ValueMap;
  /** What is not written may still be there: the API server fills in defaults that are not known. */
  readonly open: boolean;
}

export interface Parameters {
  /** Whether objects of the kind live in namespaces; undefined where that is not known. */
  readonly namespaced: boolean | undefined;
  readonly objects: readonly ParameterObject[];
  /** There may be objects that are not listed. */
  readonly open: boolean;
}

/** What a cluster holds beside policies and objects. */
export interface Surroundings {
  /** The labels of a namespace, and its annotations where they are known. */
  namespace(name: string): { readonly labels: LabelSet; readonly annotations: Value | undefined };
  parameters(apiVersion: string, kind: string): Parameters;
  /** LimitRanges of the namespace write requests and limits into its pods. */
  hasLimits(namespace: string | undefined): boolean;
}

export type Decision =
  /** `expression` is the index of the validation; undefined where the policy as a whole fails. */
  | {
      readonly is: 'denied';
      readonly expression: number | undefined;
      readonly message: string;
      /** Whatever the actions of the binding are: an error outside of the validations. */
      readonly regardless?: true;
    }
  | { readonly is: 'unknown'; readonly expression: number | undefined; readonly reason: string }
  /** Not matched, or every validation holds. */
  | { readonly is: 'admitted' };

export interface Policy {
  /** What the policy comes to for an object, bound as the binding says: what is not plainly admitted. */
  decide(binding: BindingSource, candidate: PreparedCandidate, around: Surroundings): readonly Decision[];
}

/** A candidate with the forms it may be stored in, which are made when the first policy asks for them. */
export interface PreparedCandidate extends Candidate {
  stored(appliedByKubectl: boolean, tokenMounted: boolean): CelMap | NotDecoded | undefined;
}

/** Prepares candidates one after the other. */
export function candidatePreparer(around: Surroundings): <C extends Candidate>(candidate: C) => C & PreparedCandidate {
  const read = storedObjectReader();
  return (candidate) => {
    const { kind, manifest, namespace, controlled } = candidate;
    const made = new Map<string, CelMap | NotDecoded | undefined>();
    const stored = (appliedByKubectl: boolean, tokenMounted: boolean) => {
      const key = `${appliedByKubectl} ${tokenMounted}`;
      if (!made.has(key)) {
        const limited = kind === 'Pod' && around.hasLimits(namespace);
        const circumstances = { appliedByKubectl, tokenMounted, limited, namespace };
        made.set(
          key,
          read(kind, manifest, controlled === undefined ? circumstances : { ...circumstances, controlled }),
        );
      }
      return made.get(key);
    };
    return { ...candidate, stored };
  };
}

/** Reads a policy for deciding. One whose expressions do not compile is refused by the API server, and not in force. */
export function compilePolicy(source: PolicySource): Policy | { readonly invalid: string } {
  return new Compiler().policy(source);
}

interface Invalid {
  readonly invalid: string;
}

interface Expression {
  readonly root: CelNode;
  readonly type: Named;
}

interface Validation {
  readonly expression: Expression;
  readonly text: string;
  readonly message: string | undefined;
  readonly messageExpression: Expression | undefined;
}

interface Parts {
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly conditions: readonly Expression[];
  readonly variables: ReadonlyMap<string, Expression>;
  readonly validations: readonly Validation[];
  readonly annotations: readonly Expression[];
  readonly match: Value;
  readonly paramKind: { readonly apiVersion: string; readonly kind: string } | undefined;
  /** All expressions, for a quick look at what they could ask about. */
  readonly text: string;
}

class Compiler {
  readonly #checker = new TypeChecker(ADMISSION_TYPES);
  readonly #evaluator = new Evaluator();
  #fault: string | undefined;
  #texts: string[] = [];

  policy({ spec }: PolicySource): CompiledPolicy | Invalid {
    if (!isMap(spec)) return { invalid: 'spec is missing' };
    const { paramKind } = spec;
    const params = isMap(paramKind);
    const roots: Record<string, CelType> = params ? { ...ADMISSION_ROOTS, params: DYN } : { ...ADMISSION_ROOTS };
    const { authorizer: _, ...withoutAuthorizer } = roots;
    const types: Record<string, CelType> = {};
    const variables = new Map<string, Expression>();
    for (const variable of maps(spec['variables'])) {
      const { name, expression } = variable;
      if (typeof name !== 'string' || typeof expression !== 'string') return { invalid: 'a variable is incomplete' };
      const read = this.#expression(expression, roots, types);
      if (read === undefined) return this.#invalid();
      types[name] = variableType(read.type);
      variables.set(name, read);
    }
    // Conditions cannot read variables.
    const conditions: Expression[] = [];
    for (const { expression } of maps(spec['matchConditions'])) {
      const read = this.#expression(expression, roots, undefined, ['bool']);
      if (read === undefined) return this.#invalid();
      conditions.push(read);
    }
    const validations: Validation[] = [];
    for (const { expression, message, messageExpression } of maps(spec['validations'])) {
      const read = this.#expression(expression, roots, types, ['bool']);
      if (read === undefined) return this.#invalid();
      const made = typeof messageExpression === 'string' && messageExpression !== '';
      const says = made ? this.#expression(messageExpression, withoutAuthorizer, types, ['string']) : undefined;
      if (made && says === undefined) return this.#invalid();
      validations.push({
        expression: read,
        text: typeof expression === 'string' ? expression.trim() : '',
        message: typeof message === 'string' && message.trim() !== '' ? message.trim() : undefined,
        messageExpression: says,
      });
    }
    const annotations: Expression[] = [];
    for (const { valueExpression } of maps(spec['auditAnnotations'])) {
      const read = this.#expression(valueExpression, roots, types, ['string', 'null_type']);
      if (read === undefined) return this.#invalid();
      annotations.push(read);
    }
    const { failurePolicy, matchConstraints } = spec;
    return new CompiledPolicy(
      {
        failurePolicy: failurePolicy === 'Ignore' ? 'Ignore' : 'Fail',
        conditions,
        variables,
        validations,
        annotations,
        match: matchConstraints ?? null,
        paramKind: params
          ? { apiVersion: String(paramKind['apiVersion'] ?? ''), kind: String(paramKind['kind'] ?? '') }
          : undefined,
        text: this.#texts.join('\n'),
      },
      this.#evaluator,
    );
  }

  #invalid(): Invalid {
    return { invalid: this.#fault ?? 'an expression is missing' };
  }

  #expression(
    text: Value | undefined,
    roots: Readonly<Record<string, CelType>>,
    variables: Readonly<Record<string, CelType>> | undefined,
    wanted?: readonly string[],
  ): Expression | undefined {
    if (typeof text !== 'string') return undefined;
    this.#texts.push(text);
    const names = variables === undefined ? {} : { variables: Object.keys(variables) };
    const [fault] = checkCel(text, { roots: Object.keys(roots), ...names });
    const parsed = parseCel(text);
    if (fault !== undefined || 'fault' in parsed) {
      this.#fault = fault?.message;
      return undefined;
    }
    const checked = this.#checker.check(parsed.root, { roots, ...(variables === undefined ? {} : { variables }) });
    if ('fault' in checked) {
      this.#fault = checked.fault.message;
      return undefined;
    }
    if (wanted !== undefined && !wanted.includes(checked.type.name)) {
      this.#fault = `gives a value of type ${checked.type.name}`;
      return undefined;
    }
    return { root: parsed.root, type: checked.type };
  }
}

const ADMITTED: Decision = { is: 'admitted' };

class CompiledPolicy implements Policy {
  readonly #parts: Parts;
  readonly #evaluator: Evaluator;

  constructor(parts: Parts, evaluator: Evaluator) {
    this.#parts = parts;
    this.#evaluator = evaluator;
  }

  decide(binding: BindingSource, candidate: PreparedCandidate, around: Surroundings): readonly Decision[] {
    const spec = isMap(binding.spec) ? binding.spec : {};
    const matched = [matchResources(this.#parts.match, candidate, around)];
    const { matchResources: narrowed, paramRef } = spec;
    if (isMap(narrowed)) matched.push(matchResources(narrowed, candidate, around));
    if (matched.includes(false)) return [];
    const unknownMatch = matched.includes(undefined);
    const decisions = this.#decideMatched(isMap(paramRef) ? paramRef : undefined, candidate, around);
    if (!unknownMatch || decisions.every(({ is }) => is === 'admitted')) return decisions.filter(isNoteworthy);
    return [{ is: 'unknown', expression: undefined, reason: 'which labels its namespace has' }];
  }

  #decideMatched(
    paramRef: ValueMap | undefined,
    candidate: PreparedCandidate,
    around: Surroundings,
  ): readonly Decision[] {
    const objects = this.#objects(candidate);
    if (objects.length === 0) return [unknown('how the API server completes objects of this kind')];
    if (objects.some((object) => object instanceof NotDecoded)) return [];
    const params = this.#params(paramRef, candidate.namespace, around);
    if (!isList(params)) return [params as Decision];
    const all = (params as readonly Outcome[]).flatMap((param) => {
      // Each way the object can be has to come to the same.
      const ways = objects.map((object) => this.#evaluate(object as CelMap, param, candidate, around));
      return agree(ways);
    });
    return all;
  }

  #objects(candidate: PreparedCandidate): readonly (CelMap | NotDecoded)[] {
    const { kind, manifest, controlled } = candidate;
    const { text } = this.#parts;
    const applied = controlled === undefined && text.includes('annotations') ? [false, true] : [false];
    const mounted = kind === 'Pod' && /[vV]olume/.test(text) ? tokenMounted(manifest) : [false];
    const objects: (CelMap | NotDecoded)[] = [];
    for (const appliedByKubectl of applied) {
      for (const isMounted of mounted) {
        const object = candidate.stored(appliedByKubectl, isMounted);
        if (object === undefined) return [];
        objects.push(object);
      }
    }
    return objects;
  }

  #params(
    paramRef: ValueMap | undefined,
    namespace: string | undefined,
    around: Surroundings,
  ): readonly Outcome[] | Decision {
    const { paramKind } = this.#parts;
    if (paramKind === undefined || paramRef === undefined) return [null];
    const { namespaced, objects, open } = around.parameters(paramKind.apiVersion, paramKind.kind);
    const { name, selector, namespace: written, parameterNotFoundAction } = paramRef;
    const inNamespace = typeof written === 'string' && written !== '' ? written : undefined;
    if (namespaced === false && inNamespace !== undefined) return this.#failed('paramRef names a namespace');
    const where = namespaced === false ? '' : (inNamespace ?? namespace);
    if (where === undefined) return unknown('in which namespace its parameters are');
    const there = objects.filter((object) => object.namespace === where || namespaced === false);
    let found: readonly ParameterObject[];
    if (typeof name === 'string' && name !== '') {
      found = there.filter((object) => object.name === name);
      if (found.length === 0 && open)
        return unknown(`the parameters ${paramKind.kind} "${name}", which are not in the input`);
    } else {
      const read = readSelector(selector);
      if (read === undefined || read.invalid) return unknown('a selector that cannot be read');
      const verdicts = there.map((object) => matches(read.selector, { labels: object.labels }));
      if (verdicts.includes(undefined)) return unknown('a selector that cannot be read');
      if (open) return unknown(`which objects of kind ${paramKind.kind} there are`);
      found = there.filter((_, index) => verdicts[index] === true);
    }
    if (found.length === 0) {
      return parameterNotFoundAction === 'Deny' ? this.#failed('no params found for policy binding') : [];
    }
    return found.map((object) => parameterValue(object, paramKind));
  }

  /** An error outside of the validations: the failurePolicy says what it means. */
  #failed(message: string): Decision {
    return this.#parts.failurePolicy === 'Fail'
      ? { is: 'denied', expression: undefined, message, regardless: true }
      : ADMITTED;
  }

  #evaluate(object: CelMap, params: Outcome, candidate: Candidate, around: Surroundings): readonly Decision[] {
    const { conditions, validations, annotations, failurePolicy } = this.#parts;
    const request = requestOf(candidate);
    const roots: Record<string, Outcome> = {
      object,
      oldObject: null,
      params,
      request,
      authorizer: new Unknown('what the authorizer allows'),
      namespaceObject: namespaceOf(candidate.namespace, around),
    };
    const activation = this.#activation(roots);
    // Conditions are asked without the namespace.
    const met = this.#conditions(conditions, this.#activation({ ...roots, namespaceObject: null }));
    if (met instanceof Failure) return [{ is: 'denied', expression: undefined, message: met.message }];
    if (met === false) return [];
    const decisions = validations.map((validation, index): Decision => {
      const answer = this.#evaluator.evaluate(validation.expression.root, activation);
      if (answer instanceof Unknown) return { is: 'unknown', expression: index, reason: answer.reason };
      if (answer instanceof Failure) {
        if (failurePolicy === 'Ignore') return ADMITTED;
        return { is: 'denied', expression: index, message: `the expression fails: ${answer.message}` };
      }
      if (answer === true) return ADMITTED;
      return { is: 'denied', expression: index, message: this.#message(validation, activation) };
    });
    for (const annotation of annotations) {
      const answer = this.#evaluator.evaluate(annotation.root, activation);
      if (answer instanceof Failure && failurePolicy === 'Fail') {
        decisions.push({
          is: 'denied',
          expression: undefined,
          message: `an audit annotation fails: ${answer.message}`,
          regardless: true,
        });
      }
      if (answer instanceof Unknown && failurePolicy === 'Fail') {
        decisions.push({ is: 'unknown', expression: undefined, reason: answer.reason });
      }
    }
    if (!(met instanceof Unknown)) return decisions;
    const { reason, type } = met;
    // A condition that may fail denies by failing.
    if (type === undefined && failurePolicy === 'Fail') return [unknown(reason)];
    return decisions.map((decision) =>
      decision.is === 'admitted' ? decision : { is: 'unknown', expression: decision.expression, reason },
    );
  }

  /** One condition that does not hold is enough, whatever the others come to. */
  #conditions(conditions: readonly Expression[], activation: Activation): boolean | Failure | Unknown {
    let failure: Failure | undefined;
    let unknown: Unknown | undefined;
    for (const { root } of conditions) {
      const answer = this.#evaluator.evaluate(root, activation);
      if (answer === false) return false;
      if (answer instanceof Failure) failure ??= answer;
      else if (answer instanceof Unknown && (unknown === undefined || answer.type === undefined)) unknown = answer;
    }
    if (failure !== undefined && this.#parts.failurePolicy === 'Ignore') return false;
    if (unknown === undefined) return failure ?? true;
    return failure === undefined ? unknown : new Unknown(unknown.reason);
  }

  #activation(roots: Readonly<Record<string, Outcome>>): Activation {
    const known = new Map<string, Outcome>();
    const activation: Activation = (name) => (name === 'variables' ? lazily : roots[name]);
    const lazily = new CelMap([...this.#parts.variables.keys()].map((name) => [name, null] as const));
    lazily.get = (key) => {
      const name = String(key);
      let value = known.get(name);
      if (value === undefined) {
        const variable = this.#parts.variables.get(name);
        if (variable === undefined) return undefined;
        value = this.#evaluator.evaluate(variable.root, activation);
        known.set(name, value);
      }
      return value;
    };
    return activation;
  }

  #message({ messageExpression, message, text }: Validation, activation: Activation): string {
    if (messageExpression !== undefined) {
      const made = this.#evaluator.evaluate(messageExpression.root, activation);
      if (typeof made === 'string') {
        const trimmed = made.trim();
        if (trimmed !== '' && !trimmed.includes('\n') && trimmed.length <= 5120) return trimmed;
      }
    }
    return message ?? `failed expression: ${text}`;
  }
}

function unknown(reason: string): Decision {
  return { is: 'unknown', expression: undefined, reason };
}

function isNoteworthy({ is }: Decision): boolean {
  return is !== 'admitted';
}

/** The decisions where all ways come to the same; not decided where they differ. */
function agree(ways: readonly (readonly Decision[])[]): readonly Decision[] {
  const longest = Math.max(...ways.map((way) => way.length));
  return Array.from({ length: longest }, (_, index): Decision => {
    const decision = ways[0]![index] ?? ADMITTED;
    const differing = ways.some((other) => (other[index]?.is ?? 'admitted') !== decision.is);
    if (!differing) return decision;
    return {
      is: 'unknown',
      expression: decision.is === 'admitted' ? undefined : decision.expression,
      reason: 'what is added to the object when it is created',
    };
  });
}

/** The ways a token may be mounted into a pod: where neither it nor its ServiceAccount says, both. */
function tokenMounted({ spec }: ValueMap): readonly boolean[] {
  const written = isMap(spec) ? spec['automountServiceAccountToken'] : undefined;
  return typeof written === 'boolean' ? [written] : [false, true];
}

function parameterValue({ value, open }: ParameterObject, { kind }: { readonly kind: string }): Outcome {
  if (kind === 'ConfigMap') {
    const stored = storedObject('ConfigMap', value, {
      appliedByKubectl: false,
      tokenMounted: false,
      limited: false,
      namespace: undefined,
    });
    return stored instanceof CelMap ? stored : new Unknown('parameters that cannot be read');
  }
  if (!open) return fromValue(value);
  return opened(value);
}

/** A map whose missing keys may be there after all. */
function opened(value: Value): Outcome {
  if (!isMap(value)) return fromValue(value);
  const keys = Object.keys(value).map((key) => [key, opened(value[key]!)] as const);
  return new CelMap(keys, false, () => true);
}

function requestOf({ group, version, kind, resource, namespace, name, controlled }: Candidate): Outcome {
  const entries: [string, Outcome][] = [];
  const put = (key: string, value: Outcome) => entries.push([key, value]);
  const kinds = new CelMap(
    [
      ['group', group],
      ['version', version],
      ['kind', kind],
    ],
    true,
  );
  const resources = new CelMap(
    [
      ['group', group],
      ['version', version],
      ['resource', resource],
    ],
    true,
  );
  put('uid', new Unknown('request.uid'));
  put('kind', kinds);
  put('resource', resources);
  put('requestKind', kinds);
  put('requestResource', resources);
  if (name !== '' && controlled === undefined) put('name', name);
  if (controlled !== undefined) put('name', new Unknown('the name that a controller gives'));
  put('namespace', namespace ?? new Unknown('which namespace the object is created in'));
  put('operation', 'CREATE');
  const user = 'who creates the object';
  const known: [string, Outcome][] = [
    ['username', new Unknown(user, 'string')],
    ['groups', new Unknown(user, 'list')],
  ];
  put('userInfo', new CelMap(known, true, () => true));
  put('dryRun', false);
  put('options', new Unknown('request.options'));
  return new CelMap(entries, true);
}

function namespaceOf(name: string | undefined, around: Surroundings): Outcome {
  if (name === undefined) return new Unknown('which namespace the object is created in');
  const { labels, annotations } = around.namespace(name);
  const metadata: [string, Outcome][] = [['name', name]];
  const known = new CelMap(
    Object.entries({ ...labels.labels, [NAMESPACE_NAME_LABEL]: name }),
    true,
    labels.open === true ? () => true : undefined,
  );
  metadata.push(['labels', known]);
  const written = annotations === undefined ? undefined : fromValue(annotations, true);
  if (labels.open !== true && written instanceof CelMap) {
    metadata.push([
      'annotations',
      new CelMap(written.entries(), true, (key) => key.startsWith('kubectl.kubernetes.io/')),
    ]);
  }
  const absent = new Set(['generateName', 'namespace', 'deletionTimestamp', 'deletionGracePeriodSeconds']);
  return new CelMap([['metadata', new CelMap(metadata, true, (key) => !absent.has(key))]], true, () => true);
}

/** Whether a request to create the object is one that `matchConstraints` or `matchResources` mean. */
function matchResources(match: Value, candidate: Candidate, around: Surroundings): Verdict {
  if (!isMap(match)) return false;
  const { namespaceSelector, objectSelector, resourceRules, excludeResourceRules } = match;
  const inNamespace = matchNamespace(namespaceSelector, candidate.namespace, around);
  if (inNamespace === false) return false;
  const ofObject = matchObject(objectSelector, candidate);
  if (ofObject === false) return false;
  const excluded = anyRule(excludeResourceRules, candidate);
  if (excluded === true) return false;
  const rules = maps(resourceRules);
  const meant = rules.length === 0 ? true : anyRule(resourceRules, candidate);
  if (meant === false) return false;
  const undecided = [inNamespace, ofObject, meant].includes(undefined) || excluded === undefined;
  return undecided ? undefined : true;
}

function matchNamespace(selector: Value | undefined, name: string | undefined, around: Surroundings): Verdict {
  const read = readSelector(selector);
  if (read === undefined || read.selector.length === 0) return true;
  if (read.invalid || name === undefined) return undefined;
  const { labels } = around.namespace(name);
  return matches(read.selector, { ...labels, labels: { ...labels.labels, [NAMESPACE_NAME_LABEL]: name } });
}

function matchObject(selector: Value | undefined, { kind, manifest, controlled }: Candidate): Verdict {
  const read = readSelector(selector);
  if (read === undefined || read.selector.length === 0) return true;
  if (read.invalid) return undefined;
  const { metadata, spec } = manifest;
  let labels = isMap(metadata) ? metadata['labels'] : undefined;
  if ((kind === 'Job' || kind === 'ReplicationController') && (!isMap(labels) || Object.keys(labels).length === 0)) {
    const template = isMap(spec) ? spec['template'] : undefined;
    const podMetadata = isMap(template) ? template['metadata'] : undefined;
    labels = isMap(podMetadata) ? podMetadata['labels'] : undefined;
  }
  const known: Record<string, string> = Object.create(null);
  if (isMap(labels)) {
    for (const key of Object.keys(labels)) {
      const value = labels[key];
      if (typeof value === 'string') known[key] = value;
    }
  }
  // Controllers add labels of their own.
  const open = controlled !== undefined && read.selector.some(({ key }) => isControllerLabel(key));
  return matches(read.selector, { labels: known, open });
}

function anyRule(rules: Value | undefined, candidate: Candidate): Verdict {
  let verdict: Verdict = false;
  for (const rule of maps(rules)) {
    const meant = matchesRule(rule, candidate) ? namesMatch(rule, candidate) : false;
    if (meant === true) return true;
    if (meant === undefined) verdict = undefined;
  }
  return verdict;
}

function namesMatch({ resourceNames }: ValueMap, { name, controlled }: Candidate): Verdict {
  const names = strings(resourceNames);
  if (names.length === 0) return true;
  return controlled !== undefined ? undefined : names.includes(name);
}

function matchesRule(rule: ValueMap, { group, version, resource }: Candidate): boolean {
  const { scope, operations, apiGroups, apiVersions, resources } = rule;
  if (scope === 'Cluster') return false;
  const has = (list: Value | undefined, wanted: string) => {
    const words = strings(list);
    return words.includes('*') || words.includes(wanted);
  };
  if (!has(operations, 'CREATE') || !has(apiGroups, group) || !has(apiVersions, version)) return false;
  return strings(resources).some((text) => {
    const [main, sub] = text.split('/', 2) as [string, string | undefined];
    return (main === '*' || main === resource) && (sub === undefined || sub === '*' || sub === '');
  });
}

function maps(value: Value | undefined): readonly ValueMap[] {
  return isList(value) ? value.filter(isMap) : [];
}

function strings(value: Value | undefined): readonly string[] {
  return isList(value) ? value.filter((item) => typeof item === 'string') : [];
}
