import type { PolicyRule } from './policy.ts';

/** A question to the authorizer: about a resource where `resource` is not empty, else about a path. */
export interface Request {
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** '' for cluster-scoped resources and for requests over all namespaces. */
  readonly namespace: string;
  /** The path of a request that is about no resource. */
  readonly path: string;
}

/**
 * Does this rule allow that request? The rules of the API server's RBAC authorizer, word by word
 * (pkg/apis/rbac/v1/evaluation_helpers.go, plugin/pkg/auth/authorizer/rbac): `res/*` is no pattern, `pods` does not
 * hold `pods/exec`, and `resourceNames` never match a request without a name.
 */
export function ruleAllows(rule: PolicyRule, request: Request): boolean {
  if (!holds(rule.verbs, request.verb)) return false;
  if (request.resource === '') return rule.nonResourceURLs.some((url) => urlMatches(url, request.path));
  return (
    holds(rule.apiGroups, request.apiGroup) &&
    resourceMatches(rule.resources, request.resource, request.subresource) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(request.name))
  );
}

/** `*` alone is every resource with its subresources, `*` before a slash that subresource of every resource. */
export function resourceMatches(resources: readonly string[], resource: string, subresource: string): boolean {
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  for (const granted of resources) {
    if (granted === '*' || granted === combined) return true;
    if (subresource !== '' && granted.startsWith('*/') && granted.slice(2) === subresource) return true;
  }
  return false;
}

/** The exact path, or what begins with the text before a final `*`. */
export function urlMatches(granted: string, path: string): boolean {
  if (granted === '*' || granted === path) return true;
  return granted.endsWith('*') && path.startsWith(granted.replace(/\*+$/, ''));
}

/** The item itself or `*`. */
export function holds(list: readonly string[], item: string): boolean {
  return list.includes(item) || list.includes('*');
}

/**
 * The smallest parts of `wanted` that `owned` does not cover: the guard against privilege escalation, which the API
 * server asks before it lets somebody write a role or a binding (component-helpers/auth/rbac/validation).
 */
export function uncovered(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  const missing: PolicyRule[] = [];
  for (const rule of wanted) {
    for (const part of breakDown(rule)) {
      if (!owned.some((owner) => covers(owner, part))) missing.push(part);
    }
  }
  return missing;
}

const NO_RULE: PolicyRule = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };

/** Rules of one verb, one group, one resource and at most one name; or of one verb and one URL. */
function breakDown(rule: PolicyRule): readonly PolicyRule[] {
  const parts: PolicyRule[] = [];
  for (const group of rule.apiGroups) {
    for (const resource of rule.resources) {
      for (const verb of rule.verbs) {
        const part = { ...NO_RULE, verbs: [verb], apiGroups: [group], resources: [resource] };
        if (rule.resourceNames.length === 0) parts.push(part);
        for (const name of rule.resourceNames) parts.push({ ...part, resourceNames: [name] });
      }
    }
  }
  for (const url of rule.nonResourceURLs) {
    for (const verb of rule.verbs) parts.push({ ...NO_RULE, verbs: [verb], nonResourceURLs: [url] });
  }
  return parts;
}

function covers(owner: PolicyRule, part: PolicyRule): boolean {
  return (
    coversEach(owner.verbs, part.verbs) &&
    coversEach(owner.apiGroups, part.apiGroups) &&
    part.resources.every((resource) => coversResource(owner.resources, resource)) &&
    part.nonResourceURLs.every((url) => owner.nonResourceURLs.some((owned) => urlMatches(owned, url))) &&
    (owner.resourceNames.length === 0 ||
      (part.resourceNames.length > 0 && part.resourceNames.every((name) => owner.resourceNames.includes(name))))
  );
}

function coversEach(owned: readonly string[], wanted: readonly string[]): boolean {
  return owned.includes('*') || wanted.every((item) => owned.includes(item));
}

function coversResource(owned: readonly string[], resource: string): boolean {
  if (owned.includes('*') || owned.includes(resource)) return true;
  const slash = resource.indexOf('/');
  return slash !== -1 && owned.includes(`*/${resource.slice(slash + 1)}`);
}
