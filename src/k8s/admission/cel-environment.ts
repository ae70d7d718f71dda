import type { ObjectTypes } from '../cel/typecheck.ts';
import { BOOL, type CelType, DYN, listOf, mapOf, type Named, STRING } from '../cel/types.ts';

const TEXT = STRING;
const OBJECT = (name: string): Named => ({ name, of: [] });

/** Types that the API server declares for admission. */
export const ADMISSION_TYPES: ObjectTypes = {
  'kubernetes.AdmissionRequest': {
    kind: OBJECT('kubernetes.GroupVersionKind'),
    resource: OBJECT('kubernetes.GroupVersionResource'),
    subResource: TEXT,
    requestKind: OBJECT('kubernetes.GroupVersionKind'),
    requestResource: OBJECT('kubernetes.GroupVersionResource'),
    requestSubResource: TEXT,
    name: TEXT,
    namespace: TEXT,
    operation: TEXT,
    userInfo: OBJECT('kubernetes.UserInfo'),
    dryRun: BOOL,
    options: DYN,
  },
  'kubernetes.GroupVersionKind': { group: TEXT, version: TEXT, kind: TEXT },
  'kubernetes.GroupVersionResource': { group: TEXT, version: TEXT, resource: TEXT },
  'kubernetes.UserInfo': {
    username: TEXT,
    uid: TEXT,
    groups: listOf(TEXT),
    extra: mapOf(TEXT, listOf(TEXT)),
  },
  'kubernetes.Namespace': {
    metadata: OBJECT('kubernetes.NamespaceMetadata'),
    spec: OBJECT('kubernetes.NamespaceSpec'),
    status: OBJECT('kubernetes.NamespaceStatus'),
  },
  'kubernetes.NamespaceMetadata': {
    name: TEXT,
    generateName: TEXT,
    namespace: TEXT,
    labels: mapOf(TEXT, TEXT),
    annotations: mapOf(TEXT, TEXT),
    UID: TEXT,
    creationTimestamp: OBJECT('google.protobuf.Timestamp'),
    deletionGracePeriodSeconds: OBJECT('int'),
    deletionTimestamp: OBJECT('google.protobuf.Timestamp'),
    generation: OBJECT('int'),
    resourceVersion: TEXT,
    finalizers: listOf(TEXT),
  },
  'kubernetes.NamespaceSpec': { finalizers: listOf(TEXT) },
  'kubernetes.NamespaceStatus': { phase: TEXT, conditions: listOf(OBJECT('kubernetes.NamespaceCondition')) },
  'kubernetes.NamespaceCondition': {
    status: TEXT,
    type: TEXT,
    lastTransitionTime: OBJECT('google.protobuf.Timestamp'),
    message: TEXT,
    reason: TEXT,
  },
  'kubernetes.authorization.Authorizer': {
    requestResource: OBJECT('kubernetes.authorization.ResourceCheck'),
  },
};

/** What every expression of an admission policy can name. */
export const ADMISSION_ROOTS: Readonly<Record<string, CelType>> = {
  object: DYN,
  oldObject: DYN,
  request: OBJECT('kubernetes.AdmissionRequest'),
  namespaceObject: OBJECT('kubernetes.Namespace'),
  authorizer: OBJECT('kubernetes.authorization.Authorizer'),
};

/** Types that the API server does not carry over from a variable to those who read it. */
export function variableType(type: Named): Named {
  const { name, of } = type;
  if (name === 'list') return { name, of: [variableType(of[0] as Named)] };
  if (name === 'map') return { name, of: of.map((part) => variableType(part as Named)) };
  return CARRIED.has(name) ? type : DYN;
}

const CARRIED: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'google.protobuf.Duration',
  'int',
  'null_type',
  'string',
  'google.protobuf.Timestamp',
  'uint',
]);
