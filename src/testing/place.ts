import type { Example } from '../engine/rule.ts';

/** A manifest made of an example, with the lines that must yield a finding. */
export interface Placed {
  /** Where the example was put: `Deployment/initContainers`. */
  readonly place: string;
  readonly yaml: string;
}

const KINDS = [
  'Pod',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
] as const;
export type WorkloadKind = (typeof KINDS)[number];

/** The manifest an example stands for: container and pod snippets completed to a Pod. */
export function completeExample(example: Example): Placed {
  if (example.in === 'manifests') return { place: 'as written', yaml: example.yaml };
  if (example.in === 'pod') return placePod(example.yaml, 'Pod');
  return placeContainer(example.yaml, 'Pod', 'containers');
}

/** Every place that the example's lines mean the same in. */
export function placements(example: Example): readonly Placed[] {
  if (example.in === 'manifests') return [completeExample(example)];
  if (example.in === 'pod') return KINDS.map((kind) => placePod(example.yaml, kind));
  return [
    ...KINDS.flatMap((kind) => [
      placeContainer(example.yaml, kind, 'containers'),
      placeContainer(example.yaml, kind, 'initContainers'),
    ]),
    placeContainer(example.yaml, 'Pod', 'ephemeralContainers'),
  ];
}

function placeContainer(lines: string, kind: WorkloadKind, list: string): Placed {
  const named = /^name:/m.test(lines);
  const imaged = /^image:/m.test(lines);
  const container = [
    ...(named ? [] : ['name: app']),
    ...(imaged ? [] : ['image: registry.example.com/app:1.0.0']),
    ...lines.trimEnd().split('\n'),
  ];
  const main = ['containers:', '  - name: main', '    image: registry.example.com/main:1.0.0'];
  const item = [
    `${list}:`,
    ...container.map((line, index) => (index === 0 ? `  - ${line}` : line === '' ? '' : `    ${line}`)),
  ];
  const spec = list === 'containers' ? item : [...main, ...item];
  return { place: `${kind}/${list}`, yaml: workload(kind, [], spec) };
}

/**
 * The lines of a pod example belong to the pod's spec, save a leading `metadata:` block, which belongs beside it.
 * Containers are added where it has none.
 */
function placePod(lines: string, kind: WorkloadKind): Placed {
  const all = lines.trimEnd().split('\n');
  const metadata: string[] = [];
  if (all[0]?.startsWith('metadata:')) {
    metadata.push(all.shift()!);
    while (all[0]?.startsWith(' ')) metadata.push(all.shift()!);
  }
  const spec = /^containers:/m.test(lines)
    ? all
    : ['containers:', '  - name: app', '    image: registry.example.com/app:1.0.0', ...all];
  return { place: kind, yaml: workload(kind, metadata, spec) };
}

const API_VERSIONS: Readonly<Record<WorkloadKind, string>> = {
  Pod: 'v1',
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  ReplicationController: 'v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
};

function workload(kind: WorkloadKind, metadata: readonly string[], spec: readonly string[]): string {
  const head = [`apiVersion: ${API_VERSIONS[kind]}`, `kind: ${kind}`];
  if (kind === 'Pod') {
    return text([...head, ...named('example', metadata, ''), 'spec:', ...indent(spec, 2)]);
  }
  const job = kind === 'Job' || kind === 'CronJob';
  const restart = job && !spec.some((line) => line.startsWith('restartPolicy:')) ? ['restartPolicy: Never'] : [];
  const template = [
    'template:',
    ...named(undefined, metadata, '  ', !job),
    '  spec:',
    ...indent([...spec, ...restart], 4),
  ];
  const selector =
    kind === 'ReplicationController'
      ? ['selector:', '  app: example']
      : ['selector:', '  matchLabels:', '    app: example'];
  const service = kind === 'StatefulSet' ? ['serviceName: example'] : [];
  const body = job ? template : [...service, ...selector, ...template];
  const wrapped = kind === 'CronJob' ? ['schedule: "0 3 * * *"', 'jobTemplate:', '  spec:', ...indent(body, 4)] : body;
  return text([...head, 'metadata:', '  name: example', 'spec:', ...indent(wrapped, 2)]);
}

/** A metadata block joined from what the harness needs and what the example says. */
function named(name: string | undefined, metadata: readonly string[], pad: string, labelled = true): readonly string[] {
  const own = metadata.slice(1);
  const has = (key: string) => own.some((line) => line.trim().startsWith(`${key}:`));
  const lines = [
    ...(name === undefined || has('name') ? [] : [`  name: ${name}`]),
    ...(labelled && !has('labels') ? ['  labels:', '    app: example'] : []),
    ...own,
  ];
  return lines.length === 0 ? [] : [`${pad}metadata:`, ...lines.map((line) => pad + line)];
}

function indent(lines: readonly string[], by: number): readonly string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(by) + line));
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
