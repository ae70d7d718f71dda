import { SourceFile } from '../../text/source-file.ts';
import { formatPath } from '../../yaml/node.ts';
import { parse } from '../../yaml/parse.ts';
import { isMap, type Value, type ValueMap } from '../../yaml/value.ts';
import { splitApiVersion } from '../resource.ts';
import { type AuditRequest, evaluate } from './evaluate.ts';
import { type AuditPolicy, decodePolicy } from './policy.ts';
import { validatePolicy } from './validate.ts';

/** A policy as the API server takes it. */
export interface LoadedPolicy {
  /** Undefined where the server does not start with it. */
  readonly policy: AuditPolicy | undefined;
  /** Why not: a field and what is wrong with it. */
  readonly errors: readonly string[];
  /** Keys that are dropped with a line in the log. */
  readonly unknown: readonly string[];
}

export function loadPolicy(value: Value): LoadedPolicy {
  const apiVersion = isMap(value) && typeof value['apiVersion'] === 'string' ? value['apiVersion'] : '';
  const { group, version } = splitApiVersion(apiVersion);
  if (group !== 'audit.k8s.io' || version !== 'v1' || !isMap(value) || value['kind'] !== 'Policy') {
    const kind = isMap(value) && typeof value['kind'] === 'string' ? value['kind'] : '';
    return { policy: undefined, errors: [`"${apiVersion}" "${kind}" is no audit.k8s.io/v1 Policy`], unknown: [] };
  }
  const { policy, faults } = decodePolicy(value);
  const errors = faults
    .filter(({ kind }) => kind === 'type')
    .map(({ path, message }) => `${formatPath(path)} ${message}`);
  if (errors.length === 0) {
    errors.push(...validatePolicy(policy).map(({ path, message }) => `${formatPath(path)} ${message}`));
  }
  const unknown = faults.filter(({ kind }) => kind === 'unknown').map(({ path }) => formatPath(path));
  return { policy: errors.length > 0 ? undefined : policy, errors, unknown };
}

/** The answer to one line of `--requests`, in the form that the reference implementation gives. */
export function answerRequest(line: ValueMap, fixed: LoadedPolicy | undefined): Record<string, unknown> {
  const answer: Record<string, unknown> = line['id'] === undefined ? {} : { id: line['id'] };
  const text = line['policy'];
  const own = typeof text === 'string' && text !== '' ? loadText(text) : undefined;
  const loaded = own ?? fixed;
  if (loaded === undefined) return { ...answer, error: 'no policy' };
  if (own !== undefined) {
    answer['result'] = {
      loaded: own.policy !== undefined,
      ...(own.errors.length === 0 ? {} : { validation: own.errors }),
      ...(own.unknown.length === 0 ? {} : { unknown: own.unknown }),
    };
  }
  if (loaded.policy === undefined || line['validateOnly'] === true) return answer;
  const { level, omitStages, omitManagedFields, rule } = evaluate(loaded.policy, readRequest(line));
  return { ...answer, level, omitStages, omitManagedFields, ...(rule === undefined ? {} : { rule }) };
}

function loadText(text: string): LoadedPolicy {
  const [document] = parse(new SourceFile('policy', text));
  const error = document?.errors[0];
  if (document === undefined || error !== undefined) {
    return { policy: undefined, errors: [error?.message ?? 'the policy is empty'], unknown: [] };
  }
  return loadPolicy(document.value);
}

function readRequest(line: ValueMap): AuditRequest {
  const text = (key: string): string => {
    const value = line[key];
    return typeof value === 'string' ? value : '';
  };
  const groups = line['groups'];
  return {
    user: text('user'),
    groups: Array.isArray(groups) ? groups.filter((each): each is string => typeof each === 'string') : [],
    verb: text('verb'),
    namespace: text('namespace'),
    apiGroup: text('apiGroup'),
    resource: text('resource'),
    subresource: text('subresource'),
    name: text('name'),
    path: text('path'),
  };
}
