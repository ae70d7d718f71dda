import type { AuditLevel, AuditPolicy, AuditRule } from './policy.ts';
import { isResourceRule } from './policy.ts';

/** What the API server knows of a request when it asks the policy. */
export interface AuditRequest {
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  readonly namespace: string;
  readonly apiGroup: string;
  /** '' for a request that is for no resource: then `path` counts. */
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly path: string;
}

export interface AuditDecision {
  readonly level: string;
  readonly omitStages: readonly string[];
  readonly omitManagedFields: boolean;
  /** Index of the rule that decided; undefined where none matched, which means None. */
  readonly rule: number | undefined;
}

/** The first rule that matches decides: apiserver/pkg/audit/policy/checker.go. */
export function evaluate(policy: AuditPolicy, request: AuditRequest): AuditDecision {
  for (let index = 0; index < policy.rules.length; index++) {
    const rule = policy.rules[index]!;
    if (!matches(rule, request)) continue;
    return {
      level: rule.level,
      omitStages: union(policy.omitStages, rule.omitStages),
      omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields,
      rule: index,
    };
  }
  return {
    level: 'None' satisfies AuditLevel,
    omitStages: [...policy.omitStages].sort(),
    omitManagedFields: policy.omitManagedFields,
    rule: undefined,
  };
}

/** Comparison is by exact text; only resources and paths know wildcards. */
export function matches(rule: AuditRule, request: AuditRequest): boolean {
  if (rule.users.length > 0 && !rule.users.includes(request.user)) return false;
  if (rule.userGroups.length > 0 && !request.groups.some((group) => rule.userGroups.includes(group))) return false;
  if (rule.verbs.length > 0 && !rule.verbs.includes(request.verb)) return false;
  if (isResourceRule(rule)) return matchesResource(rule, request);
  if (rule.nonResourceURLs.length === 0) return true;
  return request.resource === '' && rule.nonResourceURLs.some((spec) => matchesPath(spec, request.path));
}

/** `*`, the path itself, or its beginning with a `*` behind it. */
export function matchesPath(spec: string, path: string): boolean {
  if (spec === '*' || spec === path) return true;
  return spec.endsWith('*') && path.startsWith(spec.replace(/\*+$/, ''));
}

/** Whether a resource word of a rule means `resource` or `resource/subresource`. */
export function matchesWord(word: string, resource: string, subresource: string): boolean {
  if (word === '*' || word === (subresource === '' ? resource : `${resource}/${subresource}`)) return true;
  if (subresource !== '' && word.startsWith('*/') && word.slice(2) === subresource) return true;
  return word.endsWith('/*') && word.slice(0, -2) === resource;
}

function matchesResource(rule: AuditRule, request: AuditRequest): boolean {
  if (request.resource === '') return false;
  if (rule.namespaces.length > 0 && !rule.namespaces.includes(request.namespace)) return false;
  if (rule.resources.length === 0) return true;
  return rule.resources.some(({ group, resources, resourceNames }) => {
    if (group !== '*' && group !== request.apiGroup) return false;
    if (resources.length === 0) return true;
    if (resourceNames.length > 0 && !resourceNames.includes(request.name)) return false;
    return resources.some((word) => matchesWord(word, request.resource, request.subresource));
  });
}

function union(one: readonly string[], other: readonly string[]): readonly string[] {
  return [...new Set([...one, ...other])].sort();
}
