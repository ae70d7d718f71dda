import { defineRule } from '../../engine/rule.ts';
import { type AdmissionRule, covers, coversSubresource, POD_MAKERS, rulesOf } from '../../k8s/admission/webhooks.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { POLICY_KINDS } from './_policies.ts';

export default defineRule({
  id: 'vap-narrow-match',
  title: 'Admission policy on containers that misses ways to run them',
  category: 'admission',
  severity: 'low',
  preset: 'strict',
  on: 'resource',
  kinds: [POLICY_KINDS[0]],
  messages: {
    lists: 'policy "{policy}" checks containers but not {missing}',
    subresource:
      'policy "{policy}" reads ephemeralContainers and does not match pods/ephemeralcontainers, by which alone they are added',
    updates: 'policy "{policy}" is asked when something is created and not when it is updated',
    pods: 'policy "{policy}" is asked about {resources} and not about pods, which can be created by themselves',
  },
  check({ root, head }, context) {
    const spec: AnyNode = root.get('spec');
    const list: AnyNode = spec.at(['matchConstraints', 'resourceRules']);
    const rules = rulesOf(list);
    const makers = POD_MAKERS.filter(([group, name]) => rules.some((rule) => covers(rule, group, name, 'CREATE')));
    if (makers.length === 0) return;
    const expressions = [...expressionsOf(spec, 'variables'), ...expressionsOf(spec, 'validations')];
    const reading = expressions.find(({ string }) => string !== undefined && CONTAINERS.test(string));
    if (reading === undefined) return;
    const data = { policy: head.name };
    const text = expressions.map(({ string }) => string ?? '').join('\n');
    const onPods = makers.some(([, name]) => name === 'pods');
    const missing: string[] = [];
    if (!/\binitContainers\b/.test(text) && !NOT_OF_INIT.test(text)) missing.push('initContainers');
    const ephemeral = /\bephemeralContainers\b/.test(text);
    if (onPods && !ephemeral && !NOT_OF_EPHEMERAL.test(text)) missing.push('ephemeralContainers');
    if (missing.length > 0) {
      context.report(reading, 'lists', { data: { ...data, missing: missing.join(' and ') } });
    }
    if (
      onPods &&
      ephemeral &&
      !rules.some((rule) => coversSubresource(rule, '', 'pods', 'ephemeralcontainers', 'UPDATE'))
    ) {
      const node = rules.find((rule) => covers(rule, '', 'pods'))!.node.get('resources');
      context.report(node, 'subresource', { data, atKey: true });
    }
    if (!onPods) {
      const node = ruleOf(rules, makers).get('resources');
      context.report(node, 'pods', {
        data: { ...data, resources: makers.map(([, name]) => name).join(', ') },
        atKey: true,
      });
    }
    if (!makers.some(([group, name]) => rules.some((rule) => covers(rule, group, name, 'UPDATE')))) {
      context.report(ruleOf(rules, makers).get('operations'), 'updates', { data, atKey: true });
    }
  },
  docs: {
    why: 'A pod runs three lists of containers: `containers`, `initContainers`, and `ephemeralContainers`, which are added to a running pod. A policy that looks at one of them, or at one way to create a pod, is met by using another. The image of a container can be changed by an update.',
    fix: 'Check all lists, as in `object.spec.containers + object.spec.?initContainers.orValue([]) + object.spec.?ephemeralContainers.orValue([])`, match `pods` and `pods/ephemeralcontainers`, and the operations CREATE and UPDATE.',
    frameworks: { nsa: ['N4'], mitre: ['T1610'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/',
      'https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/',
    ],
    limits:
      'What a policy reads is told by the names in its expressions. Lists that cannot have the field are not asked for: probes and hooks of init containers, ports and resources of ephemeral ones. Two policies that do it together are not seen as one. Gatekeeper and Kyverno are not looked at.',
    examples: {
      bad: [
        {
          title: 'containers alone, when pods are created',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: registry
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE] # finding: updates
        resources: [pods]
  validations:
    - expression: object.spec.containers.all(c, c.image.startsWith('registry.example.com/')) # finding: lists`,
        },
        {
          title: 'controllers alone, and a list that is never seen',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: not-privileged
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [apps]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [deployments] # finding: pods
  variables:
    - name: containers
      expression: object.spec.template.spec.containers + object.spec.template.spec.?initContainers.orValue([])
  validations:
    - expression: variables.containers.all(c, !c.?securityContext.?privileged.orValue(false))
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: not-privileged-pods
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [pods] # finding: subresource
  variables:
    - name: all
      expression: >-
        object.spec.containers + object.spec.?initContainers.orValue([])
        + object.spec.?ephemeralContainers.orValue([])
  validations:
    - expression: variables.all.all(c, c.?securityContext.?privileged.orValue(false) == false)`,
        },
      ],
      good: [
        {
          title: 'every list and every way, and limits, which init containers have and ephemeral ones have not',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: registry
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [pods/*]
  variables:
    - name: all
      expression: >-
        object.spec.containers + object.spec.?initContainers.orValue([])
        + object.spec.?ephemeralContainers.orValue([])
  validations:
    - expression: variables.all.all(c, c.image.startsWith('registry.example.com/'))
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: limits
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [pods]
  validations:
    - expression: (object.spec.containers + object.spec.?initContainers.orValue([])).all(c, has(c.resources.limits))`,
        },
      ],
    },
  },
});

/** The field of a pod, not a variable that is called so. */
const CONTAINERS = /\.\??containers\b(?!\s*\()/;
/** What init containers cannot have. */
const NOT_OF_INIT = /\b(?:liveness|readiness|startup)Probe\b|\blifecycle\b/;
/** What ephemeral containers cannot have. */
const NOT_OF_EPHEMERAL = /\b(?:liveness|readiness|startup)Probe\b|\blifecycle\b|\bresources\b|\bports\b/;

function expressionsOf(spec: AnyNode, key: string): readonly AnyNode[] {
  return (spec.get(key).items() as readonly AnyNode[]).map((item): AnyNode => item.get('expression'));
}

function ruleOf(rules: readonly AdmissionRule[], makers: readonly (readonly [string, string])[]): AnyNode {
  return rules.find((rule) => makers.some(([group, name]) => covers(rule, group, name, 'CREATE')))!.node;
}
