import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';
import { CelList, CelMap, fromValue, type Outcome, Unknown } from '../cel/value.ts';
import { parseImage } from '../image.ts';
import { isUnresolved } from '../placeholder.ts';
import { parseQuantity, type Quantity } from '../quantity.ts';
import { GO_TYPES } from './go-types.ts';

/** A manifest before it is what the API server has: with gaps where something is not known. */
type Draft = null | boolean | number | bigint | string | Unknown | readonly Draft[] | DraftMap;
interface DraftMap {
  [key: string]: Draft;
}

/** The object is not of the types that the API server decodes it to: it is refused before any policy sees it. */
export class NotDecoded {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

/** What is not certain of an object that is otherwise known: each way it can be is looked at. */
export interface Circumstances {
  /** `kubectl apply` keeps what it applied in an annotation; other ways to create an object do not. */
  readonly appliedByKubectl: boolean;
  /** Whether a token of the service account is mounted; its ServiceAccount may say. */
  readonly tokenMounted: boolean;
  /** A LimitRange of the namespace writes requests and limits. */
  readonly limited: boolean;
  /** Undefined where it is not known which one. */
  readonly namespace: string | undefined;
  /** Of a pod that a controller makes: the fields of its spec that it changes. */
  readonly controlled?: readonly string[];
}

/**
 * An object of one of Kubernetes' own workload kinds as an expression of an admission policy sees it when it is created:
 * decoded into Go's types, defaulted, and with what the API server and its default admission plugins add.
 */
export function storedObject(
  kind: string,
  manifest: ValueMap,
  circumstances: Circumstances,
): CelMap | NotDecoded | undefined {
  if (!Object.hasOwn(GO_TYPES, kind)) return undefined;
  return readStored(kind, manifest, circumstances, new Map());
}

export type StoredObjectReader = typeof storedObject;

/** The same for many objects: the types are read once. */
export function storedObjectReader(): StoredObjectReader {
  const types: Types = new Map();
  return (kind, manifest, circumstances) =>
    isStorable(kind) ? readStored(kind, manifest, circumstances, types) : undefined;
}

/** Fields by Go type, as they are read. */
type Types = Map<string, readonly Field[]>;

function readStored(
  kind: string,
  manifest: ValueMap,
  circumstances: Circumstances,
  types: Types,
): CelMap | NotDecoded | undefined {
  const draft = copy(manifest);
  if (!isDraftMap(draft)) return undefined;
  defaultObject(kind, draft, circumstances);
  try {
    const object = decode(kind, draft, '', types);
    if (!(object instanceof CelMap)) return undefined;
    return circumstances.controlled === undefined ? object : withOpenLabels(object);
  } catch (error) {
    if (error instanceof DecodeError) return new NotDecoded(error.path);
    throw error;
  }
}

/** Labels that controllers write on the pods they make. */
export function isControllerLabel(key: string): boolean {
  return /^(?:pod-template-hash|controller-revision-hash|pod-template-generation|controller-uid|job-name)$|^(?:apps|batch|statefulset)\.kubernetes\.io\//.test(
    key,
  );
}

function withOpenLabels(object: CelMap): CelMap {
  const metadata = object.get('metadata');
  if (!(metadata instanceof CelMap)) return object;
  const labels = metadata.get('labels');
  const opened = new CelMap(labels instanceof CelMap ? labels.entries() : [], true, isControllerLabel);
  const replaced = new CelMap([...metadata.entries(), ['labels', opened]], true);
  return new CelMap([...object.entries(), ['metadata', replaced]], true);
}

/** Whether objects of the kind can be told as the API server has them. */
export function isStorable(kind: string): boolean {
  return Object.hasOwn(GO_TYPES, kind);
}

class DecodeError extends Error {
  readonly path: string;

  constructor(path: string) {
    super(path);
    this.path = path;
  }
}

const SERVER = new Unknown('what the API server writes');
const PLUGIN = new Unknown('what an admission plugin may set');
const TEMPLATE = new Unknown('a value that is filled in later');
const RELEASE = new Unknown('a default that not every release has');

