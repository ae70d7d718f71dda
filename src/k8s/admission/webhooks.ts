import type { AnyNode } from '../../yaml/node.ts';

export const WEBHOOK_KINDS = [
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
  'MutatingWebhookConfiguration.admissionregistration.k8s.io',
] as const;

/** One `rules` entry of a webhook, or of the `resourceRules` of a policy. */
export interface AdmissionRule {
  readonly node: AnyNode;
  readonly groups: readonly string[];
  readonly operations: readonly string[];
  /** `pods`, `pods/exec`, `*`. */
  readonly resources: readonly string[];
}

export function rulesOf(list: AnyNode): readonly AdmissionRule[] {
  return (list.items() as readonly AnyNode[]).map((node) => ({
    node,
    groups: node.get('apiGroups').strings,
    operations: node.get('operations').strings,
    resources: node.get('resources').strings,
  }));
}

/** Whether a rule is asked about an operation on a resource; without an operation, about any. */
export function covers(rule: AdmissionRule, group: string, resource: string, operation?: string): boolean {
  return (
    (rule.groups.includes('*') || rule.groups.includes(group)) &&
    rule.resources.some((each) => each === '*' || each === '*/*' || each === resource || each === `${resource}/*`) &&
    (operation === undefined || rule.operations.includes('*') || rule.operations.includes(operation))
  );
}

/** The same for a subresource, which `*` alone does not mean. */
export function coversSubresource(
  rule: AdmissionRule,
  group: string,
  resource: string,
  subresource: string,
  operation?: string,
): boolean {
  const words = [`${resource}/${subresource}`, `${resource}/*`, `*/${subresource}`, '*/*'];
  return (
    (rule.groups.includes('*') || rule.groups.includes(group)) &&
    rule.resources.some((each) => words.includes(each)) &&
    (operation === undefined || rule.operations.includes('*') || rule.operations.includes(operation))
  );
}

/** Resources by which pods come into being. */
export const POD_MAKERS: readonly (readonly [group: string, resource: string])[] = [
  ['', 'pods'],
  ['apps', 'deployments'],
  ['apps', 'daemonsets'],
  ['apps', 'statefulsets'],
  ['apps', 'replicasets'],
  ['batch', 'jobs'],
  ['batch', 'cronjobs'],
];

/** Whether somebody who creates a workload meets this webhook. */
export function guardsPods(rules: readonly AdmissionRule[]): boolean {
  return rules.some((rule) => POD_MAKERS.some(([group, resource]) => covers(rule, group, resource, 'CREATE')));
}

/** Names of policy engines and image verifiers, as they stand in the names of their webhooks and services. */
const ENGINES =
  /(?:^|[.\-_])(?:gatekeeper|kyverno|kubewarden|opa|styra|cosign|cosigned|sigstore|policy-controller|connaisseur|ratify|portieris|trivy|starboard|neuvector|sysdig|prisma|twistlock|jspolicy|datree|polaris|image-?policy|image-?bouncer|anchore|stackrox|sensor\.stackrox|falcon|policy-webhook|pod-security-webhook)(?:[.\-_]|$)/i;

/** Whether a webhook belongs to something that says no to workloads, by the names it goes by. */
export function isPolicyEngine(configuration: string, webhook: AnyNode): boolean {
  const service = webhook.get('clientConfig').get('service');
  const names = [
    configuration,
    webhook.get('name').string,
    service.get('name').string,
    service.get('namespace').string,
  ];
  return names.some((name) => name !== undefined && ENGINES.test(name));
}

/** Absent, `failurePolicy` is Fail; in v1beta1 it was Ignore. */
export function failurePolicyOf(webhook: AnyNode, version: string): string | undefined {
  const node: AnyNode = webhook.get('failurePolicy');
  if (!node.present) return version === 'v1beta1' ? 'Ignore' : 'Fail';
  return node.string;
}

/** Words that a field of an enumeration takes; where another case is written, the right one. */
export function wordFor(text: string, words: readonly string[]): string | undefined {
  return words.find((word) => word.toLowerCase() === text.toLowerCase());
}
