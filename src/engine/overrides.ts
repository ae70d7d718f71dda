import { groupKind, type ResourceId } from '../k8s/resource.ts';
import { isNamespaced } from '../k8s/schema/scope.ts';
import { matchesFile, parseNamePattern, parsePathPatterns } from '../text/path-pattern.ts';
import type { Override, ResolvedConfig } from './config.ts';
import type { Finding } from './finding.ts';

/**
 * What the configuration says about parts of the input. The last override with a word on the rule wins: `off`
 * keeps the finding as a suppressed one, a severity replaces the rule's. A rule that is off in general, and on in an
 * override, speaks only there.
 */
export function overridesOf(config: ResolvedConfig): (findings: readonly Finding[]) => readonly Finding[] {
  if (config.overrides.length === 0) return (findings) => findings;
  const matchers = config.overrides.map((override) => ({
    override,
    matches: compileOverride(override, config.defaultNamespace),
  }));
  return (findings) => {
    const settled: Finding[] = [];
    for (const finding of findings) {
      const last = matchers.findLast(
        ({ override, matches }) => Object.hasOwn(override.rules, finding.ruleId) && matches(finding),
      );
      const severity = last?.override.rules[finding.ruleId]?.severity;
      if (last === undefined) {
        if (config.rules[finding.ruleId]?.severity !== 'off') settled.push(finding);
      } else if (severity === 'off') {
        settled.push({ ...finding, suppressed: { by: 'config', reason: last.override.reason } });
      } else {
        settled.push(severity === undefined ? finding : { ...finding, severity });
      }
    }
    return settled;
  };
}

type Matcher = (finding: Finding) => boolean;

/** Every list that is given has to match. */
function compileOverride(override: Override, defaultNamespace: string): Matcher {
  const matchers: Matcher[] = [];
  if (override.files !== undefined) {
    const patterns = parsePathPatterns(override.files);
    matchers.push(({ file }) => matchesFile(patterns, file));
  }
  const byName = (patterns: readonly string[] | undefined, names: (finding: Finding) => readonly string[]): void => {
    if (patterns === undefined) return;
    const expressions = patterns.map(parseNamePattern);
    matchers.push((finding) => names(finding).some((name) => expressions.some((expression) => expression.test(name))));
  };
  byName(override.namespaces, ({ resource }) =>
    resource === undefined ? [] : namespacesOf(resource, defaultNamespace),
  );
  byName(override.kinds, ({ resource }) =>
    resource === undefined ? [] : [resource.kind, groupKind(resource.group, resource.kind)],
  );
  byName(override.names, ({ resource }) => (resource === undefined ? [] : [resource.name]));
  return (finding) => matchers.every((matches) => matches(finding));
}

/** A Namespace counts as in itself; an object that names none is where kubectl would put it. */
function namespacesOf({ group, kind, namespace, name }: ResourceId, defaultNamespace: string): readonly string[] {
  if (group === '' && kind === 'Namespace') return [name];
  if (namespace !== '') return [namespace];
  return isNamespaced(group, kind) === false ? [] : [defaultNamespace];
}
