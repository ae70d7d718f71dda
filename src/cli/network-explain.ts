import { parseAddress } from '../k8s/cidr.ts';
import { type Decision, NetworkEngine, type PeerIndex } from '../k8s/network/engine.ts';
import type { Direction } from '../k8s/network/objects.ts';
import { NO_PORTS } from '../k8s/network/port-set.ts';
import type { Network, Workload } from '../k8s/network/world.ts';
import type { Resource } from '../k8s/resource.ts';
import { plain } from '../reporters/plain.ts';
import { nearest } from '../text/nearest.ts';
import { UsageError } from './command.ts';
import type { View } from './network-notes.ts';

/** Says which policies decide about each port between two peers, with the place where the rule is written. */
export function* explainConnection(view: View, source: string, destination: string): Generator<string> {
  for (const network of view.networks) {
    const engine = new NetworkEngine(network.world, { ...view.engine, landmarks: addressesOf(source, destination) });
    const from = peersOf(engine, network, source, view);
    const to = peersOf(engine, network, destination, view);
    if (from === undefined || to === undefined) continue;
    const title = network.name === '' ? '' : `network ${network.name}: `;
    for (const one of from) {
      for (const other of to) {
        const certain = engine.connection(one.peer, other.peer, 'lower');
        const possible = engine.connection(one.peer, other.peer, 'upper');
        const more = engine.ports.subtract(possible, certain);
        const conn = [
          certain === NO_PORTS && more !== NO_PORTS ? '' : engine.ports.format(certain),
          more === NO_PORTS ? '' : `${engine.ports.format(more)}~`,
        ];
        yield `${plain(title)}${plain(one.name)} => ${plain(other.name)} : ${conn.filter((part) => part !== '').join('; ')}\n`;
        if (one.workload !== undefined) yield* side(engine, 'egress', one, other.peer);
        if (other.workload !== undefined) yield* side(engine, 'ingress', other, one.peer);
      }
    }
    return;
  }
  throw new UsageError(`"${source}" and "${destination}" are not on one network`);
}

interface End {
  readonly name: string;
  readonly peer: PeerIndex;
  readonly workload: Workload<Resource> | undefined;
}

function* side(
  engine: NetworkEngine<Resource>,
  direction: Direction,
  { name, peer: pod, workload }: End,
  peer: PeerIndex,
): Generator<string> {
  const endpoint = workload!.endpoints.find((each) => engine.classOf(each) === pod);
  if (endpoint?.pod.hostNetwork === true) {
    yield `  ${direction} of ${plain(name)}: on the network of its node, beyond NetworkPolicies\n`;
    return;
  }
  if (engine.mayBeIsolatedByVendor(direction, pod)) {
    yield `  ${direction} of ${plain(name)}: a policy that is not evaluated may select it\n`;
    return;
  }
  yield `  ${direction} of ${plain(name)}:\n`;
  for (const decision of engine.decisions(direction, pod, peer))
    yield `    ${plain(describe(engine, direction, pod, decision))}\n`;
}

function describe(
  engine: NetworkEngine<Resource>,
  direction: Direction,
  pod: PeerIndex,
  decision: Decision<Resource>,
): string {
  const { tier, policy, rule, action, certain } = decision;
  const ports = engine.ports.format(decision.ports);
  if (policy !== undefined) {
    const name =
      tier === 'NetworkPolicy'
        ? `NetworkPolicy ${policy.namespace.name}/${policy.name}`
        : `${policy.kind} ${policy.name}`;
    const word = action === 'Accept' ? 'allowed' : action === 'Deny' ? 'denied' : 'passed on';
    const doubt = certain ? '' : ' if it applies, which is not certain';
    return `${ports}: ${word} by ${name}, ${direction} rule ${rule! + 1} (${placeOf(policy.ref, ['spec', direction, rule!])})${doubt}`;
  }
  if (action === 'Accept') return `${ports}: allowed, no policy isolates it`;
  const isolating = engine
    .selecting(direction, pod)
    .map(({ policy: by }) => `${by.namespace.name}/${by.name} (${placeOf(by.ref, ['metadata', 'name'])})`);
  return `${ports}: denied, no rule of ${isolating.join(', ')} allows it`;
}

/** `policies/db.yaml:14`. */
function placeOf(resource: Resource, path: readonly (string | number)[]): string {
  const node = resource.root.at(path);
  const { file } = node.document;
  return `${file.path}:${file.position(node.anchor.start).line}`;
}

function peersOf(
  engine: NetworkEngine<Resource>,
  { world }: Network<Resource>,
  text: string,
  view: View,
): readonly End[] | undefined {
  const address = parseAddress(text);
  if (address !== undefined || text === 'internet') {
    const { family, value } = address ?? INTERNET;
    const peer = engine.externalPeers().find((each) => {
      const range = engine.rangeOf(each);
      return range.family === family && range.low <= value && value <= range.high;
    });
    if (peer === undefined)
      throw new UsageError(`no policy speaks of IPv6, ask about an IPv4 address instead of "${text}"`);
    return [{ name: text, peer, workload: undefined }];
  }
  const found = world.workloads.filter(
    ({ id, name, namespace }) => text === id || text === name || text === `${namespace.name}/${name}`,
  );
  if (found.length > 1) throw new UsageError(`"${text}" is ${found.map(({ id }) => id).join(' and ')}: say which`);
  const [workload] = found;
  if (workload === undefined) {
    if (
      view.networks.some(
        (network) =>
          network.world !== world &&
          network.world.workloads.some(
            ({ id, name, namespace }) => text === id || text === name || text === `${namespace.name}/${name}`,
          ),
      )
    )
      return undefined;
    const names = view.networks.flatMap((network) =>
      network.world.workloads.map(({ name, namespace }) => `${namespace.name}/${name}`),
    );
    const meant =
      nearest(text, names) ??
      nearest(
        text,
        names.map((name) => name.slice(name.indexOf('/') + 1)),
      );
    throw new UsageError(
      `"${text}" is no workload of the input${meant === undefined ? '' : `; did you mean "${meant}"`}`,
    );
  }
  const classes = [...new Set(workload.endpoints.map((endpoint) => engine.classOf(endpoint)))];
  return classes.map((peer) => ({ name: workload.id, peer, workload }));
}

/** Some address that nobody has a private use for. */
const INTERNET = parseAddress('1.1.1.1')!;

function addressesOf(...texts: readonly string[]) {
  return texts.flatMap((text) => {
    const address = text === 'internet' ? INTERNET : parseAddress(text);
    return address === undefined ? [] : [{ family: address.family, low: address.value, high: address.value }];
  });
}
