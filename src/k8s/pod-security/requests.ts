import { SourceFile } from '../../text/source-file.ts';
import { Document } from '../../yaml/document.ts';
import { parseJson } from '../../yaml/json.ts';
import { type AnyNode, Node } from '../../yaml/node.ts';
import { parse } from '../../yaml/parse.ts';
import { isMap, type Value, type ValueMap } from '../../yaml/value.ts';
import { PodView } from '../pod.ts';
import { groupKind, type Resource, splitApiVersion } from '../resource.ts';
import { createDecoder, type Decoder } from './decode.ts';
import { describeOffenders, evaluate } from './evaluate.ts';
import { type Level, parseLevel, parsePolicyVersion } from './level.ts';

/** The answer to one request, in the form of the reference program that asks Kubernetes' own evaluator. */
export interface Answer {
  readonly id?: unknown;
  readonly level: string;
  readonly version: string;
  readonly kind?: string;
  readonly allowed: boolean;
  readonly failed: readonly { readonly id: string; readonly reason: string; readonly detail: string }[];
  /** Why there is no verdict: the API server would not read this object. */
  readonly error?: string;
}

/**
 * Answers requests of one JSON a line: `{"id", "level", "version", "pod"}`, where `pod` (or `podJSON`, `object`) is a
 * Pod or a built-in workload, or its YAML as a string. Nothing but the object decides: no namespace, no exemption.
 */
export function createResponder(options: ResponderOptions = {}): (line: string) => Answer {
  const decoder = createDecoder();
  return (line) => respond(line, decoder, options);
}

export interface ResponderOptions {
  /** The release of the API server that answers; the newest known where it is left out. */
  readonly server?: number | undefined;
  /** The level of requests that name none. */
  readonly level?: Level | undefined;
}

/** Where the kinds that admission knows keep their pod template. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  'Pod v1': [],
  'PodTemplate v1': ['template'],
  'ReplicationController v1': ['spec', 'template'],
  'ReplicaSet apps/v1': ['spec', 'template'],
  'Deployment apps/v1': ['spec', 'template'],
  'DaemonSet apps/v1': ['spec', 'template'],
  'StatefulSet apps/v1': ['spec', 'template'],
  'Job batch/v1': ['spec', 'template'],
  'CronJob batch/v1': ['spec', 'jobTemplate', 'spec', 'template'],
};

function respond(line: string, decoder: Decoder, { server, level: otherwise }: ResponderOptions): Answer {
  const request = readJson(line);
  if (!isMap(request))
    return { level: '', version: '', allowed: false, failed: [], error: 'request: not a JSON object' };
  const { id } = request;
  const level = request['level'] ?? otherwise ?? '';
  const version = request['version'] ?? '';
  if (typeof level !== 'string' || typeof version !== 'string') {
    return { level: '', version: '', allowed: false, failed: [], error: 'request: level and version must be strings' };
  }
  const base = { ...(id === undefined ? {} : { id }), level, version: version === '' ? 'latest' : version };
  const refused = (error: string, kind?: string): Answer => ({
    ...base,
    ...(kind === undefined ? {} : { kind }),
    allowed: false,
    failed: [],
    error,
  });
  const parsedLevel = parseLevel(level);
  if (parsedLevel === undefined) return refused(`level "${level}" is none of privileged, baseline and restricted`);
  const parsedVersion = parsePolicyVersion(base.version);
  if (parsedVersion === undefined) return refused(`version "${version}" is neither "latest" nor "v1.N"`);
  const key = ['pod', 'podJSON', 'object'].find((each) => request[each] !== undefined);
  const body = key === undefined ? undefined : request[key];
  const object = typeof body === 'string' ? readYaml(body) : body;
  if (object === undefined) return refused('decode: no object');
  if (object !== null && !isMap(object)) return refused('decode: the object is no mapping');
  const root = rootOf(object);
  const { apiVersion, kind } = typeOf(root);
  const path = TEMPLATES[`${kind} ${apiVersion}`];
  if (path === undefined) return refused(`decode: ${kind} of ${apiVersion} is no kind with pods that admission knows`);
  const [wrong] = decoder.undecodable(root, kind);
  if (wrong !== undefined) return refused(`decode: ${wrong.node.path} is no ${wrong.expected}`, kind);
  const template: AnyNode = root.at(path);
  // The only template that is a pointer, and may therefore be absent.
  if (kind === 'ReplicationController' && !template.present) return refused('no pod spec', kind);
  const pod = new PodView(resourceOf(root, apiVersion, kind), template.get('metadata'), template.get('spec'));
  const failed = evaluate(parsedLevel, parsedVersion, pod, server).map(({ check, reason, offenders }) => ({
    id: check,
    reason,
    detail: describeOffenders(offenders),
  }));
  return { ...base, kind, allowed: failed.length === 0, failed };
}

/** Only the project's own reader keeps integers beyond 2^53 whole. */
function readJson(text: string): Value | undefined {
  if (/\d{16}/.test(text)) {
    const read = parseJson(text, 0, 10_000);
    return read === undefined || text.slice(read.end).trim() !== '' ? undefined : read.value;
  }
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
}

function readYaml(text: string): Value | undefined {
  const [document] = parse(new SourceFile('request', text));
  return document === undefined ? null : document.errors.length > 0 ? undefined : document.value;
}

/** A tree without a text: nobody asks where its nodes stand. */
function rootOf(value: ValueMap | null): AnyNode {
  const document = new Document({
    file: new SourceFile('request', ''),
    index: 0,
    span: { start: 0, end: 0 },
    value,
    tape: new Int32Array(0),
    comments: [],
    errors: [],
    duplicates: [],
  });
  return new Node(document, undefined, undefined, value);
}

/** What is left out of apiVersion and kind is that of a Pod. */
function typeOf(root: AnyNode): { readonly apiVersion: string; readonly kind: string } {
  return { apiVersion: root.get('apiVersion').string || 'v1', kind: root.get('kind').string || 'Pod' };
}

function resourceOf(root: AnyNode, apiVersion: string, kind: string): Resource {
  const { group, version } = splitApiVersion(apiVersion);
  return {
    head: {
      group,
      version,
      kind,
      namespace: '',
      name: root.at(['metadata', 'name']).string ?? '',
      file: root.document.file.path,
      document: 0,
      within: [],
      labels: {},
      annotations: {},
      span: { start: 0, end: 0 },
    },
    groupKind: groupKind(group, kind),
    file: root.document.file,
    root,
    metadata: root.get('metadata'),
    pods: [],
  };
}
