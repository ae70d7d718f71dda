import { type AuditPolicy, type AuditRule, decodePolicy } from '../../k8s/audit/policy.ts';
import { validatePolicy } from '../../k8s/audit/validate.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';

export const POLICY_KINDS = ['Policy.audit.k8s.io'] as const;

/** The policy that the API server would run with; undefined for one that it does not load, and for a template. */
export function policyOf(resource: Resource): AuditPolicy | undefined {
  const { root, head } = resource;
  if (head.version !== 'v1' || isTemplate(resource)) return undefined;
  const { policy, faults } = decodePolicy(root.raw ?? null);
  if (faults.some(({ kind }) => kind === 'type') || validatePolicy(policy).length > 0) return undefined;
  return policy;
}

export function isTemplate({ root }: Resource): boolean {
  const { file, span } = root.document;
  return isUnresolved(file.text.slice(span.start, span.end));
}

export function ruleNode(resource: Resource, index: number): AnyNode {
  return resource.root.at(['rules', index]);
}

/** `3`, for people, who count rules from one. */
export function ordinal(index: number): string {
  return String(index + 1);
}

/** What a rule is for, in a few words. */
export function describe(rule: AuditRule): string {
  const words = rule.resources.flatMap(({ group, resources }) =>
    resources.length === 0 ? [group === '' ? 'the core group' : group] : resources,
  );
  return words.length > 0 ? words.join(', ') : rule.nonResourceURLs.join(', ');
}
