import { defineRule } from '../../engine/rule.ts';
import { guardsPods, isPolicyEngine, POD_MAKERS, rulesOf, WEBHOOK_KINDS } from '../../k8s/admission/webhooks.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'webhook-bypass-selector',
  title: 'Policy webhook that its subjects can avoid',
  category: 'admission',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: WEBHOOK_KINDS,
  messages: {
    object: 'whoever creates an object can avoid webhook "{name}" by its label {label}',
    never: 'webhook "{name}" is never called for {resource} in the group {group}: {hint}',
    constant: 'the condition "{condition}" of webhook "{name}" is always false: the webhook is never called',
  },
  check({ root, head }, context) {
    for (const hook of root.get('webhooks').items() as readonly AnyNode[]) {
      const name = hook.get('name').string ?? '';
      const rules = rulesOf(hook.get('rules'));
      const validating = head.kind.startsWith('Validating');
      for (const rule of rules) {
        for (const node of rule.node.get('resources').items() as readonly AnyNode[]) {
          const hint = wrongGroup(node.string, rule.groups);
          if (hint === undefined) continue;
          const group = rule.groups.map((each) => `"${each}"`).join(', ');
          context.report(node, 'never', { data: { name, resource: node.string!, group, hint } });
        }
      }
      for (const condition of hook.get('matchConditions').items() as readonly AnyNode[]) {
        const expression: AnyNode = condition.get('expression');
        if (expression.string?.trim() !== 'false') continue;
        context.report(expression, 'constant', { data: { name, condition: condition.get('name').string ?? '' } });
      }
      const engine = isPolicyEngine(head.name, hook);
      if ((!engine && !validating) || !guardsPods(rules)) continue;
      for (const item of hook.get('objectSelector').get('matchExpressions').items() as readonly AnyNode[]) {
        const operator = item.get('operator').string;
        if (operator !== 'NotIn' && operator !== 'DoesNotExist') continue;
        const label = item.get('key').string ?? '';
        context.report(item, 'object', {
          data: { name, label },
          ...(engine ? {} : { severity: 'medium', preset: 'strict' }),
        });
      }
    }
  },
  docs: {
    why: 'An `objectSelector` looks at the labels of the object that is being created. Where it leaves out a label, everybody who may create workloads may also write that label, and the policy does not see them.',
    fix: 'Select namespaces by `kubernetes.io/metadata.name`, which only the API server writes, and leave `objectSelector` out.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-objectselector',
    ],
    limits:
      'Labels of namespaces that a `namespaceSelector` leaves out are not judged: `rbac-namespace-label-write` tells who can write them.',
    examples: {
      bad: [
        {
          title: 'an opt-out for everybody',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: kyverno-resource-validating-webhook-cfg
webhooks:
  - name: validate.kyverno.svc-fail
    objectSelector:
      matchExpressions:
        - key: policy.example.com/skip # finding: object
          operator: DoesNotExist
    matchConditions:
      - name: none
        expression: "false" # finding: constant
    rules:
      - operations: [CREATE]
        apiGroups: [apps]
        apiVersions: [v1]
        resources:
          - pods # finding: never
          - deployment # finding: never
          - statefulsets`,
        },
      ],
      good: [
        {
          title: 'namespaces by name',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: kyverno-resource-validating-webhook-cfg
webhooks:
  - name: validate.kyverno.svc-fail
    namespaceSelector:
      matchExpressions: [{ key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system] }]
    rules:
      - { operations: [CREATE], apiGroups: ["", apps], apiVersions: [v1], resources: [pods, deployments] }`,
        },
      ],
    },
  },
});

/** Why a rule never matches what it seems to be for. */
function wrongGroup(resource: string | undefined, groups: readonly string[]): string | undefined {
  if (resource === undefined || groups.length === 0 || groups.includes('*')) return undefined;
  for (const [group, plural] of POD_MAKERS) {
    if (resource === plural) {
      const known = groups.every((each) => POD_MAKERS.some(([other]) => other === each));
      return groups.includes(group) || !known ? undefined : `${plural} are in the group "${group}"`;
    }
    if (`${resource.toLowerCase()}s` === plural && groups.includes(group)) return `the resource is ${plural}`;
  }
  return undefined;
}
