import { defineRule } from '../../engine/rule.ts';
import { apiState, noteOf } from '../../k8s/schema/lifecycle.ts';
import { apiVersionOf, migration, useInstead } from './_version.ts';

export default defineRule({
  id: 'api-version-deprecated',
  title: 'API version that a coming release will not serve',
  category: 'api',
  severity: 'low',
  preset: 'recommended',
  on: 'resource',
  messages: {
    ends: '{apiVersion} {kind} is deprecated since Kubernetes {deprecated} and not served from {removed} on{use}',
    deprecated: '{apiVersion} {kind} is deprecated since Kubernetes {deprecated}{use}',
  },
  check(resource, context) {
    const { group, version, kind } = resource.head;
    const state = apiState(group, version, kind, context.minor);
    if (state === undefined || state.is !== 'deprecated') return;
    const { life, replacement } = state;
    const apiVersion = apiVersionOf(resource);
    const deprecated = `1.${life.deprecated}`;
    const use = useInstead(replacement, kind, noteOf(group, version, kind));
    const at = resource.root.get('apiVersion');
    const fix = migration(resource, replacement);
    if (life.removed === undefined) {
      context.report(at, 'deprecated', { data: { apiVersion, kind, deprecated, use }, ...fix });
      return;
    }
    const severity = life.removed - context.minor <= 2 ? 'medium' : 'low';
    const data = { apiVersion, kind, deprecated, removed: `1.${life.removed}`, use };
    context.report(at, 'ends', { data, severity, ...fix });
  },
  docs: {
    why: 'The version still works in the target release and stops working in a coming one; the upgrade then breaks the deployment, and a control among the objects is lost with it.',
    fix: 'Write the version that the message names.',
    frameworks: {},
    equivalents: { pluto: ['deprecated'], polaris: ['deprecatedApi'] },
    references: [
      'https://kubernetes.io/docs/reference/using-api/deprecation-policy/',
      'https://kubernetes.io/docs/reference/using-api/deprecation-guide/',
    ],
    examples: {
      bad: [
        {
          title: 'A beta version beside the stable one',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1beta1 # finding: ends
kind: MutatingAdmissionPolicy
metadata:
  name: labels
`,
        },
        {
          title: 'Deprecated without an end',
          in: 'manifests',
          yaml: `apiVersion: v1 # finding: deprecated
kind: Endpoints
metadata:
  name: web
`,
        },
      ],
      good: [
        {
          title: 'The stable version',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata:
  name: labels
`,
        },
        {
          title: 'Not yet deprecated in the target release',
          in: 'manifests',
          since: '1.32',
          yaml: `apiVersion: v1
kind: Endpoints
metadata:
  name: web
`,
        },
      ],
    },
  },
});
