import type { ServicePort } from '../k8s/network/objects.ts';
import { suggestPolicies } from '../k8s/network/suggest.ts';
import type { Endpoint, Service } from '../k8s/network/world.ts';
import { isSystemNamespace } from '../k8s/node-agent.ts';
import type { Resource } from '../k8s/resource.ts';
import { plain } from '../reporters/plain.ts';
import type { View } from './network-notes.ts';

/** Policies to paste, as one YAML stream. */
export function* writeSuggestions({ networks, uses }: View): Generator<string> {
  const [main] = networks;
  if (main === undefined) return;
  const { world } = main;
  const byName = new Map<string, Service<Resource>>();
  for (const service of world.services) byName.set(`${service.name}.${service.namespace.name}`, service);
  const usesOf = (endpoint: Endpoint<Resource>) =>
    uses(endpoint.ref, endpoint.podIndex).flatMap((host) => {
      const found = serviceOf(byName, host, endpoint.namespace.name);
      return found === undefined ? [] : [found];
    });
  const suggested = suggestPolicies(world, usesOf, ({ name }) => isSystemNamespace(name));
  if (suggested.length === 0) {
    yield '# Every namespace of the input is closed in both directions already.\n';
    return;
  }
  yield '# Suggestions by kubesec-lint: what is known from the manifests, to be completed by what is not.\n';
  for (const { reason, policy } of suggested) yield `---\n# ${plain(reason)}\n${yaml(policy, 0)}`;
}

/** `db`, `db.shop`, `db.shop.svc.cluster.local`, each with `:5432` behind it. */
function serviceOf(
  byName: ReadonlyMap<string, Service<Resource>>,
  host: string,
  namespace: string,
): { readonly service: Service<Resource>; readonly port: ServicePort | undefined } | undefined {
  const [name = '', number] = host.split(':');
  const match = /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local)?)?)?$/.exec(name);
  if (match === null) return undefined;
  const service = byName.get(`${match[1]}.${match[2] ?? namespace}`);
  if (service === undefined || service.data.selector === null) return undefined;
  const port = number === undefined ? undefined : service.data.ports.find((each) => each.port === Number(number));
  return { service, port };
}

/** Block style, as people write policies. */
function yaml(value: unknown, depth: number): string {
  const pad = '  '.repeat(depth);
  if (Array.isArray(value)) {
    return value.map((item) => `${pad}- ${yaml(item, depth + 1).slice(pad.length + 2)}`).join('');
  }
  return Object.entries(value as object)
    .map(([key, entry]) => {
      const name = scalar(key);
      if (typeof entry !== 'object' || entry === null) return `${pad}${name}: ${scalar(entry)}\n`;
      if (Array.isArray(entry) && entry.every((item) => typeof item !== 'object'))
        return `${pad}${name}: [${entry.map(scalar).join(', ')}]\n`;
      if (Object.keys(entry).length === 0) return `${pad}${name}: {}\n`;
      return `${pad}${name}:\n${yaml(entry, depth + 1)}`;
    })
    .join('');
}

/** Plain where every YAML reader takes it for text, quoted elsewhere. */
function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const plainText = /^[A-Za-z][\w./-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return plainText ? value : JSON.stringify(value);
}
