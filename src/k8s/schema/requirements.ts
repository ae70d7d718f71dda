import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';

type Step = string | number;

/** A field, or one of several, that an object needs because of what else it holds. */
export interface Requirement {
  /** The object that lacks it, from the root. */
  readonly path: readonly Step[];
  /** In words: `containers[].image`, `one of exec, httpGet, tcpSocket, grpc`. */
  readonly needs: string;
}

/**
 * What the API server asks for depending on other fields; what it always asks for stands in the schemas. The kinds are
 * those whose validation of v1.37 was looked at.
 */
export function unmetRequirements(group: string, kind: string, root: ValueMap): readonly Requirement[] {
  const found: Requirement[] = [];
  const need = (path: readonly Step[], needs: string) => found.push({ path, needs });
  if (!isNamed(root))
    need(isMap(root['metadata']) ? ['metadata'] : [], isMap(root['metadata']) ? 'name' : 'metadata.name');
  const spec = root['spec'];
  if (isMap(spec)) {
    switch (`${kind}.${group}`) {
      case 'Service.':
        service(spec, need);
        break;
      case 'Ingress.networking.k8s.io':
        ingress(spec, need);
        break;
      case 'PersistentVolume.':
        if (!Object.keys(spec).some((key) => isMap(spec[key]) && !NOT_A_VOLUME.has(key)))
          need(['spec'], 'a volume source');
        break;
      case 'PersistentVolumeClaim.':
        claim(spec, ['spec'], need);
        break;
      case 'StatefulSet.apps':
        eachOf(spec, 'volumeClaimTemplates', ['spec'], (template, path) => {
          const inner = template['spec'];
          if (isMap(inner)) claim(inner, [...path, 'spec'], need);
        });
        break;
      case 'HorizontalPodAutoscaler.autoscaling':
        eachOf(spec, 'metrics', ['spec'], (metric, path) => {
          const { type } = metric;
          const source = typeof type === 'string' ? type[0]?.toLowerCase() + type.slice(1) : undefined;
          if (source !== undefined && METRICS.has(source) && !isMap(metric[source])) need(path, source);
        });
        break;
    }
  }
  const pod = podSpecIn(kind, root);
  if (pod !== undefined) inPod(pod.spec, pod.path, kind, need);
  return found;
}

type Need = (path: readonly Step[], needs: string) => void;

const NOT_A_VOLUME: ReadonlySet<string> = new Set(['capacity', 'claimRef', 'nodeAffinity']);
const METRICS: ReadonlySet<string> = new Set(['object', 'pods', 'resource', 'containerResource', 'external']);

/** Reviews are answered and never stored, so they need no name. */
function isNamed({ metadata, kind }: ValueMap): boolean {
  if (typeof kind === 'string' && /Review$|^TokenRequest$|^Binding$|^Eviction$/.test(kind)) return true;
  if (!isMap(metadata)) return metadata !== undefined && metadata !== null;
  const { name, generateName } = metadata;
  return isGiven(name) || isGiven(generateName);
}

function isGiven(value: Value | undefined): boolean {
  return value !== undefined && value !== null && value !== '';
}

function service(spec: ValueMap, need: Need): void {
  const { type, ports, clusterIP, externalName } = spec;
  if (type === 'ExternalName') {
    if (!isGiven(externalName)) need(['spec'], 'externalName');
    return;
  }
  const count = isList(ports) ? ports.length : 0;
  if (count === 0 && clusterIP !== 'None') need(['spec'], 'ports');
  if (count < 2) return;
  eachOf(spec, 'ports', ['spec'], (port, path) => {
    if (!isGiven(port['name'])) need(path, 'name, as the Service has several ports');
  });
}

function ingress(spec: ValueMap, need: Need): void {
  if (!isMap(spec['defaultBackend']) && !(isList(spec['rules']) && spec['rules'].length > 0)) {
    need(['spec'], 'defaultBackend or rules');
  }
  if (isMap(spec['defaultBackend'])) backend(spec['defaultBackend'], ['spec', 'defaultBackend'], need);
  eachOf(spec, 'rules', ['spec'], (rule, path) => {
    const { http } = rule;
    if (!isMap(http)) return;
    eachOf(http, 'paths', [...path, 'http'], (each, inner) => {
      if (isMap(each['backend'])) backend(each['backend'], [...inner, 'backend'], need);
      if ((each['pathType'] === 'Prefix' || each['pathType'] === 'Exact') && !isGiven(each['path']))
        need(inner, 'path');
    });
  });
}

