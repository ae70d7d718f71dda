import { type AuditPolicy, type AuditRule, LEVELS, type Path, STAGES } from './policy.ts';

export interface PolicyError {
  readonly path: Path;
  /** What is wrong, to follow the field: `is not supported`. */
  readonly message: string;
}

/** What keeps kube-apiserver from starting: apiserver/pkg/apis/audit/validation and the reader around it. */
export function validatePolicy(policy: AuditPolicy): readonly PolicyError[] {
  const errors: PolicyError[] = [...stageErrors(policy.omitStages, ['omitStages'])];
  for (const [index, rule] of policy.rules.entries()) errors.push(...ruleErrors(rule, ['rules', index]));
  if (policy.rules.length === 0) errors.push({ path: ['rules'], message: 'holds no rule' });
  return errors;
}

function ruleErrors(rule: AuditRule, path: Path): readonly PolicyError[] {
  const errors: PolicyError[] = [];
  const add = (message: string, ...steps: Path): void => {
    errors.push({ path: [...path, ...steps], message });
  };
  if (rule.level === '') add('is required', 'level');
  else if (!LEVELS.some((level) => level === rule.level)) {
    add(`"${rule.level}" is none of ${LEVELS.join(', ')}`, 'level');
  }
  rule.nonResourceURLs.forEach((url, index) => {
    if (url === '*') return;
    if (!url.startsWith('/')) add(`"${url}" does not begin with a slash`, 'nonResourceURLs', index);
    if (url.slice(0, -1).includes('*')) add(`"${url}" has a \`*\` before its end`, 'nonResourceURLs', index);
  });
  rule.resources.forEach(({ group, resources, resourceNames }, index) => {
    if (group !== '' && group !== '*' && !isSubdomain(group)) {
      add(`"${group}" is no API group${groupHint(group)}`, 'resources', index, 'group');
    }
    if (resourceNames.length > 0 && resources.length === 0) {
      add('needs resources beside it', 'resources', index, 'resourceNames');
    }
  });
  errors.push(...stageErrors(rule.omitStages, [...path, 'omitStages']));
  if (rule.nonResourceURLs.length > 0 && (rule.resources.length > 0 || rule.namespaces.length > 0)) {
    add('stands beside resources or namespaces, and a rule is for one or the other', 'nonResourceURLs');
  }
  return errors;
}

function stageErrors(stages: readonly string[], path: Path): readonly PolicyError[] {
  return stages.flatMap((stage, index) =>
    STAGES.some((known) => known === stage)
      ? []
      : [{ path: [...path, index], message: `"${stage}" is none of ${STAGES.join(', ')}` }],
  );
}

/** RFC 1123 subdomain, as IsDNS1123Subdomain has it. */
function isSubdomain(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(text);
}

function groupHint(group: string): string {
  if (group.includes('/')) return ': the version does not belong there';
  return group !== group.toLowerCase() ? ': groups are in lower case' : '';
}
