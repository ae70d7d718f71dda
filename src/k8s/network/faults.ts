import { isList, isMap, type Value, type ValueMap } from '../../yaml/value.ts';
import { type Cidr, contains, formatCidr, parseCidr, subtract, unite } from '../cidr.ts';
import { isUnresolved } from '../placeholder.ts';
import { isProtocol } from './port-set.ts';

/**
 * What is wrong with a value of a policy.
 *
 * - `rejected`: every API server refuses the object.
 * - `strict`: only newer ones do; older ones take it, with another meaning than it seems to have.
 * - `pointless`: taken, and it can never match anything.
 */
export type FaultKind = 'rejected' | 'strict' | 'pointless';

export interface Fault {
  readonly kind: FaultKind;
  /** Values of fields, or which fields there are and what words they use. */
  readonly about: 'value' | 'shape';
  /** Below `spec`. */
  readonly path: readonly (string | number)[];
  /** A sentence without a full stop, values quoted. */
  readonly reason: string;
  /** The value that was surely meant. */
  readonly instead?: Value;
}

export function isRejected(faults: readonly Fault[]): boolean {
  return faults.some(({ kind }) => kind === 'rejected');
}

/** The checks of `ValidateNetworkPolicySpec` (pkg/apis/networking/validation), and blocks that hold nothing. */
export function faultsOfNetworkPolicy(spec: Value): readonly Fault[] {
  if (!isMap(spec)) return [];
  const faults = new Faults();
  checkSelector(faults, ['podSelector'], spec['podSelector']);
  for (const [direction, peersKey] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    each(spec[direction], (rule, index) => {
      each(rule['ports'], (port, at) => checkPortEntry(faults, [direction, index, 'ports', at], port));
      each(rule[peersKey], (peer, at) => checkPeer(faults, [direction, index, peersKey, at], peer));
    });
  }
  const types = spec['policyTypes'];
  if (isList(types)) {
    if (types.length > 2) {
      faults.value(['policyTypes'], `policyTypes has ${types.length} entries, at most two are allowed`);
    } else {
      types.forEach((type, at) => {
        if (type === 'Ingress' || type === 'Egress' || isTemplate(type)) return;
        const meant =
          typeof type === 'string'
            ? ['Ingress', 'Egress'].find((known) => known.toLowerCase() === type.toLowerCase())
            : undefined;
        faults.value(['policyTypes', at], `${quote(type)} is no policy type, only Ingress and Egress are`, meant);
      });
    }
  }
  return faults.list;
}

/** The schema of AdminNetworkPolicy, BaselineAdminNetworkPolicy (v1alpha1) and ClusterNetworkPolicy (v1alpha2 on). */
export function faultsOfClusterPolicy(kind: string, spec: Value): readonly Fault[] {
  if (!isMap(spec)) return [];
  const faults = new Faults();
  const newer = kind === 'ClusterNetworkPolicy';
  const baseline = kind === 'BaselineAdminNetworkPolicy';
  if (newer && spec['tier'] !== 'Admin' && spec['tier'] !== 'Baseline' && !isTemplate(spec['tier'])) {
    faults.shape(['tier'], `tier is ${quote(spec['tier'])}, only Admin and Baseline are known`);
  }
  if (!baseline) {
    const { priority } = spec;
    if (typeof priority === 'number' ? priority < 0 || priority > 1000 : !isTemplate(priority)) {
      faults.value(['priority'], `priority is ${quote(priority)}, a number from 0 to 1000 is needed`);
    }
  }
  checkChoice(faults, ['subject'], spec['subject'], ['namespaces', 'pods'], 'subject');
  checkSelection(faults, ['subject'], spec['subject']);
  const most = newer ? 25 : 100;
  for (const [direction, peersKey] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    const rules = spec[direction];
    if (isList(rules) && rules.length > most) {
      faults.value([direction], `${direction} has ${rules.length} rules, at most ${most} are allowed`);
    }
    each(rules, (rule, index) => {
      const path = [direction, index];
      checkAction(faults, [...path, 'action'], rule['action'], newer, baseline);
      const peers = rule[peersKey];
      if (!isList(peers) || peers.length === 0) {
        faults.shape([...path, peersKey], `${peersKey} is empty, a rule of a ${kind} needs at least one peer`);
      }
      if (newer && isList(peers) && peers.length > 25) {
        faults.value([...path, peersKey], `${peersKey} has ${peers.length} peers, at most 25 are allowed`);
      }
      const choices =
        direction === 'ingress' ? ['namespaces', 'pods'] : ['namespaces', 'pods', 'nodes', 'networks', 'domainNames'];
      each(peers, (peer, at) => {
        checkChoice(faults, [...path, peersKey, at], peer, choices, 'peer');
        checkSelection(faults, [...path, peersKey, at], peer);
        checkNetworks(faults, [...path, peersKey, at, 'networks'], peer['networks']);
        if (peer['domainNames'] !== undefined && rule['action'] !== 'Accept' && rule['action'] !== 'Allow') {
          faults.value(
            [...path, peersKey, at, 'domainNames'],
            `domainNames can only be accepted, the rule says ${quote(rule['action'])}`,
          );
        }
      });
      const named = checkClusterPorts(faults, path, rule);
      const nameless =
        isList(peers) &&
        peers.some(
          (peer) => isMap(peer) && ['networks', 'nodes', 'domainNames'].some((key) => peer[key] !== undefined),
        );
      if (named !== undefined && nameless) {
        faults.value(named, 'a named port goes with pods alone, networks, nodes and domain names have none');
      }
    });
  }
  return faults.list;
}

