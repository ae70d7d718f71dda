import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { schemasOf } from '../../../src/k8s/schema/bundle.ts';
import { pathInWords } from '../../../src/k8s/schema/path.ts';
import { explainUnknown } from '../../../src/k8s/schema/unknown.lazy.ts';
import { validate } from '../../../src/k8s/schema/walk.ts';
import { SourceFile } from '../../../src/text/source-file.ts';
import { parse } from '../../../src/yaml/parse.ts';
import { isMap } from '../../../src/yaml/value.ts';

test('what an unknown field was probably meant to be', () => {
  const path = join(import.meta.dirname, '../../fixtures/schema/misplaced.yaml');
  const schemas = schemasOf(37);
  const lines: string[] = [];
  for (const { value } of parse(new SourceFile(path, readFileSync(path, 'utf8')))) {
    if (!isMap(value)) continue;
    const { apiVersion, kind } = value;
    const definition = schemas.kind(String(apiVersion), String(kind))!;
    for (const fault of validate(value, definition, schemas)) {
      if (fault.is !== 'unknown') continue;
      const explanation = explainUnknown(fault, value, 37);
      const meant =
        explanation.is === 'misspelt'
          ? explanation.near
          : explanation.is === 'elsewhere'
            ? `${pathInWords(explanation.right)}${explanation.owner === undefined ? ' (not there)' : ''}`
            : explanation.is === 'wrapper'
              ? explanation.fields.join(' ')
              : '';
      lines.push(`${kind} ${fault.path.join('.')}: ${explanation.is} ${meant}`.trim());
    }
  }
  expect(lines).toMatchInlineSnapshot(`
    [
      "Deployment spec.serviceAccountName: elsewhere spec.template.spec.serviceAccountName",
      "Deployment spec.automountServiceAccountToken: elsewhere spec.template.spec.automountServiceAccountToken",
      "Deployment spec.hostNetwork: elsewhere spec.template.spec.hostNetwork",
      "Deployment spec.securityContext: elsewhere spec.template.spec.securityContext",
      "Deployment spec.nodeSelector: elsewhere spec.template.spec.nodeSelector",
      "Deployment spec.volumes: elsewhere spec.template.spec.volumes",
      "Deployment spec.imagePullSecrets: elsewhere spec.template.spec.imagePullSecrets",
      "Deployment spec.template.serviceAccountName: elsewhere spec.template.spec.serviceAccountName",
      "Deployment spec.template.spec.imagePullPolicy: elsewhere spec.template.spec.containers[].imagePullPolicy",
      "Deployment spec.template.spec.privileged: elsewhere spec.template.spec.containers[].securityContext.privileged",
      "Deployment spec.template.spec.contianers: misspelt containers",
      "Deployment spec.template.spec.readinessProbe: elsewhere spec.template.spec.containers[].readinessProbe",
      "Deployment spec.template.spec.image: elsewhere spec.template.spec.containers[].image",
      "Deployment spec.template.spec.name: elsewhere spec.template.spec.containers[].name",
      "Deployment spec.template.spec.containers.0.serviceAccountName: elsewhere spec.template.spec.serviceAccountName",
      "Deployment spec.template.spec.containers.0.volumes: elsewhere spec.template.spec.volumes",
      "Deployment spec.template.spec.containers.0.hostPort: elsewhere spec.template.spec.containers[].ports[].hostPort (not there)",
      "Deployment spec.template.spec.containers.0.limits: elsewhere spec.template.spec.containers[].resources.limits",
      "Deployment spec.template.spec.containers.0.runAsUser: elsewhere spec.template.spec.containers[].securityContext.runAsUser",
      "Deployment spec.template.spec.containers.0.runAsNonRoot: elsewhere spec.template.spec.containers[].securityContext.runAsNonRoot",
      "Deployment spec.template.spec.containers.0.port: misspelt ports",
      "Deployment spec.template.spec.containers.0.volumeMount: misspelt volumeMounts",
      "Deployment spec.template.spec.containers.0.resources.cpu: resource",
      "Deployment spec.template.spec.containers.0.resources.memory: resource",
      "Deployment spec.template.spec.containers.0.resources.limit: misspelt limits",
      "Deployment spec.template.spec.containers.0.securityContex: misspelt securityContext",
      "Deployment spec.template.spec.containers.0.securityContext.type: unknown",
      "Deployment spec.template.spec.containers.0.securityContext.fsGroup: elsewhere spec.template.spec.securityContext.fsGroup (not there)",
      "Deployment spec.template.spec.containers.0.securityContext.runAsNonroot: misspelt runAsNonRoot",
      "Deployment spec.template.spec.containers.0.securityContext.hostPID: elsewhere spec.template.spec.hostPID",
      "Deployment spec.template.spec.containers.0.securityContext.seccompprofile: misspelt seccompProfile",
      "Deployment spec.template.spec.containers.0.securityContext.drop: elsewhere spec.template.spec.containers[].securityContext.capabilities.drop (not there)",
      "Deployment spec.template.spec.containers.0.volumeMounts.0.defaultMode: elsewhere spec.template.spec.volumes[].configMap.defaultMode",
      "Deployment spec.template.spec.containers.0.volumeMounts.0.readonly: misspelt readOnly",
      "Deployment spec.template.spec.volumes.0.readOnly: elsewhere spec.template.spec.containers[].volumeMounts[].readOnly",
      "Deployment spec.template.spec.volumes.0.configMap.readOnly: elsewhere spec.template.spec.containers[].volumeMounts[].readOnly",
      "NetworkPolicy spec.ports: elsewhere spec.egress[].ports",
      "NetworkPolicy spec.from: elsewhere spec.ingress[].from",
      "NetworkPolicy spec.podSelector.app: label",
      "NetworkPolicy spec.ingress.0.policyTypes: elsewhere spec.policyTypes",
      "NetworkPolicy spec.ingress.0.to: elsewhere spec.egress[].to",
      "NetworkPolicy spec.ingress.0.from.0.podSelector.namespaceSelector: elsewhere spec.ingress[].from[].namespaceSelector",
      "NetworkPolicy spec.ingress.0.from.0.cidr: elsewhere spec.ingress[].from[].ipBlock.cidr (not there)",
      "NetworkPolicy spec.egress.0.from: elsewhere spec.ingress[].from",
      "Role metadata.verbs: elsewhere rules[].verbs (not there)",
      "Role spec: wrapper rules",
      "Role resourceNames: elsewhere rules[].resourceNames (not there)",
      "RoleBinding spec: wrapper subjects roleRef",
      "Service metadata.externalTrafficPolicy: elsewhere spec.externalTrafficPolicy",
      "Service spec.ports.0.loadBalancerSourceRanges: elsewhere spec.loadBalancerSourceRanges",
      "ServiceAccount metadata.automountServiceAccountToken: elsewhere automountServiceAccountToken",
      "ServiceAccount spec: wrapper automountServiceAccountToken",
      "Ingress spec.rules.0.tls: elsewhere spec.tls",
      "Ingress spec.rules.0.secretName: elsewhere spec.tls[].secretName (not there)",
      "ConfigMap metadata.immutable: elsewhere immutable",
      "ResourceQuota hard: elsewhere spec.hard (not there)",
      "LimitRange limits: elsewhere spec.limits (not there)",
      "CronJob spec.jobTemplate.spec.restartPolicy: elsewhere spec.jobTemplate.spec.template.spec.restartPolicy",
      "CronJob spec.jobTemplate.spec.serviceAccountName: elsewhere spec.jobTemplate.spec.template.spec.serviceAccountName",
      "PodDisruptionBudget spec.selector.app: label",
      "ValidatingWebhookConfiguration failurePolicy: elsewhere webhooks[].failurePolicy",
      "ValidatingWebhookConfiguration webhooks.0.rules.0.failurePolicy: elsewhere webhooks[].failurePolicy",
      "ValidatingWebhookConfiguration webhooks.0.rules.0.namespaceSelector: elsewhere webhooks[].namespaceSelector",
      "Pod spec.container: misspelt containers",
      "Pod spec.hostPid: misspelt hostPID",
      "Pod spec.evictionRespnders: misspelt evictionResponders",
      "Pod spec.workloadRef: other-release",
      "Pod spec.runasuser: unknown",
    ]
  `);
});
