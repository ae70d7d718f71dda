import { describe, expect, test } from 'vitest';
import { rules } from '../../src/rules/index.ts';
import { lintTexts } from '../../src/testing/rule-tester.ts';

/** `line ruleId message`, of the rules whose ids begin so. */
function findings(prefix: string, yaml: string, path = 'x.yaml'): readonly string[] {
  const chosen = rules.filter(({ id }) => id.startsWith(prefix));
  const report = lintTexts(chosen, { [path]: yaml });
  expect(report.problems).toEqual([]);
  return report.findings.map(
    ({ ruleId, message, range }) => `${range.start.line}:${range.start.column} ${ruleId}: ${message}`,
  );
}

const policy = (expression: string) => `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: a }
spec:
  matchConstraints:
    resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }]
  validations:
    - expression: ${expression}
`;

describe('expressions are pointed at where they are at fault', () => {
  test.each<[string, string, string]>([
    ['plain', 'objct.spec.hostPID == false', '8:19'],
    ['quoted', "'has(object.spec) && objct.spec'", '8:40'],
    ['with escapes', '"\\"a\\" == objct.x"', '8:29'],
    ['a block', '|\n        has(object.spec) &&\n        objct.spec', '10:9'],
  ])('%s', (_, expression, place) => {
    expect(findings('vap-invalid', policy(expression))).toEqual([
      `${place} vap-invalid: spec.validations[].expression does not compile: "objct" is not known here: did you mean object?`,
    ]);
  });

  test('templates are left alone', () => {
    expect(findings('vap-invalid', policy('"object.spec.replicas < {{ .Values.max }}"'))).toEqual([]);
  });
});

test('the configuration of ImagePolicyWebhook is found by its form', () => {
  const yaml = 'imagePolicy:\n  kubeConfigFile: /etc/k.yaml\n  defaultAllow: true\n';
  expect(findings('image-policy', yaml, 'admission.yaml')).toEqual([
    '3:17 image-policy-webhook-fail-open: ImagePolicyWebhook admits every image when its webhook does not answer (defaultAllow: true)',
  ]);
});

test('wrong types are nobody’s finding here, and never throw', () => {
  const kinds = [
    'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy',
    'admissionregistration.k8s.io/v1 MutatingAdmissionPolicy',
    'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding',
    'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration',
    'templates.gatekeeper.sh/v1 ConstraintTemplate',
    'constraints.gatekeeper.sh/v1beta1 K8sRequiredLabels',
    'config.gatekeeper.sh/v1alpha1 Config',
    'kustomize.config.k8s.io/v1beta1 Kustomization',
    'v1 ResourceQuota',
    'v1 LimitRange',
  ];
  const bodies = [
    'spec: 3',
    'spec: []',
    'spec: {match: [], targets: {}, limits: 3, hard: [a]}',
    'webhooks: [1, null, {rules: 3, name: 4}]',
    'spec: {limits: [3, null]}',
    'resources: [1, {a: 1}, null]',
    'spec: {validations: [null, 1], variables: [{name: 1}]}',
  ];
  for (const kind of kinds) {
    const [apiVersion, name] = kind.split(' ');
    for (const body of bodies) {
      const yaml = `apiVersion: ${apiVersion}\nkind: ${name}\nmetadata: {name: a}\n${body}\n`;
      expect(() => findings('', yaml)).not.toThrow();
    }
  }
});