/** Collects what is wrong. */
class Faults {
  readonly list: Fault[] = [];

  value(path: readonly (string | number)[], reason: string, instead?: Value): void {
    this.add('rejected', 'value', path, reason, instead);
  }

  shape(path: readonly (string | number)[], reason: string, instead?: Value): void {
    this.add('rejected', 'shape', path, reason, instead);
  }

  add(
    kind: FaultKind,
    about: Fault['about'],
    path: readonly (string | number)[],
    reason: string,
    instead?: Value,
  ): void {
    this.list.push({ kind, about, path, reason, ...(instead === undefined ? {} : { instead }) });
  }
}

type Path = readonly (string | number)[];

function checkPeer(faults: Faults, path: Path, peer: ValueMap): void {
  const block = peer['ipBlock'];
  const selectors = ['namespaceSelector', 'podSelector'].filter((key) => present(peer[key]));
  if (!present(block) && selectors.length === 0) {
    // An item of nulls is what `netpol-empty-or-null-peer` explains.
    if (Object.keys(peer).some((key) => !['ipBlock', 'namespaceSelector', 'podSelector'].includes(key))) {
      faults.add('rejected', 'value', path, 'the peer has none of ipBlock, namespaceSelector and podSelector');
    } else faults.add('rejected', 'shape', path, 'the peer selects nothing');
    return;
  }
  if (present(block) && selectors.length > 0) {
    faults.value([...path, selectors[0]!], `ipBlock and ${selectors[0]} cannot stand in one peer`);
  }
  for (const key of selectors) checkSelector(faults, [...path, key], peer[key]);
  if (isMap(block)) checkBlock(faults, [...path, 'ipBlock'], block);
}

function checkBlock(faults: Faults, path: Path, block: ValueMap): void {
  const { cidr, except } = block;
  if (isTemplate(cidr)) return;
  const outer = checkCidr(faults, [...path, 'cidr'], 'cidr', cidr);
  if (!isList(except) || outer === undefined) return;
  const holes: Cidr[] = [];
  except.forEach((entry, at) => {
    if (isTemplate(entry)) return;
    const hole = checkCidr(faults, [...path, 'except', at], 'except', entry);
    if (hole === undefined) return;
    if (!contains(outer, hole) || hole.prefix <= outer.prefix) {
      faults.value([...path, 'except', at], `except ${quote(entry)} is no strict subset of cidr ${quote(cidr)}`);
    } else holes.push(hole);
  });
  if (holes.length > 1 && subtract(unite([outer]), holes).length === 0) {
    faults.add('pointless', 'value', [...path, 'except'], `the exceptions take away all of cidr ${quote(cidr)}`);
  }
}

