import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';

/** What an object of a type lacks because of what else it holds; `below` leads to the object inside it that lacks it. */
export interface Need {
  readonly needs: string;
  readonly below?: readonly (string | number)[];
}

/**
 * What the API server asks for depending on other fields, by type; what it always asks for stands in the schemas. The
 * types are those whose validation in v1.37 was looked at.
 */
export function requirementOf(
  definition: string,
): ((object: ValueMap) => readonly Need[] | Need | undefined) | undefined {
  return Object.hasOwn(REQUIREMENTS, definition) ? REQUIREMENTS[definition] : undefined;
}

const oneOf =
  (...fields: readonly string[]) =>
  (object: ValueMap): Need | undefined =>
    fields.some((field) => isGiven(object[field])) ? undefined : { needs: `one of ${fields.join(', ')}` };

const whenLocalhost = ({ type, localhostProfile }: ValueMap): Need | undefined =>
  type === 'Localhost' && !isGiven(localhostProfile) ? { needs: 'localhostProfile' } : undefined;

const whenIn = ({ operator, values }: ValueMap): Need | undefined =>
  (operator === 'In' || operator === 'NotIn') && !isGiven(values) ? { needs: 'values' } : undefined;

const METRICS: Readonly<Record<string, string>> = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
};

const REQUIREMENTS: Readonly<Record<string, (object: ValueMap) => readonly Need[] | Need | undefined>> = {
  'core.v1.Probe': oneOf('exec', 'httpGet', 'tcpSocket', 'grpc'),
  'core.v1.LifecycleHandler': oneOf('exec', 'httpGet', 'tcpSocket', 'sleep'),
  'core.v1.EnvVarSource': oneOf('fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'),
  'core.v1.EnvFromSource': oneOf('configMapRef', 'secretRef'),
  'core.v1.SeccompProfile': whenLocalhost,
  'core.v1.AppArmorProfile': whenLocalhost,
  'meta.v1.LabelSelectorRequirement': whenIn,
  'core.v1.NodeSelectorRequirement': whenIn,
  'core.v1.ServiceSpec': ({ type, ports, clusterIP, externalName }) => {
    if (type === 'ExternalName') return isGiven(externalName) ? undefined : { needs: 'externalName' };
    if (!isGiven(ports)) return clusterIP === 'None' ? undefined : { needs: 'ports' };
    if (!isList(ports) || ports.length < 2) return undefined;
    return ports.flatMap((port, index) =>
      isMap(port) && !isGiven(port['name'])
        ? { needs: 'name, as there are several ports', below: ['ports', index] }
        : [],
    );
  },
  'core.v1.EndpointSubset': oneOf('addresses', 'notReadyAddresses'),
  'core.v1.PersistentVolumeSpec': (spec) =>
    Object.keys(spec).some((key) => isMap(spec[key]) && !NOT_A_VOLUME.has(key))
      ? undefined
      : { needs: 'a volume source' },
  'core.v1.PersistentVolumeClaimSpec': ({ resources }) => {
    if (!isMap(resources)) return undefined;
    const { requests } = resources;
    return isMap(requests) && isGiven(requests['storage'])
      ? undefined
      : { needs: 'requests.storage', below: ['resources'] };
  },
  'batch.v1.JobSpec': ({ template }) => {
    const pod = isMap(template) ? template['spec'] : undefined;
    if (!isMap(pod) || isGiven(pod['restartPolicy'])) return undefined;
    return { needs: 'restartPolicy (OnFailure or Never)', below: ['template', 'spec'] };
  },
  'autoscaling.v2.MetricSpec': (metric) => {
    const { type } = metric;
    const source = typeof type === 'string' && Object.hasOwn(METRICS, type) ? METRICS[type]! : undefined;
    return source === undefined || isGiven(metric[source]) ? undefined : { needs: source };
  },
  'networking.v1.IngressSpec': oneOf('defaultBackend', 'rules'),
  'networking.v1.IngressBackend': oneOf('service', 'resource'),
  'networking.v1.ServiceBackendPort': oneOf('name', 'number'),
  'networking.v1.HTTPIngressPath': ({ path, pathType }) =>
    (pathType === 'Prefix' || pathType === 'Exact') && !isGiven(path) ? { needs: 'path' } : undefined,
  'rbac.v1.PolicyRule': ({ nonResourceURLs, apiGroups, resources }) => {
    if (isGiven(nonResourceURLs)) return undefined;
    return [
      ...(isGiven(apiGroups) ? [] : [{ needs: 'apiGroups' }]),
      ...(isGiven(resources) ? [] : [{ needs: 'resources' }]),
    ];
  },
  'admissionregistration.v1.WebhookClientConfig': oneOf('service', 'url'),
  'flowcontrol.v1.PriorityLevelConfigurationSpec': ({ type, limited }) =>
    type === 'Limited' && !isGiven(limited) ? { needs: 'limited' } : undefined,
};

const NOT_A_VOLUME: ReadonlySet<string> = new Set(['capacity', 'claimRef', 'nodeAffinity']);

/** To the API server an empty text and an empty list are as good as none; an empty object is one. */
export function isGiven(value: Value | undefined): boolean {
  return value !== undefined && value !== null && value !== '' && !(isList(value) && value.length === 0);
}
