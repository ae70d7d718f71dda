import { networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { contains, parseCidr, setContains } from '../../k8s/cidr.ts';
import { addressRange, metadataServiceAt } from '../../k8s/network/addresses.ts';
import { listBits } from '../../k8s/network/bits.ts';
import { rangesOf } from '../../k8s/network/engine.ts';
import { NETWORK_POLICY } from '../../k8s/network/objects.ts';
import { mayInclude, ruleSite, rulesInForce } from './_policy.ts';

/** What a rule takes out of a wide block to keep pods away from these services, whatever the cloud. */
const EXCEPTIONS: readonly string[] = [
  '169.254.169.254/32',
  '100.100.100.200/32',
  '168.63.129.16/32',
  'fd00:ec2::254/128',
];

export default defineRule({
  id: 'netpol-metadata-endpoint-reachable',
  title: 'Egress policy lets pods reach the cloud metadata service',
  category: 'network',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: [NETWORK_POLICY],
  facts: [networkFact],
  options: {
    defaults: { addresses: ['169.254.169.254', 'fd00:ec2::254'] as readonly string[] },
    schema: {
      type: 'object',
      properties: { addresses: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  messages: { reachable: '{rule} of "{policy}" allows {cidr}, which includes {address}: {what}{scope}' },
  check(project, context) {
    const facts = project.fact(networkFact);
    if (facts.world.policies.length === 0) return;
    const wanted = context.options.addresses.flatMap((address) => {
      const range = addressRange(address);
      return range === undefined ? [] : [{ address, range }];
    });
    for (const policy of facts.world.policies) {
      if (facts.isSystem(policy.namespace)) continue;
      for (const { direction, index, rule, name } of rulesInForce(policy)) {
        if (direction === 'ingress' || !mayInclude(rule.ports, 'TCP', 80)) continue;
        const leaks = (rule.peers ?? []).flatMap(({ block }, at) => {
          if (block === null) return [];
          const ranges = rangesOf(block);
          const found = wanted.find(({ range }) => setContains(ranges, range));
          return found === undefined ? [] : [{ block, at, found }];
        });
        const [leak] = leaks;
        if (leak === undefined) continue;
        const { engine } = facts;
        const pods = listBits(engine.subjectOf(policy).may).filter(
          (pod) => !facts.mayBeIsolatedByVendor('egress', pod),
        );
        // A rule above all namespaces may deny what this one allows.
        const denied = (pod: number): boolean =>
          engine
            .clusterSelecting('egress', pod)
            .some(({ policy: above }) =>
              above.data.egress.some(
                ({ action, peers }) =>
                  action === 'Deny' &&
                  peers.some(
                    (peer) => peer.by === 'networks' && peer.cidrs.some((cidr) => holds(cidr, leak.found.range)),
                  ),
              ),
            );
        const open = pods.filter((pod) => !denied(pod));
        if (pods.length > 0 && open.length === 0) continue;
        const names = new Set(open.flatMap((pod) => engine.classes[pod]!.endpoints.map(({ workload }) => workload)));
        const published = open.some((pod) => facts.published().has(pod));
        const block = ruleSite(policy, direction, index, 'to', leak.at, 'ipBlock');
        const cidr = parseCidr(leak.block.cidr)!;
        const missing = EXCEPTIONS.filter((exception) => {
          const range = parseCidr(exception)!;
          return contains(cidr, range) && setContains(rangesOf(leak.block), range);
        });
        context.report(ruleSite(policy, direction, index, 'to', leak.at, 'ipBlock', 'cidr'), 'reachable', {
          data: {
            rule: name,
            policy: policy.name,
            cidr: leak.block.cidr,
            address: leak.found.address,
            what: metadataServiceAt(leak.found.address)?.what ?? 'a metadata service',
            scope: names.size === 0 ? '' : ` (${names.size} workload${names.size === 1 ? '' : 's'})`,
          },
          related: [...names]
            .slice(0, 5)
            .map(({ endpoints, name: workload }) => ({ at: endpoints[0]!.ref, message: `"${workload}" can reach it` })),
          ...(published ? { severity: 'high' } : {}),
          ...(cidr.prefix === (cidr.family === 4 ? 32 : 128)
            ? {}
            : {
                fix: {
                  title: 'Except the addresses of metadata services',
                  safety: 'hardening',
                  changes: [{ op: 'set', path: [...block.steps, 'except'], value: [...leak.block.except, ...missing] }],
                },
              }),
        });
      }
    }
  },
  docs: {
    why: 'Any process that reaches the metadata service of the cloud may get the credentials of the node it runs on. An egress rule for "the internet" that covers the link-local range lets every selected pod ask for them.',
    fix: `Take the addresses out of the block:

\`\`\`yaml
- ipBlock:
    cidr: 0.0.0.0/0
    except: [10.0.0.0/8, 169.254.0.0/16, 100.100.100.200/32, 168.63.129.16/32]
\`\`\``,
    frameworks: { nsa: ['N8'], mitre: ['T1552.005'] },
    equivalents: { kubescape: ['C-0052'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/concepts/security/security-checklist/',
      'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
    ],
    limits:
      'The addresses that are asked for are those of the instance metadata of most clouds; `addresses` replaces them, for Alibaba Cloud by 100.100.100.200, for Azure with 168.63.129.16 added. Pods without any egress isolation reach it as well: they are the matter of `netpol-namespace-egress-open`. Whether packets to a link-local address pass a policy at all depends on the network plugin.',
    examples: {
      bad: [
        {
          title: 'private ranges excepted, link-local ones not',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: internet, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - ipBlock:
            cidr: 0.0.0.0/0 # finding
            except: [10.0.0.0/8]
`,
        },
      ],
      good: [
        {
          title: 'link-local excepted',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: internet, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - ipBlock:
            cidr: 0.0.0.0/0
            except: [10.0.0.0/8, 169.254.0.0/16, 100.100.100.200/32, 168.63.129.16/32]
`,
        },
        {
          title: 'HTTPS alone',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: internet, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - ipBlock: { cidr: 0.0.0.0/0 }
      ports:
        - port: 443
`,
        },
      ],
    },
  },
});

function holds(cidr: string, range: Parameters<typeof contains>[1]): boolean {
  const outer = parseCidr(cidr);
  return outer !== undefined && contains(outer, range);
}
