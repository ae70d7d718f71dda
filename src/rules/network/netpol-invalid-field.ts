import { defineRule } from '../../engine/rule.ts';
import { type Fault, faultsOfClusterPolicy, faultsOfNetworkPolicy } from '../../k8s/network/faults.ts';
import { CLUSTER_POLICIES, NETWORK_POLICY } from '../../k8s/network/objects.ts';
import type { AnyNode } from '../../yaml/node.ts';

/** From this release on the API server refuses what it used to take for another value (KEP-4858). */
const STRICT_ADDRESSES_MINOR = 36;

export default defineRule({
  id: 'netpol-invalid-field',
  title: 'Value of a network policy that is refused or cannot match',
  category: 'network',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: [NETWORK_POLICY, ...CLUSTER_POLICIES],
  messages: { refused: '{reason}', pointless: '{reason}' },
  check(resource, context) {
    const spec: AnyNode = resource.root.get('spec' as never);
    if (!spec.isMap) return;
    const { kind } = resource.head;
    const faults =
      resource.groupKind === NETWORK_POLICY
        ? faultsOfNetworkPolicy(spec.raw ?? null)
        : faultsOfClusterPolicy(kind, spec.raw ?? null);
    for (const fault of faults) {
      if (fault.about !== 'value') continue;
      const at: AnyNode = spec.at(fault.path);
      const tolerated = fault.kind === 'strict' && context.minor < STRICT_ADDRESSES_MINOR;
      context.report(at, fault.kind === 'pointless' ? 'pointless' : 'refused', {
        data: { reason: fault.reason },
        ...(tolerated ? { severity: 'low' } : {}),
        ...(fault.instead === undefined ? {} : { fix: mend(at, fault) }),
      });
    }
  },
  docs: {
    why: 'The API server refuses a policy with such a value, and the pods that it was written for stay open; or it takes the value for something else than it looks like.',
    fix: 'Write the value as the API wants it: a masked CIDR block with exceptions inside it, ports as numbers without quotes, protocols and policy types as they are spelled in the reference.',
    frameworks: { nsa: ['N2'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/',
      'https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/4858-ip-cidr-validation',
      'https://network-policy-api.sigs.k8s.io/api-overview/',
    ],
    limits:
      'Blocks with host bits, leading zeros or mapped addresses are refused from Kubernetes 1.36 on; for older targets they are low.',
    examples: {
      bad: [
        {
          title: 'an exception outside the block',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - ipBlock:
            cidr: 10.0.0.0/8
            except:
              - 192.168.0.0/16 # finding: refused
`,
        },
        {
          title: 'ports and protocols',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - ports:
        - port: "80" # finding: refused
        - port: 80
          endPort: 79 # finding: refused
        - protocol: tcp # finding: refused
          port: 443
`,
        },
        {
          title: 'nothing is left of the block',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - ipBlock:
            cidr: 10.0.0.0/8
            except: [10.0.0.0/9, 10.128.0.0/9] # finding: pointless
`,
        },
      ],
      good: [
        {
          title: 'an exception inside the block',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  ingress:
    - from:
        - ipBlock:
            cidr: 10.0.0.0/8
            except: [10.1.0.0/16]
      ports:
        - { port: 8000, endPort: 8080 }
`,
        },
      ],
    },
  },
});

function mend(at: AnyNode, { instead }: Fault) {
  const value = instead ?? null;
  return {
    title: `Write ${JSON.stringify(value)}`,
    safety: 'safe' as const,
    changes: [{ op: 'set' as const, path: [...at.steps], value }],
  };
}
