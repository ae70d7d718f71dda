import { defineRule } from '../../engine/rule.ts';
import { nearest } from '../../text/nearest.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'resource-claim-undeclared',
  title: 'Container uses a device claim that the pod does not declare',
  category: 'workload',
  severity: 'medium',
  preset: 'recommended',
  on: 'pod',
  messages: {
    undeclared: 'container "{name}" uses resource claim "{claim}", which spec.resourceClaims does not declare{closest}',
    source: 'resource claim "{claim}" has to name either resourceClaimName or resourceClaimTemplateName',
    podLevel: 'resources.claims are not allowed at the level of the pod',
  },
  check(pod, context) {
    const declared = pod.spec.get('resourceClaims') as AnyNode;
    const atPod: AnyNode = (pod.spec as AnyNode).get('resources').get('claims');
    if (atPod.present) context.report(atPod, 'podLevel', { atKey: true });
    const names: string[] = [];
    if (declared.present) {
      for (const claim of declared.items()) {
        const name = (claim as AnyNode).get('name').string;
        if (name !== undefined) names.push(name);
        const sources = SOURCES.filter((key) => (claim as AnyNode).get(key).present).length;
        // Until 1.30 both stood below `source`.
        if (sources === 1 || (claim as AnyNode).get('source').present) continue;
        context.report(claim, 'source', { data: { claim: name ?? '' } });
      }
    }
    if (pod.partial) return;
    for (const container of pod.containers) {
      const claims: AnyNode = container.node.get('resources').get('claims');
      if (!claims.present) continue;
      for (const claim of claims.items() as readonly AnyNode[]) {
        const node: AnyNode = claim.get('name');
        if (node.string === undefined || names.includes(node.string)) continue;
        const closest = nearest(node.string, names);
        context.report(node, 'undeclared', {
          data: {
            name: container.name,
            claim: node.string,
            closest: closest === undefined ? '' : `, did you mean "${closest}"`,
          },
        });
      }
    }
  },
  docs: {
    why: 'The API server refuses such a pod, so the workload never starts.',
    fix: 'Declare the claim in `spec.resourceClaims` with the ResourceClaim or the template it comes from.',
    frameworks: {},
    references: ['https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/'],
    examples: {
      bad: [
        {
          title: 'nothing is declared',
          in: 'container',
          yaml: 'resources:\n  claims:\n    - name: gpu # finding: undeclared',
        },
        {
          title: 'a claim from nowhere',
          in: 'pod',
          yaml: 'resourceClaims:\n  - name: gpu # finding: source',
        },
      ],
      good: [
        {
          title: 'declared',
          in: 'pod',
          yaml: 'resourceClaims:\n  - name: gpu\n    resourceClaimTemplateName: one-gpu\ncontainers:\n  - name: app\n    image: registry.example.com/app:1.0.0\n    resources:\n      claims:\n        - name: gpu',
        },
      ],
    },
  },
});

const SOURCES: readonly string[] = ['resourceClaimName', 'resourceClaimTemplateName'];
