import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';

/** Levels in the order of what they record. */
export const LEVELS = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type AuditLevel = (typeof LEVELS)[number];

export const STAGES = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;

export interface GroupResources {
  readonly group: string;
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
}

export interface AuditRule {
  /** As written: a level that does not exist is the validator's matter. */
  readonly level: string;
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  readonly verbs: readonly string[];
  readonly resources: readonly GroupResources[];
  readonly namespaces: readonly string[];
  readonly nonResourceURLs: readonly string[];
  readonly omitStages: readonly string[];
  readonly omitManagedFields: boolean | undefined;
}

export interface AuditPolicy {
  readonly rules: readonly AuditRule[];
  readonly omitStages: readonly string[];
  readonly omitManagedFields: boolean;
}

export type Path = readonly (string | number)[];

/** Something that the API server's decoder says about a policy. */
export interface DecodeFault {
  /** `type` keeps the server from starting; an `unknown` key is dropped with a line in the log. */
  readonly kind: 'type' | 'unknown';
  readonly path: Path;
  readonly message: string;
}

/** A policy as the API server decodes it: names of keys are case-sensitive, null is nothing, keys it does not know go. */
export function decodePolicy(value: Value): { readonly policy: AuditPolicy; readonly faults: readonly DecodeFault[] } {
  const reader = new Reader();
  const root = reader.map(value, [], POLICY_KEYS);
  const rules = reader.list(root['rules'], ['rules']).map((each, index): AuditRule => {
    const path = ['rules', index];
    const rule = reader.map(each, path, RULE_KEYS);
    return {
      level: reader.string(rule['level'], [...path, 'level']),
      users: reader.strings(rule['users'], [...path, 'users']),
      userGroups: reader.strings(rule['userGroups'], [...path, 'userGroups']),
      verbs: reader.strings(rule['verbs'], [...path, 'verbs']),
      resources: reader.list(rule['resources'], [...path, 'resources']).map((entry, position) => {
        const at = [...path, 'resources', position];
        const fields = reader.map(entry, at, RESOURCE_KEYS);
        return {
          group: reader.string(fields['group'], [...at, 'group']),
          resources: reader.strings(fields['resources'], [...at, 'resources']),
          resourceNames: reader.strings(fields['resourceNames'], [...at, 'resourceNames']),
        };
      }),
      namespaces: reader.strings(rule['namespaces'], [...path, 'namespaces']),
      nonResourceURLs: reader.strings(rule['nonResourceURLs'], [...path, 'nonResourceURLs']),
      omitStages: reader.strings(rule['omitStages'], [...path, 'omitStages']),
      omitManagedFields: reader.boolean(rule['omitManagedFields'], [...path, 'omitManagedFields']),
    };
  });
  reader.metadata(root['metadata'], ['metadata']);
  const policy = {
    rules,
    omitStages: reader.strings(root['omitStages'], ['omitStages']),
    omitManagedFields: reader.boolean(root['omitManagedFields'], ['omitManagedFields']) ?? false,
  };
  return { policy, faults: reader.faults };
}

/** A rule that applies to every request: it may still be limited to users, groups or verbs. */
export function isResourceRule(rule: AuditRule): boolean {
  return rule.namespaces.length > 0 || rule.resources.length > 0;
}

export function isUrlRule(rule: AuditRule): boolean {
  return !isResourceRule(rule) && rule.nonResourceURLs.length > 0;
}

/** Matches every request there is. */
export function isUnconditional(rule: AuditRule): boolean {
  return (
    rule.users.length === 0 &&
    rule.userGroups.length === 0 &&
    rule.verbs.length === 0 &&
    !isResourceRule(rule) &&
    rule.nonResourceURLs.length === 0
  );
}

const POLICY_KEYS = ['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields'];
const RULE_KEYS = [
  'level',
  'users',
  'userGroups',
  'verbs',
  'resources',
  'namespaces',
  'nonResourceURLs',
  'omitStages',
  'omitManagedFields',
];
const RESOURCE_KEYS = ['group', 'resources', 'resourceNames'];
const METADATA_TEXTS = ['name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion'];

class Reader {
  readonly faults: DecodeFault[] = [];

  map(value: Value | undefined, path: Path, keys: readonly string[]): ValueMap {
    if (value === undefined || value === null) return NOTHING;
    if (!isMap(value)) {
      this.mistyped(path, 'a mapping', value);
      return NOTHING;
    }
    for (const key of Object.keys(value)) {
      if (!keys.includes(key))
        this.faults.push({ kind: 'unknown', path: [...path, key], message: `unknown field "${key}"` });
    }
    return value;
  }

  list(value: Value | undefined, path: Path): readonly Value[] {
    if (value === undefined || value === null) return [];
    if (isList(value)) return value;
    this.mistyped(path, 'a list', value);
    return [];
  }

  strings(value: Value | undefined, path: Path): readonly string[] {
    return this.list(value, path).map((each, index) => this.string(each, [...path, index]));
  }

  string(value: Value | undefined, path: Path): string {
    if (typeof value === 'string') return value;
    if (value !== undefined && value !== null) this.mistyped(path, 'text', value);
    return '';
  }

  boolean(value: Value | undefined, path: Path): boolean | undefined {
    if (typeof value === 'boolean') return value;
    if (value !== undefined && value !== null) this.mistyped(path, 'a boolean', value);
    return undefined;
  }

  /** Nobody reads it, but a wrong type in it keeps the server from starting all the same. */
  metadata(value: Value | undefined, path: Path): void {
    if (value === undefined || value === null) return;
    if (!isMap(value)) {
      this.mistyped(path, 'a mapping', value);
      return;
    }
    for (const key of METADATA_TEXTS) this.string(value[key], [...path, key]);
    for (const key of ['labels', 'annotations']) {
      const entries = value[key];
      if (entries === undefined || entries === null) continue;
      if (!isMap(entries)) this.mistyped([...path, key], 'a mapping', entries);
      else for (const name of Object.keys(entries)) this.string(entries[name], [...path, key, name]);
    }
  }

  private mistyped(path: Path, wanted: string, value: Value): void {
    this.faults.push({ kind: 'type', path, message: `must be ${wanted}, not ${typeName(value)}` });
  }
}

const NOTHING: ValueMap = Object.freeze(Object.create(null));

function typeName(value: Value): string {
  if (isList(value)) return 'a list';
  if (isMap(value)) return 'a mapping';
  return typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'a boolean' : 'a number';
}
