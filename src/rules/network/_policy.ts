import { type Site, siteAt } from '../../engine/site.ts';
import { DIRECTIONS, type Direction, type PolicyRule, type PortEntry } from '../../k8s/network/objects.ts';
import type { PortSets } from '../../k8s/network/port-set.ts';
import { ALL_PORTS } from '../../k8s/network/port-set.ts';
import type { Policy } from '../../k8s/network/world.ts';
import type { Resource } from '../../k8s/resource.ts';

export const PEERS_KEY: Readonly<Record<Direction, 'from' | 'to'>> = { ingress: 'from', egress: 'to' };

/** The rules of a policy that are in force: those of directions that it isolates. */
export function* rulesInForce(policy: Policy<Resource>): Generator<{
  readonly direction: Direction;
  readonly index: number;
  readonly rule: PolicyRule;
  readonly name: string;
}> {
  for (const direction of DIRECTIONS) {
    if (!policy.data.isolates[direction]) continue;
    const rules = policy.data[direction];
    for (let index = 0; index < rules.length; index++) {
      yield { direction, index, rule: rules[index]!, name: nameRule(direction, index, rules.length) };
    }
  }
}

/** `the ingress rule`, `egress rule 2`. */
export function nameRule(direction: Direction, index: number, of: number): string {
  return of === 1 ? `the ${direction} rule` : `${direction} rule ${index + 1}`;
}

/** Where a rule of a policy is written, or something below it. */
export function ruleSite(
  policy: Policy<Resource>,
  direction: Direction,
  index: number,
  ...below: readonly (string | number)[]
): Site {
  return siteAt(policy.ref, ['spec', direction, index, ...below]);
}

/** `every port`, `TCP 80 and 443`, `UDP dns`. */
export function describePorts(entries: readonly PortEntry[] | null): string {
  if (entries === null) return 'every port';
  const words = entries.map(({ protocol, port, endPort }) =>
    port === null
      ? `every ${protocol} port`
      : `${protocol} ${endPort === null || endPort === port ? port : `${port}-${endPort}`}`,
  );
  return [...new Set(words)].join(', ');
}

/** Whether ports leave nothing out. */
export function isEveryPort(ports: PortSets, entries: readonly PortEntry[] | null): boolean {
  if (entries === null) return true;
  let all = 0;
  for (const { protocol, port, endPort } of entries) {
    if (typeof port === 'string') continue;
    all = ports.unite(all, port === null ? ports.every(protocol) : ports.range(protocol, port, endPort ?? port));
  }
  return all === ALL_PORTS;
}

/** Whether a connection to a port by number may be among those of the entries. */
export function mayInclude(entries: readonly PortEntry[] | null, protocol: string, wanted: number): boolean {
  return (
    entries === null ||
    entries.some(
      (entry) =>
        entry.protocol === protocol &&
        (entry.port === null ||
          typeof entry.port === 'string' ||
          (entry.port <= wanted && wanted <= (entry.endPort ?? entry.port))),
    )
  );
}
