import type { AnyNode } from '../../yaml/node.ts';
import { decodeBase64, printable } from '../identity/base64.ts';
import { isUnresolved } from '../placeholder.ts';

/** What is wrong with the way to a webhook. */
export type EndpointFault = { readonly node: AnyNode; readonly atKey?: boolean } & (
  | { readonly is: 'refused'; readonly reason: string }
  /** No CA of its own: any certificate that the system's roots have signed will do. */
  | { readonly is: 'no-ca' }
  | { readonly is: 'bad-ca'; readonly reason: string }
);

/** Annotations of what writes the caBundle in the cluster. */
const INJECTED =
  /^(?:cert-manager\.io\/inject-ca-from(?:-secret)?|certmanager\.k8s\.io\/inject-ca-from|cert-manager\.io\/inject-apiserver-ca|service\.(?:alpha|beta)\.openshift\.io\/inject-cabundle)$/;

export function hasInjectedCa(annotations: Readonly<Record<string, string>>): boolean {
  return Object.keys(annotations).some((key) => INJECTED.test(key));
}

/** The `clientConfig` of an admission webhook. `injected`: something else writes the caBundle. */
export function endpointFaults(config: AnyNode, injected: boolean): readonly EndpointFault[] {
  const url: AnyNode = config.get('url');
  const service: AnyNode = config.get('service');
  const faults: EndpointFault[] = [];
  if (url.present === service.present) {
    const reason = url.present ? 'has both url and service, of which it takes one' : 'has neither url nor service';
    faults.push({ is: 'refused', node: url.present ? url : config, reason, atKey: true });
    return faults;
  }
  const address = url.string;
  const reason = address === undefined || isUnresolved(address) ? undefined : faultOfUrl(address);
  if (reason !== undefined) return [{ is: 'refused', node: url, reason }];
  const wrong = faultsOfService(service);
  if (wrong.length > 0) return wrong;
  const bundle: AnyNode = config.get('caBundle');
  const text = bundle.string;
  if (!bundle.present || text === '' || text === 'Cg==') {
    if (!injected && (service.present || address !== undefined))
      faults.push({ is: 'no-ca', node: bundle.present ? bundle : config });
  } else if (text !== undefined && !isUnresolved(text)) {
    const fault = faultOfBundle(text);
    if (fault !== undefined) faults.push({ is: 'bad-ca', node: bundle, reason: fault });
  }
  return faults;
}

/** As the API server's `ValidateWebhookService` has it. */
function faultsOfService(service: AnyNode): readonly EndpointFault[] {
  if (!service.isMap) return [];
  const faults: EndpointFault[] = [];
  const refused = (node: AnyNode, reason: string) => faults.push({ is: 'refused', node, reason });
  for (const key of ['namespace', 'name']) {
    const node: AnyNode = service.get(key);
    if (!node.present || node.string === '') refused(node, `has a service without ${key}`);
  }
  const port: AnyNode = service.get('port');
  if (port.number !== undefined && (port.number < 1 || port.number > 65535)) {
    refused(port, `has a port that is not between 1 and 65535`);
  }
  const path: AnyNode = service.get('path');
  const text = path.string;
  if (text === undefined || text === '' || text === '/' || isUnresolved(text)) return faults;
  const steps = text.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (!text.startsWith('/')) refused(path, 'has a path that does not begin with /');
  else if (!steps.every((step) => step.length <= 253 && SUBDOMAIN.test(step))) {
    refused(path, `has the path "${text}", whose parts have to be lower-case names`);
  }
  return faults;
}

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** As the API server's `ValidateWebhookURL` has it. */
function faultOfUrl(text: string): string | undefined {
  if (!text.startsWith('https://')) return 'has to begin with https://';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'is no URL';
  }
  if (url.username !== '' || url.password !== '') return 'must not hold a user';
  if (url.search !== '' || text.includes('?')) return 'must not hold a query';
  if (url.hash !== '' || text.includes('#')) return 'must not hold a fragment';
  return undefined;
}

function faultOfBundle(text: string): string | undefined {
  const bytes = decodeBase64(text.replaceAll(/\s/g, ''));
  if (bytes === undefined) {
    return text.includes('-----BEGIN') ? 'is the PEM text itself, not base64 of it' : 'is not base64';
  }
  return printable(bytes)?.includes('-----BEGIN CERTIFICATE-----') === true ? undefined : 'holds no PEM certificate';
}