function checkCidr(faults: Faults, path: Path, field: string, value: Value | undefined): Cidr | undefined {
  if (typeof value !== 'string' || value === '') {
    faults.value(
      path,
      `${field} is ${value === '' ? 'empty' : value === undefined || value === null ? 'missing' : 'no text'}`,
    );
    return undefined;
  }
  const cidr = parseCidr(value);
  if (cidr === undefined) {
    const bare = parseCidr(`${value}/32`) ?? parseCidr(`${value}/128`);
    const instead = bare === undefined || bare.leadingZeros ? undefined : `${value}/${bare.family === 4 ? 32 : 128}`;
    faults.value(path, `${field} ${quote(value)} is no CIDR block`, instead);
    return undefined;
  }
  if (cidr.leadingZeros) {
    faults.add(
      'strict',
      'value',
      path,
      `${field} ${quote(value)} has leading zeros, which some programs read as octal`,
    );
  } else if (cidr.mapped) {
    faults.add('strict', 'value', path, `${field} ${quote(value)} is an IPv4 address mapped into IPv6`);
  } else if (cidr.hostBits) {
    const masked = formatCidr(cidr);
    faults.add(
      'strict',
      'value',
      path,
      `${field} ${quote(value)} has bits set behind the prefix and stands for "${masked}"`,
      masked,
    );
  }
  return cidr;
}

function checkPortEntry(faults: Faults, path: Path, entry: ValueMap): void {
  const { protocol, port, endPort } = entry;
  if (
    protocol !== undefined &&
    protocol !== null &&
    !isTemplate(protocol) &&
    !(typeof protocol === 'string' && isProtocol(protocol))
  ) {
    const upper = typeof protocol === 'string' ? protocol.toUpperCase() : '';
    faults.value(
      [...path, 'protocol'],
      `protocol ${quote(protocol)} is none of TCP, UDP and SCTP`,
      isProtocol(upper) ? upper : undefined,
    );
  }
  const range = endPort !== undefined && endPort !== null && !isTemplate(endPort);
  if (port === undefined || port === null) {
    if (range) faults.value([...path, 'endPort'], `endPort ${quote(endPort)} needs a port that the range begins with`);
    return;
  }
  if (typeof port === 'string') {
    if (isUnresolved(port)) return;
    if (range)
      faults.value([...path, 'endPort'], `endPort ${quote(endPort)} needs a port by number, port is ${quote(port)}`);
    const wrong = wrongPortName(port);
    if (wrong !== undefined) {
      const number = /^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65535 ? Number(port) : undefined;
      faults.value([...path, 'port'], `port ${quote(port)} is text and no port name: ${wrong}`, number);
    }
    return;
  }
  if (typeof port !== 'number' || !Number.isInteger(port)) {
    faults.value([...path, 'port'], `port ${quote(port)} is neither a number nor a name`);
    return;
  }
  if (port < 1 || port > 65535) faults.value([...path, 'port'], `port ${port} is not between 1 and 65535`);
  if (range) {
    if (typeof endPort !== 'number') faults.value([...path, 'endPort'], `endPort ${quote(endPort)} is no number`);
    else if (endPort < port) faults.value([...path, 'endPort'], `endPort ${endPort} is below port ${port}`);
    else if (endPort < 1 || endPort > 65535)
      faults.value([...path, 'endPort'], `endPort ${endPort} is not between 1 and 65535`);
  }
}

/** `IsValidPortName` of the API machinery. */
function wrongPortName(name: string): string | undefined {
  if (name.length > 15) return 'a name has at most 15 characters';
  if (!/^[-a-z0-9]*$/.test(name) || name === '') return 'a name is made of a-z, 0-9 and hyphens';
  if (!/[a-z]/.test(name)) return 'a name needs a letter';
  if (name.includes('--')) return 'a name has no two hyphens in a row';
  return name.startsWith('-') || name.endsWith('-') ? 'a name neither begins nor ends with a hyphen' : undefined;
}

