import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'dra-admin-access',
  title: 'Device claim with administrative access',
  category: 'workload',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: ['ResourceClaim.resource.k8s.io', 'ResourceClaimTemplate.resource.k8s.io'],
  messages: {
    admin: '{kind} "{name}" asks for administrative access to devices that others use{refused}',
  },
  check(project, context) {
    for (const kind of ['ResourceClaim', 'ResourceClaimTemplate']) {
      for (const claim of project.ofKind(`${kind}.resource.k8s.io`)) {
        const { head } = claim;
        const spec = claim.root.at(kind === 'ResourceClaim' ? ['spec'] : ['spec', 'spec']);
        const namespace = head.namespace === '' ? undefined : project.find('Namespace', '', head.namespace);
        const label = adminLabel(context.minor);
        const refused =
          namespace === undefined || namespace.head.labels[label] === 'true'
            ? ''
            : `, and will be refused: namespace "${head.namespace}" lacks the label ${label}: "true"`;
        for (const node of adminRequests(spec)) {
          context.report(node, 'admin', {
            data: { kind, name: head.name, refused },
            ...(namespace === undefined || refused === ''
              ? {}
              : { related: [{ at: namespace, message: 'the namespace' }] }),
          });
        }
      }
    }
  },
  docs: {
    why: 'Such a claim is given devices that are in use by others: its pod may read what they compute or change how the device behaves.',
    fix: 'Leave `adminAccess` out. What monitors devices belongs into a namespace of its own with the label that admits it.',
    frameworks: { mitre: ['T1613', 'T1611'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#admin-access'],
    examples: {
      bad: [
        {
          title: 'a claim',
          in: 'manifests',
          yaml: 'apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata:\n  name: gpu\nspec:\n  devices:\n    requests:\n      - name: gpu\n        exactly:\n          deviceClassName: gpu.example.com\n          adminAccess: true # finding',
        },
        {
          title: 'a template of an older version, in a namespace that does not allow it',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: resource.k8s.io/v1beta1\nkind: ResourceClaimTemplate\nmetadata:\n  name: gpu\n  namespace: shop\nspec:\n  spec:\n    devices:\n      requests:\n        - name: gpu\n          deviceClassName: gpu.example.com\n          adminAccess: true # finding',
        },
      ],
      good: [
        {
          title: 'an ordinary claim',
          in: 'manifests',
          yaml: 'apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata:\n  name: gpu\nspec:\n  devices:\n    requests:\n      - name: gpu\n        exactly:\n          deviceClassName: gpu.example.com',
        },
      ],
    },
  },
});

/** The label was renamed with 1.34. */
function adminLabel(minor: number): string {
  return minor >= 34 ? 'resource.kubernetes.io/admin-access' : 'resource.k8s.io/admin-access';
}

function adminRequests(spec: AnyNode): readonly AnyNode[] {
  const requests = spec.at(['devices', 'requests']).items() as readonly AnyNode[];
  return requests
    .flatMap((request) => [request.get('adminAccess'), request.get('exactly').get('adminAccess')] as readonly AnyNode[])
    .filter((node) => node.boolean === true);
}
