import type { Project } from '../../engine/project.ts';
import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { groupKind, splitApiVersion } from '../../k8s/resource.ts';
import { didYouMean } from '../../k8s/schema/did-you-mean.ts';
import { isNamespaced } from '../../k8s/schema/scope.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { admissionPolicies, type PolicyObject } from './_policies.ts';

export default defineRule({
  id: 'vap-unbound',
  title: 'Admission policy and binding that do not meet',
  category: 'admission',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [admissionPolicies],
  messages: {
    unbound: '{kind} "{name}" has no binding in the input: it is never evaluated',
    dangling: 'there is no {kind} "{policy}" in the input: this binding does nothing{hint}',
    'dangling-here': '{binding} "{name}" is bound to {kind} "{policy}", and "{policy}" is a {other}',
    'no-params':
      'binding "{name}" has no paramRef, and policy "{policy}" reads params: they are null in every expression',
    'params-ignored': 'paramRef of binding "{name}" is ignored: policy "{policy}" has no paramKind',
    'params-namespace':
      'paramRef of binding "{name}" names a namespace, and {kind} is not namespaced: every request is answered by the failurePolicy',
    'params-missing':
      'there is no {kind} "{param}" in the input, which binding "{name}" gives policy "{policy}" as parameters',
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
      if (policyName === undefined || isUnresolved(policyName)) continue;
      const bound = policyOf(binding);
      if (bound !== undefined) {
        checkParams(project, bound, binding, (node, message, more) => {
          const data = { kind: '', param: '', name: binding.name, policy: policyName, ...more };
          const related = [{ at: bound.resource, message: 'the policy' }];
          if (message === 'no-params') context.report(node, message, { data, related });
          else if (message === 'params-namespace') context.report(node, message, { data, related, severity: 'high' });
          else context.report(node, message, { data, related, severity: 'low', preset: 'strict', atKey: true });
        });
        continue;
      }
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
      'Where the input holds no object of the other kind at all, this is said in the preset strict only: it may stand elsewhere. Of parameters that are not in the input it is said where `world` is closed.',
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
        {
          title: 'parameters that do not fit',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: replicas
spec:
  paramKind: { apiVersion: v1, kind: ConfigMap }
  validations:
    - expression: object.spec.replicas <= int(params.data.max)
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: replicas
spec: # finding: no-params
  policyName: replicas
  validationActions: [Deny]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: no-latest-tag
spec:
  validations:
    - expression: object.spec.containers.all(c, !c.image.endsWith(':latest'))
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: no-latest-tag
spec:
  policyName: no-latest-tag
  validationActions: [Deny]
  paramRef: { name: limits, parameterNotFoundAction: Deny } # finding: params-ignored
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: stage
spec:
  paramKind: { apiVersion: v1, kind: Namespace }
  validations:
    - expression: params.metadata.name != object.metadata.name
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: stage
spec:
  policyName: stage
  validationActions: [Deny]
  paramRef:
    name: production
    namespace: production # finding: params-namespace
    parameterNotFoundAction: Deny`,
        },
        {
          title: 'parameters that are not there',
          world: 'closed',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: replicas
spec:
  paramKind: { apiVersion: v1, kind: ConfigMap }
  validations:
    - expression: object.spec.replicas <= int(params.data.max)
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: replicas
spec:
  policyName: replicas
  validationActions: [Deny]
  paramRef:
    name: limits # finding: params-missing
    parameterNotFoundAction: Deny`,
        },
      ],
      good: [
        {
          title: 'bound without parameters on purpose',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: replicas
spec:
  paramKind: { apiVersion: v1, kind: ConfigMap }
  validations:
    - expression: params == null || object.spec.replicas <= int(params.data.max)
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: replicas
spec:
  policyName: replicas
  validationActions: [Deny]`,
        },
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

type ParamsMessage = 'no-params' | 'params-ignored' | 'params-namespace' | 'params-missing';

/** Whether what the policy asks for as parameters and what the binding gives fit together. */
function checkParams(
  project: Project,
  policy: PolicyObject,
  binding: PolicyObject,
  report: (node: AnyNode, message: ParamsMessage, data?: { readonly kind: string; readonly param?: string }) => void,
): void {
  if (!policy.params && !binding.params) return;
  const spec: AnyNode = binding.resource.root.get('spec');
  const ref: AnyNode = spec.get('paramRef');
  if (!policy.params) {
    report(ref, 'params-ignored');
    return;
  }
  const policySpec: AnyNode = policy.resource.root.get('spec');
  if (!binding.params) {
    // Some policies are made to be bound without parameters too.
    const text = JSON.stringify(policySpec.raw ?? null, (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    if (/\bparams\b/.test(text) && !/\bparams\s*[!=]=\s*null|null\s*[!=]=\s*params\b|\bparams\.\?/.test(text)) {
      report(spec, 'no-params');
    }
    return;
  }
  const kind = policySpec.at(['paramKind', 'kind']).string ?? '';
  const { group } = splitApiVersion(policySpec.at(['paramKind', 'apiVersion']).string ?? '');
  const namespaced = isNamespaced(group, kind);
  const namespace: AnyNode = ref.get('namespace');
  if (namespaced === false && namespace.present) {
    report(namespace, 'params-namespace', { kind });
    return;
  }
  const name: AnyNode = ref.get('name');
  if (project.world !== 'closed' || name.string === undefined || isUnresolved(name.string)) return;
  const there = project
    .ofKind(groupKind(group, kind))
    .some(({ head }) => head.name === name.string && (!namespace.present || head.namespace === namespace.string));
  if (!there) report(name, 'params-missing', { kind, param: name.string });
}