const OPERATORS: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** `ValidateLabelSelector` of the API machinery. */
export function checkSelector(
  faults: { value(path: Path, reason: string, instead?: Value): void },
  path: Path,
  selector: Value | undefined,
): void {
  if (!isMap(selector)) return;
  const { matchLabels, matchExpressions } = selector;
  if (isMap(matchLabels)) {
    for (const key of Object.keys(matchLabels)) {
      const value = matchLabels[key];
      if (!isLabelKey(key)) faults.value([...path, 'matchLabels', key], `${quote(key)} is no label key`);
      else if (typeof value === 'string' && !isLabelValue(value)) {
        faults.value([...path, 'matchLabels', key], `${quote(value)} is no label value`);
      }
    }
  }
  each(matchExpressions, (expression, at) => {
    const here = [...path, 'matchExpressions', at];
    const { key, operator, values } = expression;
    const given = isList(values) ? values : [];
    if (typeof operator === 'string' && isUnresolved(operator)) return;
    if (typeof operator !== 'string' || !OPERATORS.includes(operator)) {
      const meant =
        typeof operator === 'string'
          ? OPERATORS.find((known) => known.toLowerCase() === operator.toLowerCase())
          : undefined;
      faults.value(
        [...here, 'operator'],
        `${quote(operator)} is no operator, only In, NotIn, Exists and DoesNotExist are`,
        meant,
      );
    } else if ((operator === 'In' || operator === 'NotIn') && given.length === 0) {
      faults.value([...here, 'values'], `operator ${operator} needs values`);
    } else if ((operator === 'Exists' || operator === 'DoesNotExist') && given.length > 0) {
      faults.value([...here, 'values'], `operator ${operator} takes no values`);
    }
    if (typeof key !== 'string' || !isLabelKey(key)) faults.value([...here, 'key'], `${quote(key)} is no label key`);
    given.forEach((value, index) => {
      if (typeof value === 'string' && !isLabelValue(value))
        faults.value([...here, 'values', index], `${quote(value)} is no label value`);
    });
  });
}

export function isLabelKey(key: string): boolean {
  if (isUnresolved(key)) return true;
  const slash = key.indexOf('/');
  const name = slash === -1 ? key : key.slice(slash + 1);
  if (name.length > 63 || !/^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name)) return false;
  const prefix = slash === -1 ? undefined : key.slice(0, slash);
  return (
    prefix === undefined ||
    (prefix.length <= 253 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(prefix))
  );
}

function isLabelValue(value: string): boolean {
  return isUnresolved(value) || (value.length <= 63 && /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value));
}

function checkAction(faults: Faults, path: Path, action: Value | undefined, newer: boolean, baseline: boolean): void {
  if (isTemplate(action)) return;
  const known = newer ? ['Accept', 'Deny', 'Pass'] : baseline ? ['Allow', 'Deny'] : ['Allow', 'Deny', 'Pass'];
  if (typeof action === 'string' && known.includes(action)) return;
  const meant = action === 'Allow' && newer ? 'Accept' : action === 'Accept' && !newer ? 'Allow' : undefined;
  faults.shape(
    path,
    `action is ${quote(action)}, this kind knows ${known.slice(0, -1).join(', ')} and ${known.at(-1)}`,
    meant,
  );
}

/** Exactly one of the fields has to be there. */
function checkChoice(
  faults: Faults,
  path: Path,
  value: Value | undefined,
  choices: readonly string[],
  what: string,
): void {
  const given = isMap(value) ? Object.keys(value).filter((key) => present(value[key])) : [];
  if (given.length === 1) {
    if (!choices.includes(given[0]!))
      faults.shape([...path, given[0]!], `${quote(given[0])} is no ${what} of this kind of rule`);
  } else if (given.length === 0)
    faults.shape(path, `the ${what} selects nothing, one of ${choices.join(', ')} is needed`);
  else faults.shape([...path, given[1]!], `the ${what} has ${given.join(' and ')}, only one of them is allowed`);
}

