import { defineFact } from '../../engine/project.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';

const GROUP = 'admissionregistration.k8s.io';
export const POLICY_KINDS = [`ValidatingAdmissionPolicy.${GROUP}`, `MutatingAdmissionPolicy.${GROUP}`] as const;
export const BINDING_KINDS = [
  `ValidatingAdmissionPolicyBinding.${GROUP}`,
  `MutatingAdmissionPolicyBinding.${GROUP}`,
] as const;

interface Kept {
  /** Of a binding: the policy that it names. */
  readonly policyName?: string;
  /** Of a binding. */
  readonly actions?: readonly string[];
  /** Of a binding: has paramRef. Of a policy: has paramKind. */
  readonly params: boolean;
}

export interface PolicyObject extends Kept {
  readonly resource: Resource;
  readonly name: string;
}

/** The admission policies of the input with their bindings; `of` is Validating or Mutating. */
export interface AdmissionPolicies {
  readonly policies: readonly PolicyObject[];
  readonly bindings: readonly PolicyObject[];
  bindingsOf(policy: PolicyObject): readonly PolicyObject[];
  policyOf(binding: PolicyObject): PolicyObject | undefined;
}

export const admissionPolicies = defineFact<AdmissionPolicies, Kept>({
  name: 'admission-policies',
  kinds: [...POLICY_KINDS, ...BINDING_KINDS],
  collect({ root, head }) {
    const spec: AnyNode = root.get('spec');
    if (!head.kind.endsWith('Binding')) return { params: spec.get('paramKind').present };
    const policyName = spec.get('policyName').string;
    const actions: AnyNode = spec.get('validationActions');
    return {
      params: spec.get('paramRef').present,
      ...(policyName === undefined ? {} : { policyName }),
      ...(actions.isList ? { actions: actions.strings } : {}),
    };
  },
  compute(_project, collected) {
    const objects = collected.map(({ resource, data }) => ({ ...data, resource, name: resource.head.name }));
    const bindings = objects.filter(({ resource }) => resource.head.kind.endsWith('Binding'));
    const policies = objects.filter(({ resource }) => !resource.head.kind.endsWith('Binding'));
    const fits = (policy: PolicyObject, binding: PolicyObject) =>
      binding.policyName === policy.name && binding.resource.head.kind === `${policy.resource.head.kind}Binding`;
    return {
      policies,
      bindings,
      bindingsOf: (policy) => bindings.filter((binding) => fits(policy, binding)),
      policyOf: (binding) => policies.find((policy) => fits(policy, binding)),
    };
  },
});