function backend(backend: ValueMap, path: readonly Step[], need: Need): void {
  if (!isMap(backend['service']) && !isMap(backend['resource'])) need(path, 'service or resource');
  const { service } = backend;
  if (
    isMap(service) &&
    isMap(service['port']) &&
    !isGiven(service['port']['name']) &&
    !isGiven(service['port']['number'])
  ) {
    need([...path, 'service', 'port'], 'name or number');
  }
}

function claim(spec: ValueMap, path: readonly Step[], need: Need): void {
  const { resources, accessModes } = spec;
  if (isMap(resources) && !(isMap(resources['requests']) && isGiven(resources['requests']['storage']))) {
    need([...path, 'resources'], 'requests.storage');
  }
  if (isList(accessModes) && accessModes.length === 0) need([...path], 'an access mode');
}

function podSpecIn(
  kind: string,
  root: ValueMap,
): { readonly spec: ValueMap; readonly path: readonly Step[] } | undefined {
  const path = POD_PATHS[kind];
  if (path === undefined) return undefined;
  let value: Value | undefined = root;
  for (const step of path) value = isMap(value) ? value[step] : undefined;
  return isMap(value) ? { spec: value, path } : undefined;
}

const TEMPLATE = ['spec', 'template', 'spec'];
const POD_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  PodTemplate: ['template', 'spec'],
  ReplicationController: TEMPLATE,
  Deployment: TEMPLATE,
  ReplicaSet: TEMPLATE,
  StatefulSet: TEMPLATE,
  DaemonSet: TEMPLATE,
  Job: TEMPLATE,
  CronJob: ['spec', 'jobTemplate', ...TEMPLATE],
};

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const ENV_SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];

function inPod(spec: ValueMap, path: readonly Step[], kind: string, need: Need): void {
  if ((kind === 'Job' || kind === 'CronJob') && !isGiven(spec['restartPolicy']))
    need(path, 'restartPolicy (OnFailure or Never)');
  if (isList(spec['containers']) && spec['containers'].length === 0) need(path, 'a container');
  profile(spec['securityContext'], [...path, 'securityContext'], need);
  for (const list of ['initContainers', 'containers'] as const) {
    eachOf(spec, list, path, (container, here) => {
      for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
        oneOf(container[probe], [...here, probe], HANDLERS, need);
      }
      const { lifecycle } = container;
      if (isMap(lifecycle)) {
        for (const hook of ['preStop', 'postStart'] as const) {
          oneOf(lifecycle[hook], [...here, 'lifecycle', hook], ['exec', 'httpGet', 'tcpSocket', 'sleep'], need);
        }
      }
      if (isList(container['env'])) {
        eachOf(container, 'env', here, (variable, inner) =>
          oneOf(variable['valueFrom'], [...inner, 'valueFrom'], ENV_SOURCES, need),
        );
      }
      if (isList(container['envFrom'])) {
        eachOf(container, 'envFrom', here, (source, inner) =>
          oneOf(source, inner, ['configMapRef', 'secretRef'], need),
        );
      }
      profile(container['securityContext'], [...here, 'securityContext'], need);
    });
  }
}

function profile(context: Value | undefined, path: readonly Step[], need: Need): void {
  if (!isMap(context)) return;
  for (const field of ['seccompProfile', 'appArmorProfile'] as const) {
    const value = context[field];
    if (isMap(value) && value['type'] === 'Localhost' && !isGiven(value['localhostProfile']))
      need([...path, field], 'localhostProfile');
  }
}

function oneOf(value: Value | undefined, path: readonly Step[], fields: readonly string[], need: Need): void {
  if (!isMap(value)) return;
  // A wrong type at one of them is said by another rule.
  if (fields.some((field) => value[field] !== undefined && value[field] !== null)) return;
  need(path, `one of ${fields.join(', ')}`);
}

function eachOf(
  map: ValueMap,
  list: string,
  path: readonly Step[],
  visit: (item: ValueMap, path: readonly Step[]) => void,
): void {
  const items = map[list];
  if (!isList(items)) return;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (isMap(item)) visit(item, [...path, list, index]);
  }
}
