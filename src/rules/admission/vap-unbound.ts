import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { didYouMean } from '../../k8s/schema/did-you-mean.ts';
import { admissionPolicies } from './_policies.ts';

export default defineRule({
  id: 'vap-unbound',
  title: 'Admission policy without binding, or binding without policy',
  category: 'admission',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [admissionPolicies],
  messages: {
    unbound: '{kind} "{name}" has no binding in the input: it is never evaluated',
    dangling: 'there is no {kind} "{policy}" in the input: this binding does nothing{hint}',
    'dangling-here': '{binding} "{name}" is bound to {kind} "{policy}", and "{policy}" is a {other}',
  },
  check(project, context) {
    const { policies, bindings, bindingsOf, policyOf } = project.fact(admissionPolicies);
    for (const policy of policies) {
      const { kind } = policy.resource.head;
      if (policy.name === '' || isUnresolved(policy.name) || bindingsOf(policy).length > 0) continue;
      // Without a single binding in the input they may live elsewhere: an overlay, another repository.
      const others = bindings.some(({ resource }) => resource.head.kind === `${kind}Binding`);
      const certain = others || project.world === 'closed';
      context.report(policy.resource, 'unbound', {
        data: { kind, name: policy.name },
        ...(certain ? {} : { severity: 'low', preset: 'strict' }),
      });
    }
    for (const binding of bindings) {
      const { policyName } = binding;
      if (policyName === undefined || isUnresolved(policyName) || policyOf(binding) !== undefined) continue;
      const kind = binding.resource.head.kind.slice(0, -'Binding'.length);
      const node = binding.resource.root.at(['spec', 'policyName']);
      const other = policies.find(({ name }) => name === policyName);
      if (other !== undefined) {
        const data = { binding: binding.resource.head.kind, name: binding.name, kind, policy: policyName };
        context.report(node, 'dangling-here', {
          data: { ...data, other: other.resource.head.kind },
          related: [{ at: other.resource, message: 'of this name' }],
        });
        continue;
      }
      const same = policies.filter(({ resource }) => resource.head.kind === kind);
      const near = didYouMean(
        policyName,
        same.map(({ name }) => name),
      );
      const target = near === undefined ? undefined : same.find(({ name }) => name === near);
      const certain = same.length > 0 || project.world === 'closed';
      context.report(node, 'dangling', {
        data: { kind, policy: policyName, hint: near === undefined ? '' : `, did you mean "${near}"?` },
        ...(certain ? {} : { severity: 'low', preset: 'strict' }),
        ...(target === undefined ? {} : { related: [{ at: target.resource, message: 'of a similar name' }] }),
      });
    }
  },
  docs: {
    why: 'A ValidatingAdmissionPolicy by itself is never evaluated: only a binding puts it in force. A binding to a policy that is not there does nothing, without an error.',
    fix: 'Add a ValidatingAdmissionPolicyBinding with `policyName` and `validationActions: [Deny]`, or correct the name.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/'],
    limits:
      'Where the input holds no object of the other kind at all, this is said in the preset strict only: it may stand elsewhere.',
    examples: {
      bad: [
        {
          title: 'a name that does not fit',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: no-latest-tag # finding: unbound
spec: {}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: no-latest-tag
spec:
  policyName: no-latest-tags # finding: dangling
  validationActions: [Deny]`,
        },
        {
          title: 'a binding of the other kind',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: no-latest-tag # finding: unbound
spec: {}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata:
  name: no-latest-tag
spec:
  policyName: no-latest-tag # finding: dangling-here`,
        },
      ],
      good: [
        {
          title: 'bound',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: no-latest-tag
spec: {}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: no-latest-tag
spec:
  policyName: no-latest-tag
  validationActions: [Deny]`,
        },
      ],
    },
  },
});
