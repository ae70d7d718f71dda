import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { BINDING_KINDS, POLICY_KINDS } from './_policies.ts';

export default defineRule({
  id: 'vap-fail-open',
  title: 'Admission policy that admits what it cannot evaluate',
  category: 'admission',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: [...POLICY_KINDS, BINDING_KINDS[0]],
  messages: {
    policy: 'policy "{name}" admits objects on which an expression fails (failurePolicy: Ignore)',
    params: 'binding "{name}" admits everything while its parameters are not there (parameterNotFoundAction: Allow)',
  },
  check({ root, head }, context) {
    const { name } = head;
    if (head.kind.endsWith('Binding')) {
      const action: AnyNode = root.at(['spec', 'paramRef', 'parameterNotFoundAction']);
      if (action.string === 'Allow')
        context.report(action, 'params', { data: { name }, severity: 'low', preset: 'strict' });
      return;
    }
    const node: AnyNode = root.at(['spec', 'failurePolicy']);
    if (node.string !== 'Ignore') return;
    const mutating = head.kind.startsWith('Mutating');
    context.report(node, 'policy', { data: { name }, ...(mutating ? { severity: 'low', preset: 'strict' } : {}) });
  },
  docs: {
    why: 'Reading a field that an object does not have is an error of the expression, and so is a parameter that is missing. With Ignore, whoever leaves that field out passes.',
    fix: 'Set `failurePolicy: Fail`, which is the default, and guard optional fields with `has()` or `.?`.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#failure-policy'],
    limits: 'Which of the fields that an expression reads are optional is not looked at.',
    examples: {
      bad: [
        {
          title: 'errors are ignored',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: replicas
spec:
  failurePolicy: Ignore # finding: policy
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: replicas
spec:
  policyName: replicas
  paramRef:
    name: limits
    parameterNotFoundAction: Allow # finding: params`,
        },
      ],
      good: [
        {
          title: 'errors deny',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: replicas
spec:
  failurePolicy: Fail`,
        },
      ],
    },
  },
});
