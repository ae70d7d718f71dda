import { SEVERITIES } from '../engine/finding.ts';
import type { AnyRule } from '../engine/rule.ts';

const TARGETS = ['container', 'pod', 'resource', 'document', 'project'];

/** Holds what a plugin module exports to the form `{ name, rules }`. */
export function checkPlugin(loaded: unknown): {
  readonly rules: readonly AnyRule[];
  readonly fault: string | undefined;
} {
  const fail = (fault: string) => ({ rules: [], fault });
  const plugin = defaultExport(loaded);
  if (!isRecord(plugin) || typeof plugin['name'] !== 'string' || !Array.isArray(plugin['rules'])) {
    return fail('has no default export of the form { name, rules }');
  }
  const { name } = plugin;
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    return fail(`has the name "${name}"; a name is small letters, digits and dashes`);
  const seen = new Set<unknown>();
  for (const [index, rule] of plugin['rules'].entries()) {
    const fault = ruleFault(rule, name);
    if (fault !== undefined) return fail(`has a rule (number ${index + 1}) that ${fault}`);
    if (seen.has(rule.id)) return fail(`has two rules "${rule.id}"`);
    seen.add(rule.id);
  }
  // The checks above stand for the type: what is missed shows as a rule that throws, which is reported as such.
  return { rules: plugin['rules'] as AnyRule[], fault: undefined };
}

function ruleFault(rule: unknown, plugin: string): string | undefined {
  if (!isRecord(rule)) return 'is no object; make it with defineRule';
  const { id, on, severity, preset, messages, checks, title } = rule;
  if (typeof id !== 'string' || !id.startsWith(`${plugin}/`))
    return `has the id ${JSON.stringify(id)}; it has to begin with "${plugin}/"`;
  if (typeof title !== 'string') return 'has no title';
  if (!TARGETS.includes(String(on))) return `is on ${JSON.stringify(on)}; one of ${TARGETS.join(', ')}`;
  if (!SEVERITIES.some((each) => each === severity))
    return `has the severity ${JSON.stringify(severity)}; one of ${SEVERITIES.join(', ')}`;
  if (!['recommended', 'strict', 'all'].includes(String(preset)))
    return `has the preset ${JSON.stringify(preset)}; one of recommended, strict, all`;
  if (!isRecord(messages)) return 'has no messages';
  if (!Array.isArray(checks)) return 'has no checks; make it with defineRule';
  if (!isRecord(rule['docs'])) return 'has no docs';
  return undefined;
}

function defaultExport(loaded: unknown): unknown {
  return isRecord(loaded) && loaded['default'] !== undefined ? loaded['default'] : loaded;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
