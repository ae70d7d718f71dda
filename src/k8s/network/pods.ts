import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';
import type { Labels } from '../labels.ts';
import { isUnresolved } from '../placeholder.ts';
import type { PodView } from '../pod.ts';
import type { Resource } from '../resource.ts';
import type { DeclaredPort, PodData, PodsData } from './objects.ts';
import { isProtocol } from './port-set.ts';

/** What the analysis keeps of a resource that has pods. */
export function readPods(resource: Resource): PodsData | undefined {
  // A PodTemplate runs nothing by itself; a SidecarSet holds parts of pods that are written elsewhere.
  if (resource.groupKind === 'PodTemplate') return undefined;
  const pods = resource.pods.filter((pod) => !pod.partial).map(readPod);
  if (pods.length === 0) return undefined;
  const owner = resource.groupKind === 'Pod' ? undefined : readOwner(resource.metadata.raw);
  return owner === undefined ? { type: 'pods', pods } : { type: 'pods', pods, owner };
}

function readPod(pod: PodView): PodData {
  const spec = isMap(pod.spec.raw) ? pod.spec.raw : EMPTY;
  const metadata = pod.metadata.raw;
  const annotations = isMap(metadata) ? mapAt(metadata, 'annotations') : EMPTY;
  const owner = pod.resource.groupKind === 'Pod' ? readOwner(metadata) : undefined;
  const networks = annotations['k8s.v1.cni.cncf.io/networks'];
  const dnsPolicy = spec['dnsPolicy'];
  return {
    ...readLabels(isMap(metadata) ? metadata['labels'] : undefined),
    ...runningContainers(spec),
    ...(spec['hostNetwork'] === true ? { hostNetwork: true } : {}),
    ...(owner === undefined ? {} : { owner }),
    ...(typeof networks === 'string' ? { networks: readAttachments(networks) } : {}),
    ...(typeof dnsPolicy === 'string' ? { dnsPolicy } : {}),
  };
}

/** Labels whose value is no string make the API server refuse the object: what was meant is not known. */
export function readLabels(value: Value | undefined): { readonly labels: Labels; readonly openLabels?: boolean } {
  const labels: Record<string, string> = {};
  let open = false;
  if (isMap(value)) {
    for (const key of Object.keys(value)) {
      const label = value[key];
      if (isUnresolved(key)) open = true;
      else labels[key] = typeof label === 'string' ? label : label === null ? '' : '${}';
    }
  } else if (typeof value === 'string') open = true;
  return open ? { labels, openLabels: true } : { labels };
}

/** Ports and images of containers that keep running: plain ones and sidecars. */
function runningContainers(spec: ValueMap): Pick<PodData, 'ports' | 'images'> {
  const ports: DeclaredPort[] = [];
  const images: string[] = [];
  for (const list of ['initContainers', 'containers'] as const) {
    const containers = spec[list];
    if (!isList(containers)) continue;
    for (let container = 0; container < containers.length; container++) {
      const value = containers[container];
      if (!isMap(value) || (list === 'initContainers' && value['restartPolicy'] !== 'Always')) continue;
      const { image, ports: declared } = value;
      if (typeof image === 'string') images.push(image);
      if (!isList(declared)) continue;
      for (let index = 0; index < declared.length; index++) {
        const port = declared[index];
        if (!isMap(port)) continue;
        const { name, protocol, containerPort, hostPort } = port;
        if (typeof containerPort !== 'number') continue;
        ports.push({
          name: typeof name === 'string' ? name : '',
          protocol: typeof protocol === 'string' && isProtocol(protocol) ? protocol : 'TCP',
          number: containerPort,
          ...(typeof hostPort === 'number' && hostPort !== 0 ? { hostPort } : {}),
          at: [list, container, 'ports', index],
        });
      }
    }
  }
  return { ports, images };
}

function readOwner(metadata: unknown): { readonly kind: string; readonly name: string } | undefined {
  if (!isMap(metadata)) return undefined;
  const references = metadata['ownerReferences'];
  if (!isList(references)) return undefined;
  for (const reference of references) {
    if (!isMap(reference)) continue;
    const { kind, name } = reference;
    if (typeof name === 'string') return { kind: typeof kind === 'string' ? kind : '', name };
  }
  return undefined;
}

/** A list of networks in the form of Multus: names with commas between, or JSON. */
function readAttachments(text: string): readonly string[] {
  if (!text.trimStart().startsWith('[')) return splitNames(text);
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return [];
    return list.flatMap((each: unknown): string[] => {
      if (typeof each !== 'object' || each === null) return [];
      const { name, namespace } = each as { name?: unknown; namespace?: unknown };
      if (typeof name !== 'string') return [];
      return [typeof namespace === 'string' ? `${namespace}/${name}` : name];
    });
  } catch {
    // Not JSON after all: no network can be told from it.
    return [];
  }
}

/** `a, ns/b@eth1` → `a`, `ns/b`. */
export function splitNames(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim().replace(/@.*$/, ''))
    .filter((name) => name !== '');
}

export function mapAt(map: ValueMap, key: string): ValueMap {
  const value = map[key];
  return isMap(value) ? value : EMPTY;
}

export const EMPTY: ValueMap = Object.freeze({});
