import { describe, expect, it } from 'vitest';
import {
  cidrsOf,
  elementaryRanges,
  formatCidr,
  formatRange,
  parseAddress,
  parseCidr,
  subtract,
  unite,
} from '../../../src/k8s/cidr.ts';
import {
  formatSelector,
  implies,
  isSatisfiable,
  type LabelSelector,
  matches,
  readSelector,
} from '../../../src/k8s/labels.ts';
import { faultsOfClusterPolicy, faultsOfNetworkPolicy } from '../../../src/k8s/network/faults.ts';
import { ALL_PORTS, NO_PORTS, PortSets } from '../../../src/k8s/network/port-set.ts';

describe('label selectors', () => {
  const web: LabelSelector = [{ key: 'app', operator: 'In', values: ['web'] }];
  const notWeb: LabelSelector = [{ key: 'app', operator: 'NotIn', values: ['web'] }];
  const some: LabelSelector = [{ key: 'app', operator: 'Exists', values: [] }];
  const none: LabelSelector = [{ key: 'app', operator: 'DoesNotExist', values: [] }];

  it('match as the API machinery does', () => {
    const verdicts = (labels: Record<string, string>) =>
      [web, notWeb, some, none, []].map((selector) => matches(selector, { labels }));
    expect(verdicts({ app: 'web' })).toEqual([true, false, true, false, true]);
    expect(verdicts({ app: 'db' })).toEqual([false, true, true, false, true]);
    expect(verdicts({})).toEqual([false, true, false, true, true]);
  });

  it('do not decide what is not known', () => {
    const verdicts = (labels: Record<string, string>, open: boolean) =>
      [web, notWeb, some, none].map((selector) => matches(selector, { labels, open }));
    expect(verdicts({}, true)).toEqual([undefined, undefined, undefined, undefined]);
    expect(verdicts({ app: '{{ .Values.app }}' }, false)).toEqual([undefined, undefined, true, false]);
    expect(
      matches([{ key: 'app', operator: 'In', values: ['{{ .Values.app }}'] }], {
        labels: { app: '{{ .Values.app }}' },
      }),
    ).toBe(true);
  });

  it('follow from one another', () => {
    expect([web, notWeb, some, none].map((known) => implies(known, web))).toEqual([true, false, undefined, false]);
    expect([web, notWeb, some, none].map((known) => implies(known, some))).toEqual([true, undefined, true, false]);
    expect(implies(none, notWeb)).toBe(true);
    expect(implies([], web)).toBe(undefined);
  });

  it('may contradict themselves', () => {
    expect(isSatisfiable([...web, ...notWeb])).toBe(false);
    expect(isSatisfiable([...some, ...none])).toBe(false);
    expect(isSatisfiable([...web, ...some])).toBe(true);
    expect(isSatisfiable([...web, { key: 'app', operator: 'In', values: ['{{ .Values.app }}'] }])).toBe(true);
  });

  it('are read with what is wrong with them', () => {
    expect(readSelector(null)).toBe(undefined);
    expect(readSelector({})).toEqual({ selector: [], invalid: false });
    expect(readSelector({ matchLabels: { app: null } })).toEqual({
      selector: [{ key: 'app', operator: 'In', values: [''] }],
      invalid: false,
    });
    expect(readSelector({ matchExpressions: [{ key: 'a', operator: 'In' }] })?.invalid).toBe(true);
    expect(readSelector({ matchLabels: { version: 1 } })?.invalid).toBe(true);
    expect(formatSelector([...web, ...none, { key: 'x', operator: 'NotIn', values: ['1', '2'] }])).toBe(
      'app=web,!app,x notin (1, 2)',
    );
  });
});

