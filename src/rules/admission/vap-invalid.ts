import { defineRule } from '../../engine/rule.ts';
import {
  faultsOfAuthenticationExpressions,
  faultsOfAuthorizationExpressions,
} from '../../k8s/admission/component-expressions.ts';
import type { PolicyFault } from '../../k8s/admission/expressions.ts';
import { validateBinding, validateMatchConditions, validatePolicy } from '../../k8s/admission/validate-policy.ts';
import { WEBHOOK_KINDS } from '../../k8s/admission/webhooks.ts';
import { pathInWords } from '../../k8s/schema/path.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { BINDING_KINDS, POLICY_KINDS } from './_policies.ts';

const CONFIGURATION_KINDS = [
  'AuthorizationConfiguration.apiserver.config.k8s.io',
  'AuthenticationConfiguration.apiserver.config.k8s.io',
] as const;

export default defineRule({
  id: 'vap-invalid',
  title: 'Admission policy or expression that the API server refuses',
  category: 'admission',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: [...POLICY_KINDS, ...BINDING_KINDS, ...WEBHOOK_KINDS, ...CONFIGURATION_KINDS],
  supersedes: ['schema-enum-invalid', 'schema-required-missing', 'schema-wrong-type'],
  messages: {
    invalid: '{path}: {reason}; the API server refuses the object',
    cel: '{path} does not compile: {reason}',
    configuration: '{path}: {reason}, so kube-apiserver does not start',
  },
  check({ root, head }, context) {
    const mutating = head.kind.startsWith('Mutating');
    const isConfiguration = !head.kind.endsWith('WebhookConfiguration') && head.kind.endsWith('Configuration');
    const faults = faultsOf(head.kind, root, mutating);
    for (const { node, reason, word, atKey, part, isCel } of faults) {
      const path = pathInWords(node.steps.slice(head.within.length));
      context.report(node, isConfiguration ? 'configuration' : isCel === true ? 'cel' : 'invalid', {
        data: { path, reason },
        ...(atKey === true ? { atKey } : {}),
        ...(part === undefined ? {} : { part }),
        ...(word === undefined
          ? {}
          : {
              fix: {
                title: `Write ${word}`,
                safety: 'safe',
                changes: [{ op: 'set', path: node.steps, value: word }],
              },
            }),
      });
    }
  },
  docs: {
    why: 'The API server compiles every expression when the object is created and refuses it as a whole where one is at fault. Until somebody notices, nothing is enforced.',
    fix: 'Correct the field, or the expression at the place that is marked.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/',
      'https://kubernetes.io/docs/reference/using-api/cel/',
    ],
    limits:
      'Expressions are parsed, their names, functions and types resolved, as release 1.37 declares them; those of mutations without types. The cost of an expression is not judged, and regular expressions in literals are not compiled: an expression without a finding may still be refused.',
    examples: {
      bad: [
        {
          title: 'names, syntax and types',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: replicas
spec:
  failurePolicy: ignore # finding: invalid
  matchConstraints:
    resourceRules:
      - apiGroups: [apps]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [deployments]
  matchConditions:
    - name: not-system
      expression: request.userinfo.username != 'system:apiserver' # finding: cel
  variables:
    - name: replicas
      expression: object.spec.replicas
  validations:
    - expression: variables.replica <= 5 # finding: cel
    - expression: |
        object.spec.replicas <= params.maxReplicas && # finding: cel
        has(object.spec.template)
    - expression: "object.spec.replicas <= " # finding: cel
    - expression: object.metadata.name.startswith('a') # finding: cel
    - expression: "'true'" # finding: cel
    - expression: object.spec.replicas = 5 # finding: cel`,
        },
        {
          title: 'bindings and mutations',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: replicas
spec:
  policyName: replicas
  validationActions: # finding: invalid
    - Deny
    - Warn
    - audit # finding: invalid
  paramRef: # finding: invalid
    name: limits
    selector: {}
    parameterNotFoundAction: Deny
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: nothing
spec: # finding: invalid
  matchConstraints: # finding: invalid
    namespaceSelector: {}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata:
  name: sidecar
spec:
  reinvocationPolicy: IfNeeded
  matchConstraints:
    resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }]
  mutations:
    - patchType: JSONPatch # finding: invalid
      applyConfiguration: # finding: invalid
        expression: "Object{}"`,
        },
        {
          title: 'types that do not fit',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: images
spec:
  matchConstraints:
    resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }]
  variables:
    - name: names
      expression: object.spec.containers.map(c, string(c.name))
  validations:
    - expression: variables.names.all(n, n > 3) # finding: cel
    - expression: object.spec.?hostNetwork.orValue(false) # finding: cel
    - expression: request.namespace in [object.metadata.name, 'kube-system'] # finding: cel
    - expression: quantity('1Gi') < quantity('2Gi') # finding: cel
    - expression: object.spec.containers.all(c, c.image.contains(1)) # finding: cel`,
        },
        {
          title: 'configuration of the API server',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
  - type: Webhook
    name: guard
    webhook:
      timeout: 3s
      subjectAccessReviewVersion: v1
      matchConditionSubjectAccessReviewVersion: v1
      failurePolicy: Deny
      connectionInfo: { type: KubeConfigFile, kubeConfigFile: /etc/kubernetes/guard.conf }
      matchConditions:
        - expression: has(request.resourceAttributes)
        - expression: request.resourceAttribute.namespace == 'kube-system' # finding: configuration
        - expression: "!('system:masters' in request.group)" # finding: configuration
  - { type: Node, name: node }
  - { type: RBAC, name: rbac }
---
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
  - issuer: { url: https://id.example.com, audiences: [kubernetes] }
    claimValidationRules:
      - expression: claims.hd # finding: configuration
    claimMappings:
      username: { expression: "'oidc:' + claims.sub" }
      groups:
        expression: claims.roles.split(",) # finding: configuration
    userValidationRules:
      - expression: "!user.username.startsWith('system:')"
      - expression: user.name != 'root' # finding: configuration`,
        },
      ],
      good: [
        {
          title: 'the language’s less known parts',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: images
spec:
  failurePolicy: Fail
  paramKind: { apiVersion: rules.example.com/v1, kind: Limit }
  matchConstraints:
    resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods, pods/ephemeralcontainers] }]
  variables:
    - name: containers
      expression: object.spec.containers + object.spec.?initContainers.orValue([])
    - name: images
      expression: variables.containers.map(c, c.image)
  validations:
    - expression: |
        // every image comes from the registry
        variables.images.all(i, i.startsWith(params.registry) && !i.matches(r'^.*:latest$'))
      messageExpression: "'images have to come from ' + string(params.registry)"
    - expression: >-
        has(object.metadata.labels) && 'team' in object.metadata.labels
        ? object.metadata.labels['team'].size() > 0 : false
    - expression: authorizer.group('').resource('pods').namespace(request.namespace).check('create').allowed()
    - expression: quantity('1Gi').isGreaterThan(quantity('1Mi')) && ip('127.0.0.1').isLoopback()
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata:
  name: sidecar
spec:
  reinvocationPolicy: IfNeeded
  matchConstraints:
    resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }]
  mutations:
    - patchType: ApplyConfiguration
      applyConfiguration:
        expression: >
          Object{
            spec: Object.spec{
              initContainers: [Object.spec.initContainers{ name: "proxy", image: "r.example.com/proxy:1" }]
            }
          }
    - patchType: JSONPatch
      jsonPatch:
        expression: >
          [JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: "c"}]`,
        },
      ],
    },
  },
});

function faultsOf(kind: string, root: AnyNode, mutating: boolean): readonly PolicyFault[] {
  if (kind === 'AuthorizationConfiguration') return faultsOfAuthorizationExpressions(root);
  if (kind === 'AuthenticationConfiguration') return faultsOfAuthenticationExpressions(root);
  if (kind.endsWith('WebhookConfiguration')) return validateMatchConditions(root);
  return kind.endsWith('Binding') ? validateBinding(root, mutating) : validatePolicy(root, mutating);
}