function checkSelection(faults: Faults, path: Path, value: Value | undefined): void {
  if (!isMap(value)) return;
  checkSelector(faults, [...path, 'namespaces'], value['namespaces']);
  const pods = value['pods'];
  if (!isMap(pods)) return;
  checkSelector(faults, [...path, 'pods', 'namespaceSelector'], pods['namespaceSelector']);
  checkSelector(faults, [...path, 'pods', 'podSelector'], pods['podSelector']);
}

function checkNetworks(faults: Faults, path: Path, networks: Value | undefined): void {
  if (!isList(networks)) return;
  networks.forEach((network, at) => {
    if (isTemplate(network)) return;
    const cidr = checkCidr(faults, [...path, at], 'network', network);
    // The schema of these kinds asks for masked blocks from the start.
    const last = faults.list.at(-1);
    if (cidr?.hostBits === true && last?.kind === 'strict')
      faults.list[faults.list.length - 1] = { ...last, kind: 'rejected' };
  });
}

/** The path of the first named port. */
function checkClusterPorts(faults: Faults, path: Path, rule: ValueMap): Path | undefined {
  let named: Path | undefined;
  each(rule['ports'], (port, at) => {
    const here = [...path, 'ports', at];
    if (port['namedPort'] !== undefined) named ??= [...here, 'namedPort'];
    checkNumber(faults, [...here, 'portNumber', 'port'], at3(port, 'portNumber', 'port'));
    checkRange(faults, [...here, 'portRange'], port['portRange']);
    const { protocol } = isMap(port['portNumber'])
      ? port['portNumber']
      : isMap(port['portRange'])
        ? port['portRange']
        : port;
    if (protocol !== undefined && !isTemplate(protocol) && !(typeof protocol === 'string' && isProtocol(protocol))) {
      faults.value(
        [...here, isMap(port['portNumber']) ? 'portNumber' : 'portRange', 'protocol'],
        `protocol ${quote(protocol)} is none of TCP, UDP and SCTP`,
      );
    }
  });
  each(rule['protocols'], (protocol, at) => {
    const here = [...path, 'protocols', at];
    if (protocol['destinationNamedPort'] !== undefined) named ??= [...here, 'destinationNamedPort'];
    for (const key of ['tcp', 'udp', 'sctp']) {
      checkNumber(faults, [...here, key, 'destinationPort', 'number'], at3(protocol[key], 'destinationPort', 'number'));
      checkRange(faults, [...here, key, 'destinationPort', 'range'], at3(protocol[key], 'destinationPort', 'range'));
    }
  });
  return named;
}

function checkNumber(faults: Faults, path: Path, value: Value | undefined): void {
  if (typeof value === 'number' && (value < 1 || value > 65535))
    faults.value(path, `port ${value} is not between 1 and 65535`);
}

function checkRange(faults: Faults, path: Path, range: Value | undefined): void {
  if (!isMap(range)) return;
  const { start, end } = range;
  checkNumber(faults, [...path, 'start'], start);
  checkNumber(faults, [...path, 'end'], end);
  if (typeof start === 'number' && typeof end === 'number' && start >= end) {
    faults.value([...path, 'end'], `the range ends with ${end}, which is not above its start ${start}`);
  }
}

function each(list: Value | undefined, visit: (item: ValueMap, index: number) => void): void {
  if (!isList(list)) return;
  list.forEach((item, index) => {
    visit(isMap(item) ? item : EMPTY, index);
  });
}

function at3(value: Value | undefined, first: string, second: string): Value | undefined {
  const inner = isMap(value) ? value[first] : undefined;
  return isMap(inner) ? inner[second] : undefined;
}

function present(value: Value | undefined): boolean {
  return value !== undefined && value !== null;
}

function isTemplate(value: Value | undefined): boolean {
  return typeof value === 'string' && isUnresolved(value);
}

function quote(value: Value | undefined): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return `"${value}"`;
  if (typeof value === 'object' && value !== null) return isList(value) ? 'a list' : 'a mapping';
  return String(value);
}

const EMPTY: ValueMap = Object.freeze({});
