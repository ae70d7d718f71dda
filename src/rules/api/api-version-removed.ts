import { defineRule } from '../../engine/rule.ts';
import { apiState, noteOf } from '../../k8s/schema/lifecycle.ts';
import { apiVersionOf, migration, useInstead } from './_version.ts';

export default defineRule({
  id: 'api-version-removed',
  title: 'API version that the target release does not serve',
  category: 'api',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  messages: {
    removed: '{apiVersion} {kind} is not served since Kubernetes {removed}{use}',
    control:
      '{apiVersion} {kind} is not served since Kubernetes {removed}, so this control does not exist in {version}{use}',
  },
  check(resource, context) {
    const { group, version, kind } = resource.head;
    // What takes the place of a PodSecurityPolicy is told by psp-removed-api.
    if (kind === 'PodSecurityPolicy') return;
    const state = apiState(group, version, kind, context.minor);
    if (state === undefined || state.is !== 'removed') return;
    const { life, replacement } = state;
    const data = {
      apiVersion: apiVersionOf(resource),
      kind,
      removed: `1.${life.removed}`,
      use: useInstead(replacement, kind, noteOf(group, version, kind)),
      version: context.version,
    };
    const message = CONTROLS.has(kind) ? 'control' : 'removed';
    context.report(resource.root.get('apiVersion'), message, { data, ...migration(resource, replacement) });
  },
  docs: {
    why: 'The API server of the target release does not know this version: the object is not created, and what depends on it does not happen. Where the object is a control (a NetworkPolicy, a role, an admission webhook), the cluster runs without it.',
    fix: 'Write the version that the message names. Where more than `apiVersion` changes, the message says what; the deprecation guide has the details.',
    frameworks: {
      unmapped: 'an object that is not created; what it would have protected is the matter of other rules',
    },
    equivalents: { 'kube-linter': ['no-extensions-v1beta'], pluto: ['removed'], polaris: ['deprecatedApi'] },
    references: ['https://kubernetes.io/docs/reference/using-api/deprecation-guide/'],
    limits: 'Objects of aggregated API servers and custom resources are not looked at.',
    examples: {
      bad: [
        {
          title: 'Only the version string changes',
          in: 'manifests',
          yaml: `apiVersion: batch/v1beta1 # finding: removed
kind: CronJob
metadata:
  name: backup
`,
        },
        {
          title: 'A control that is not there',
          in: 'manifests',
          yaml: `apiVersion: extensions/v1beta1 # finding: control
kind: NetworkPolicy
metadata:
  name: deny
---
apiVersion: rbac.authorization.k8s.io/v1beta1 # finding: control
kind: Role
metadata:
  name: reader
`,
        },
      ],
      good: [
        {
          title: 'Versions that are served',
          in: 'manifests',
          yaml: `apiVersion: batch/v1
kind: CronJob
metadata:
  name: backup
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny
`,
        },
        {
          title: 'Still served by the target release',
          in: 'manifests',
          since: '1.25',
          yaml: `apiVersion: autoscaling/v2beta2
kind: HorizontalPodAutoscaler
metadata:
  name: web
`,
        },
      ],
    },
  },
});

/** Kinds that protect something. */
const CONTROLS: ReadonlySet<string> = new Set([
  'NetworkPolicy',
  'AuditSink',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]);