describe('address blocks', () => {
  it('are read as Go does', () => {
    expect(formatCidr(parseCidr('10.0.0.5/24')!)).toBe('10.0.0.0/24');
    expect(parseCidr('10.0.0.5/24')!.hostBits).toBe(true);
    expect(parseCidr('010.0.0.0/8')!.leadingZeros).toBe(true);
    expect(parseCidr('10.0.0.0/08')!.leadingZeros).toBe(true);
    expect(parseCidr('::ffff:1.2.3.0/120')).toMatchObject({ family: 6, mapped: true });
    expect(formatCidr(parseCidr('2001:db8::/32')!)).toBe('2001:db8::/32');
    for (const text of [
      '10.0.0.0',
      '10.0.0.0/33',
      '10.0.0/8',
      '',
      'x/8',
      '::1/129',
      '1::2::3/64',
      '::/-1',
      ':::/0',
      '12345::/16',
      '1:2:3:4:5:6:7:8:9/64',
    ]) {
      expect(parseCidr(text), text).toBe(undefined);
    }
    expect(parseAddress('::1.2.3.4')).toMatchObject({ family: 6, value: 0x01020304n });
    expect(parseAddress('1:2:3:4:5:6:1.2.3.4')).toMatchObject({ family: 6 });
    expect(parseAddress('::')).toMatchObject({ family: 6, value: 0n });
    expect(parseAddress('1:2:3:4:5:6:7::')).toMatchObject({ family: 6 });
  });

  it('are taken from one another', () => {
    const [all, ten] = [parseCidr('0.0.0.0/0')!, parseCidr('10.0.0.0/8')!];
    expect(subtract(unite([all]), [ten]).map(formatRange)).toEqual([
      '0.0.0.0-9.255.255.255',
      '11.0.0.0-255.255.255.255',
    ]);
    expect(unite([parseCidr('0.0.0.0/1')!, parseCidr('128.0.0.0/1')!]).map(formatRange)).toEqual([
      '0.0.0.0-255.255.255.255',
    ]);
    expect(elementaryRanges([ten]).map(formatRange)).toEqual([
      '0.0.0.0-9.255.255.255',
      '10.0.0.0-10.255.255.255',
      '11.0.0.0-255.255.255.255',
    ]);
    expect(cidrsOf({ family: 4, low: 0n, high: 0x09ffffffn })).toEqual(['0.0.0.0/5', '8.0.0.0/7']);
    expect(elementaryRanges([parseCidr('fd00::/8')!]).map(formatRange)).toEqual([
      '0.0.0.0-255.255.255.255',
      '::-fcff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
      'fd00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
      'fe00::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    ]);
  });
});

describe('port sets', () => {
  it('have one number each', () => {
    const ports = new PortSets();
    const web = ports.unite(ports.range('TCP', 80, 80), ports.range('TCP', 81, 90));
    expect(web).toBe(ports.range('TCP', 80, 90));
    expect(ports.format(ports.unite(web, ports.range('UDP', 53, 53)))).toBe('TCP 80-90,UDP 53');
    expect(ports.format(ports.subtract(ALL_PORTS, ports.range('TCP', 80, 80)))).toBe(
      'SCTP 1-65535,TCP 1-79,81-65535,UDP 1-65535',
    );
    expect(ports.unite(ports.every('TCP'), ports.unite(ports.every('UDP'), ports.every('SCTP')))).toBe(ALL_PORTS);
    expect(ports.intersect(ports.every('TCP'), ports.every('UDP'))).toBe(NO_PORTS);
    expect(ports.includes(web, ports.range('TCP', 85, 85))).toBe(true);
    expect([ports.has(web, 'TCP', 91), ports.count(web)]).toEqual([false, 11]);
  });
});

describe('faults', () => {
  const reasons = (spec: unknown) =>
    faultsOfNetworkPolicy(JSON.parse(JSON.stringify(spec))).map(
      ({ kind, path, reason }) => `${kind} ${path.join('.')}: ${reason}`,
    );

  it('of a NetworkPolicy', () => {
    expect(
      reasons({
        ingress: [
          { from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['192.168.0.0/16', '10.0.0.0/8', '10.1.0.0/16'] } }] },
        ],
      }),
    ).toEqual([
      'rejected ingress.0.from.0.ipBlock.except.0: except "192.168.0.0/16" is no strict subset of cidr "10.0.0.0/8"',
      'rejected ingress.0.from.0.ipBlock.except.1: except "10.0.0.0/8" is no strict subset of cidr "10.0.0.0/8"',
    ]);
    expect(
      reasons({
        ingress: [
          { ports: [{ port: '80' }, { port: 80, endPort: 79 }, { endPort: 1 }, { protocol: 'tcp' }, { port: 0 }] },
        ],
      }),
    ).toEqual([
      'rejected ingress.0.ports.0.port: port "80" is text and no port name: a name needs a letter',
      'rejected ingress.0.ports.1.endPort: endPort 79 is below port 80',
      'rejected ingress.0.ports.2.endPort: endPort 1 needs a port that the range begins with',
      'rejected ingress.0.ports.3.protocol: protocol "tcp" is none of TCP, UDP and SCTP',
      'rejected ingress.0.ports.4.port: port 0 is not between 1 and 65535',
    ]);
    expect(
      reasons({
        egress: [
          { to: [{ ipBlock: { cidr: '10.0.0.5/24' } }, {}, { ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }] },
        ],
      }),
    ).toEqual([
      'strict egress.0.to.0.ipBlock.cidr: cidr "10.0.0.5/24" has bits set behind the prefix and stands for "10.0.0.0/24"',
      'rejected egress.0.to.1: the peer selects nothing',
      'rejected egress.0.to.2.podSelector: ipBlock and podSelector cannot stand in one peer',
    ]);
    expect(
      reasons({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/9', '10.128.0.0/9'] } }] }] }),
    ).toEqual(['pointless ingress.0.from.0.ipBlock.except: the exceptions take away all of cidr "10.0.0.0/8"']);
    expect(
      reasons({
        podSelector: { matchExpressions: [{ key: 'a', operator: 'in', values: ['b'] }] },
        policyTypes: ['ingress'],
      }),
    ).toEqual([
      'rejected podSelector.matchExpressions.0.operator: "in" is no operator, only In, NotIn, Exists and DoesNotExist are',
      'rejected policyTypes.0: "ingress" is no policy type, only Ingress and Egress are',
    ]);
    expect(
      reasons({
        ingress: [{ from: [{ ipBlock: { cidr: '{{ .Values.cidr }}' } }], ports: [{ port: '{{ .Values.port }}' }] }],
      }),
    ).toEqual([]);
  });

  it('of the cluster-level kinds', () => {
    const faults = (kind: string, spec: object) =>
      faultsOfClusterPolicy(kind, JSON.parse(JSON.stringify(spec))).map(
        ({ path, reason }) => `${path.join('.')}: ${reason}`,
      );
    expect(
      faults('ClusterNetworkPolicy', {
        tier: 'Admin',
        priority: 1,
        subject: { namespaces: {} },
        ingress: [{ action: 'Allow', from: [{ namespaces: {} }] }],
      }),
    ).toEqual(['ingress.0.action: action is "Allow", this kind knows Accept, Deny and Pass']);
    expect(
      faults('AdminNetworkPolicy', {
        priority: 1001,
        subject: {},
        egress: [{ action: 'Allow', to: [{ networks: ['10.0.0.1/8'] }], ports: [{ namedPort: 'x' }] }],
      }),
    ).toEqual([
      'priority: priority is 1001, a number from 0 to 1000 is needed',
      'subject: the subject selects nothing, one of namespaces, pods is needed',
      'egress.0.to.0.networks.0: network "10.0.0.1/8" has bits set behind the prefix and stands for "10.0.0.0/8"',
      'egress.0.ports.0.namedPort: a named port goes with pods alone, networks, nodes and domain names have none',
    ]);
  });
});