/** Defaults of a Go type that depend on nothing but its own fields: written where the field is absent or empty. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, Draft>>>> = {
  ContainerPort: { protocol: 'TCP' },
  Probe: { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  HTTPGetAction: { path: '/', scheme: 'HTTP' },
  ObjectFieldSelector: { apiVersion: 'v1' },
  Container: { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' },
  EphemeralContainer: { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' },
  PodSpec: { dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', schedulerName: 'default-scheduler' },
  ISCSIVolumeSource: { iscsiInterface: 'default' },
  RBDVolumeSource: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
  ScaleIOVolumeSource: { storageMode: 'ThinProvisioned', fsType: 'xfs' },
  StatefulSetSpec: { podManagementPolicy: 'OrderedReady' },
  // Of this type there are volumeClaimTemplates only, which the API server gives a kind.
  PersistentVolumeClaim: { kind: 'PersistentVolumeClaim', apiVersion: 'v1' },
  StatefulSetPersistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  CronJobSpec: { concurrencyPolicy: 'Allow' },
  PodFailurePolicyOnPodConditionsPattern: { status: 'True' },
};

/** The same for fields that are pointers: written where the field is absent. */
const POINTER_DEFAULTS: Readonly<Record<string, Readonly<Record<string, Draft>>>> = {
  GRPCAction: { service: '' },
  PodSpec: { terminationGracePeriodSeconds: 30, securityContext: {} },
  SecretVolumeSource: { defaultMode: 420 },
  ConfigMapVolumeSource: { defaultMode: 420 },
  DownwardAPIVolumeSource: { defaultMode: 420 },
  ProjectedVolumeSource: { defaultMode: 420 },
  HostPathVolumeSource: { type: '' },
  ServiceAccountTokenProjection: { expirationSeconds: 3600 },
  AzureDiskVolumeSource: { cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' },
  FileKeySelector: { optional: false },
  PersistentVolumeClaimSpec: { volumeMode: 'Filesystem' },
  DeploymentSpec: { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
  DaemonSetSpec: { revisionHistoryLimit: 10 },
  StatefulSetSpec: { replicas: 1, revisionHistoryLimit: 10, persistentVolumeClaimRetentionPolicy: {} },
  ReplicaSetSpec: { replicas: 1 },
  ReplicationControllerSpec: { replicas: 1 },
  CronJobSpec: { suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
};

/** What the API server or one of its plugins writes into a field that the manifest leaves out. */
const UNKNOWN: Readonly<Record<string, Readonly<Record<string, Unknown>>>> = {
  HTTPGetAction: { protocol: RELEASE },
  ImageVolumeSource: { pullPolicy: RELEASE },
  ClusterTrustBundleProjection: { optional: RELEASE },
  PodCertificateProjection: { maxExpirationSeconds: RELEASE, keyType: RELEASE },
};

const METADATA = ['uid', 'creationTimestamp', 'resourceVersion', 'generation', 'selfLink', 'managedFields'];

function defaultObject(kind: string, object: DraftMap, circumstances: Circumstances): void {
  const metadata = mapAt(object, 'metadata');
  if (metadata === undefined) return;
  for (const key of METADATA) metadata[key] = SERVER;
  const spec = kind === 'ConfigMap' ? undefined : mapAt(object, 'spec');
  if (spec === undefined) return;
  if (isEmpty(metadata['name'])) metadata['name'] = SERVER;
  metadata['namespace'] = circumstances.namespace ?? SERVER;
  object['status'] = SERVER;
  if (circumstances.controlled !== undefined) {
    for (const key of ['generateName', 'finalizers']) metadata[key] = SERVER;
    metadata['ownerReferences'] = [
      { apiVersion: SERVER, kind: SERVER, name: SERVER, uid: SERVER, controller: true, blockOwnerDeletion: true },
    ];
    for (const key of circumstances.controlled) spec[key] = SERVER;
  }
  if (circumstances.appliedByKubectl) {
    const annotations = mapAt(metadata, 'annotations');
    if (annotations !== undefined) annotations['kubectl.kubernetes.io/last-applied-configuration'] = SERVER;
  }
  if (kind === 'DaemonSet') {
    const annotations = mapAt(metadata, 'annotations');
    if (annotations !== undefined) annotations['deprecated.daemonset.template.generation'] = SERVER;
  }
  switch (kind) {
    case 'Pod':
      defaultPod(spec, circumstances);
      break;
    case 'ReplicationController': {
      const labels = at(spec, 'template', 'metadata', 'labels');
      if (isDraftMap(labels)) {
        if (isEmpty(spec['selector'])) spec['selector'] = labels;
        if (isEmpty(metadata['labels'])) metadata['labels'] = labels;
      }
      break;
    }
    case 'Deployment':
      defaultDeployment(spec);
      break;
    case 'DaemonSet':
      defaultDaemonSet(spec);
      break;
    case 'StatefulSet':
      defaultStatefulSet(spec);
      break;
    case 'Job': {
      const labels = at(spec, 'template', 'metadata', 'labels');
      if (isDraftMap(labels) && isEmpty(metadata['labels'])) metadata['labels'] = { ...labels };
      defaultJob(spec);
      // The API server labels the pods of a Job with its uid and name, and selects them by it.
      if (spec['manualSelector'] !== true) spec['selector'] = SERVER;
      const template = mapAt(spec, 'template');
      const podMetadata = template === undefined ? undefined : mapAt(template, 'metadata');
      const podLabels = podMetadata === undefined ? undefined : mapAt(podMetadata, 'labels');
      if (podLabels !== undefined && spec['manualSelector'] !== true) {
        for (const key of ['controller-uid', 'job-name']) {
          podLabels[key] = SERVER;
          podLabels[`batch.kubernetes.io/${key}`] = SERVER;
        }
      }
      break;
    }
  }
}

function defaultDeployment(spec: DraftMap): void {
  const strategy = mapAt(spec, 'strategy');
  if (strategy === undefined) return;
  if (isEmpty(strategy['type'])) strategy['type'] = 'RollingUpdate';
  if (strategy['type'] !== 'RollingUpdate') return;
  const rolling = mapAt(strategy, 'rollingUpdate');
  if (rolling === undefined) return;
  rolling['maxUnavailable'] ??= '25%';
  rolling['maxSurge'] ??= '25%';
}

function defaultDaemonSet(spec: DraftMap): void {
  const strategy = mapAt(spec, 'updateStrategy');
  if (strategy === undefined) return;
  if (isEmpty(strategy['type'])) strategy['type'] = 'RollingUpdate';
  if (strategy['type'] !== 'RollingUpdate') return;
  const rolling = mapAt(strategy, 'rollingUpdate');
  if (rolling === undefined) return;
  rolling['maxUnavailable'] ??= 1;
  rolling['maxSurge'] ??= 0;
}

function defaultStatefulSet(spec: DraftMap): void {
  const strategy = mapAt(spec, 'updateStrategy');
  if (strategy === undefined) return;
  if (isEmpty(strategy['type'])) {
    strategy['type'] = 'RollingUpdate';
    mapAt(strategy, 'rollingUpdate');
  }
  const rolling = strategy['rollingUpdate'];
  if (strategy['type'] !== 'RollingUpdate' || !isDraftMap(rolling)) return;
  rolling['partition'] ??= 0;
  rolling['maxUnavailable'] ??= RELEASE;
}

/** Of a Job alone, not of what a CronJob makes. */
function defaultJob(spec: DraftMap): void {
  spec['completionMode'] ??= 'NonIndexed';
  spec['suspend'] ??= false;
  spec['manualSelector'] ??= false;
  spec['podReplacementPolicy'] ??= RELEASE;
  if (isAbsent(spec['completions']) && isAbsent(spec['parallelism'])) spec['completions'] = 1;
  spec['parallelism'] ??= 1;
  if (isAbsent(spec['backoffLimit'])) spec['backoffLimit'] = isAbsent(spec['backoffLimitPerIndex']) ? 6 : 2147483647;
}

/** Of a Pod alone, not of a template, and with what the plugins add that every API server runs. */
function defaultPod(spec: DraftMap, { tokenMounted, limited }: Circumstances): void {
  const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')];
  for (const container of containers) {
    const limits = at(container, 'resources', 'limits');
    if (isDraftMap(limits)) {
      const resources = mapAt(container, 'resources')!;
      const requests = mapAt(resources, 'requests');
      if (requests !== undefined) for (const key of Object.keys(limits)) requests[key] ??= limits[key]!;
    }
    if (limited) container['resources'] = PLUGIN;
    if (spec['hostNetwork'] === true) {
      for (const port of listAt(container, 'ports')) {
        if (isAbsent(port['hostPort']) || port['hostPort'] === 0) port['hostPort'] = port['containerPort']!;
      }
    }
    if (tokenMounted && isAbsent(container['volumeMounts'])) container['volumeMounts'] = [];
    const mounts = container['volumeMounts'];
    const path = '/var/run/secrets/kubernetes.io/serviceaccount';
    if (tokenMounted && isList(mounts) && !mounts.some((mount) => isMap(mount) && mount['mountPath'] === path)) {
      container['volumeMounts'] = [...mounts, { name: SERVER, mountPath: path, readOnly: true } as Draft] as Draft;
    }
  }
  if (tokenMounted && !(spec['volumes'] instanceof Unknown)) {
    const volumes = isList(spec['volumes']) ? spec['volumes'] : [];
    spec['volumes'] = [...volumes, TOKEN_VOLUME] as Draft;
  }
  spec['enableServiceLinks'] ??= true;
  if (!isAbsent(spec['resources'])) spec['resources'] = RELEASE;
  const grace = spec['terminationGracePeriodSeconds'];
  if (typeof grace === 'number' && grace < 0) spec['terminationGracePeriodSeconds'] = 1;
  if (isEmpty(spec['serviceAccountName']) && isEmpty(spec['serviceAccount'])) spec['serviceAccountName'] = 'default';
  for (const key of ['priority', 'priorityClassName', 'preemptionPolicy', 'overhead', 'imagePullSecrets']) {
    if (isEmpty(spec[key])) spec[key] = PLUGIN;
  }
  // Tolerations of nodes that are not ready or not reachable are added.
  spec['tolerations'] = PLUGIN;
}

const TOKEN_VOLUME: Draft = {
  name: SERVER,
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
  },
};

function decode(type: string, draft: Draft | undefined, path: string, types: Types): Outcome | undefined {
  if (draft instanceof Unknown) return draft;
  const absent = draft === undefined || draft === null;
  if (typeof draft === 'string' && type !== 's' && isUnresolved(draft)) return TEMPLATE;
  switch (type[0]) {
    case '*':
      return absent ? null : decode(type.slice(1), draft, path, types);
    case '[': {
      if (absent) return null;
      if (!isList(draft)) throw new DecodeError(path);
      const item = type.slice(1, -1);
      return new CelList(
        (draft as readonly Draft[]).map((each, index) => decode(item, each, `${path}[${index}]`, types)!),
        true,
      );
    }
    case '{': {
      if (absent) return null;
      if (!isDraftMap(draft)) throw new DecodeError(path);
      const item = type.slice(1, -1);
      const name = path.slice(path.lastIndexOf('.') + 1);
      const rounded = item === 'q' && RESOURCE_LISTS.has(name);
      return new CelMap(
        Object.keys(draft).map((key) => {
          const value = draft[key];
          if (rounded && !(value instanceof Unknown)) return [key, quantity(value, `${path}.${key}`, true)] as const;
          return [key, decode(item, value, `${path}.${key}`, types)!] as const;
        }),
        true,
      );
    }
  }
  switch (type) {
    case 's':
      if (absent) return '';
      if (typeof draft !== 'string') throw new DecodeError(path);
      return isUnresolved(draft) ? TEMPLATE : draft;
    case 'b':
      if (absent) return false;
      if (typeof draft !== 'boolean') throw new DecodeError(path);
      return draft;
    case 'i':
      if (absent) return 0n;
      if (typeof draft === 'bigint' || typeof draft !== 'number' || !Number.isInteger(draft))
        throw new DecodeError(path);
      return BigInt(draft);
    case 'f':
      return absent ? 0 : typeof draft === 'number' ? draft : new Unknown(path);
    case 'x':
      if (absent) return 0n;
      if (typeof draft === 'string') return draft;
      if (typeof draft !== 'number' || !Number.isInteger(draft)) throw new DecodeError(path);
      return BigInt(draft);
    case 'q':
      return quantity(draft, path, false);
    case 't':
      return absent ? null : new Unknown('how a time is written');
    case 'y':
      return absent ? null : typeof draft === 'string' ? draft : new Unknown(path);
    case 'j':
      if (absent) return path.endsWith('status') ? SERVER : null;
      return fromValue(draft as Value, false);
  }
  return decodeStruct(type, draft, path, types);
}

const RESOURCE_LISTS: ReadonlySet<string> = new Set(['limits', 'requests', 'overhead', 'capacity']);

function decodeStruct(type: string, draft: Draft | undefined, path: string, types: Types): Outcome {
  const written = draft === undefined || draft === null ? {} : draft;
  if (!isDraftMap(written)) throw new DecodeError(path);
  applyDefaults(type, written);
  const entries: (readonly [string, Outcome])[] = [];
  for (const field of fieldsOf(type, types)) {
    const draftOf = written[field.name];
    // Most fields are left out, and most of those leave nothing behind.
    if (field.vanishes && (draftOf === undefined || draftOf === null)) continue;
    const value = decode(field.type, draftOf, path === '' ? field.name : `${path}.${field.name}`, types)!;
    if (!field.omitEmpty || !isZero(field.type, value)) entries.push([field.name, value]);
  }
  return new CelMap(entries, true);
}

function applyDefaults(type: string, written: DraftMap): void {
  const plain = Object.hasOwn(DEFAULTS, type) ? DEFAULTS[type]! : {};
  for (const key of Object.keys(plain)) if (isEmpty(written[key])) written[key] = plain[key]!;
  const pointers = Object.hasOwn(POINTER_DEFAULTS, type) ? POINTER_DEFAULTS[type]! : {};
  for (const key of Object.keys(pointers)) if (isAbsent(written[key])) written[key] = copy(pointers[key]!);
  const unknown = Object.hasOwn(UNKNOWN, type) ? UNKNOWN[type]! : {};
  for (const key of Object.keys(unknown)) if (isEmpty(written[key])) written[key] = unknown[key]!;
  switch (type) {
    case 'Container':
    case 'EphemeralContainer':
      if (isEmpty(written['imagePullPolicy'])) written['imagePullPolicy'] = pullPolicy(written['image']);
      break;
    case 'PodSpec':
      // Two names of one field, which Kubernetes keeps alike.
      if (isEmpty(written['serviceAccountName'])) written['serviceAccountName'] = written['serviceAccount'] ?? '';
      written['serviceAccount'] = written['serviceAccountName']!;
      break;
    case 'Volume':
      if (Object.keys(written).every((key) => key === 'name' || isAbsent(written[key]))) written['emptyDir'] = {};
      break;
  }
}

/** `Always` for the tag latest, which is also that of an image without tag and digest. */
function pullPolicy(image: Draft | undefined): Draft {
  if (typeof image !== 'string') return 'IfNotPresent';
  const read = parseImage(image);
  if (!('path' in read))
    return image === '' ? 'IfNotPresent' : new Unknown('how an image is pulled that cannot be read');
  const { tag, digest } = read;
  return tag === 'latest' || (tag === undefined && digest === undefined) ? 'Always' : 'IfNotPresent';
}

interface Field {
  readonly name: string;
  readonly omitEmpty: boolean;
  readonly type: string;
  /** An absent one is left out: it is no struct. */
  readonly vanishes: boolean;
}

function fieldsOf(type: string, types: Types): readonly Field[] {
  let fields = types.get(type);
  if (fields === undefined) {
    fields = (GO_TYPES[type] ?? '')
      .split(' ')
      .filter((text) => text !== '')
      .map((text) => {
        const colon = text.indexOf(':');
        const name = text.slice(0, colon);
        const omitEmpty = name.endsWith('?');
        const fieldType = text.slice(colon + 1);
        const vanishes = omitEmpty && /^(?:[*[{]|[sibfty]$)/.test(fieldType);
        return { name: omitEmpty ? name.slice(0, -1) : name, omitEmpty, type: fieldType, vanishes };
      });
    types.set(type, fields);
  }
  return fields;
}

/** Whether `omitempty` leaves it out: a struct never. */
function isZero(type: string, value: Outcome): boolean {
  if (value instanceof Unknown) return false;
  if (type.startsWith('*')) return value === null;
  if (value instanceof CelList) return value.items.length === 0;
  if (value instanceof CelMap) return type.startsWith('{') && value.size === 0;
  if (type === 'q' || type === 'x') return false;
  return value === null || value === '' || value === false || value === 0n || value === 0;
}

function quantity(draft: Draft | undefined, path: string, rounded: boolean): Outcome {
  if (draft === undefined || draft === null) return '0';
  if (typeof draft !== 'string' && typeof draft !== 'number') throw new DecodeError(path);
  const read = parseQuantity(draft);
  if (read === undefined) throw new DecodeError(path);
  if (!rounded) return canonicalQuantity(read);
  const rest = read.nano % 1_000_000n;
  return canonicalQuantity({ ...read, nano: rest > 0n ? read.nano - rest + 1_000_000n : read.nano });
}

/** As Kubernetes writes a quantity: the largest suffix that leaves a whole number. */
export function canonicalQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const binary =
    format === 'BinarySI' && nano % 1_000_000_000n === 0n && (nano >= 1024_000_000_000n || nano <= -1024_000_000_000n);
  if (binary) {
    let amount = nano / 1_000_000_000n;
    let power = 0;
    while (power < 6 && amount % 1024n === 0n) {
      amount /= 1024n;
      power++;
    }
    return `${amount}${['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'][power]}`;
  }
  let amount = nano;
  let exponent = -9;
  while (amount % 1000n === 0n && (exponent < 18 || format === 'DecimalExponent')) {
    amount /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return exponent === 0 ? String(amount) : `${amount}e${exponent}`;
  return `${amount}${['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'][exponent / 3 + 3]}`;
}

function copy(value: Draft | Value): Draft {
  if (value instanceof Unknown || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(copy);
  const map: DraftMap = Object.create(null);
  const source = value as DraftMap;
  for (const key of Object.keys(source)) map[key] = copy(source[key]!);
  return map;
}

function isDraftMap(value: Draft | undefined): value is DraftMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}

function isAbsent(value: Draft | undefined): boolean {
  return value === undefined || value === null;
}

function isEmpty(value: Draft | undefined): boolean {
  if (isAbsent(value) || value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isDraftMap(value) && Object.keys(value).length === 0;
}

/** The map at a key, made where there is none; undefined where something else stands there. */
function mapAt(map: DraftMap, key: string): DraftMap | undefined {
  const found = map[key];
  if (found === undefined || found === null) {
    const made: DraftMap = Object.create(null);
    map[key] = made;
    return made;
  }
  return isDraftMap(found) ? found : undefined;
}

function listAt(map: DraftMap, key: string): readonly DraftMap[] {
  const found = map[key];
  return Array.isArray(found) ? found.filter(isDraftMap) : [];
}

function at(map: DraftMap, ...path: readonly string[]): Draft | undefined {
  let found: Draft | undefined = map;
  for (const key of path) {
    if (!isDraftMap(found)) return undefined;
    found = found[key];
  }
  return found;
}
