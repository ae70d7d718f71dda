import { defineRule } from '../../engine/rule.ts';
import { type ApiLife, apiState, livesOf, noteOf } from '../../k8s/schema/lifecycle.ts';
import { suggestKind } from '../../k8s/schema/suggest-kind.ts';
import { apiVersionOf, useInstead } from './_version.ts';

export default defineRule({
  id: 'api-version-too-new',
  title: 'Kind or API version that the target release does not have',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  messages: {
    later: '{apiVersion} {kind} is served from Kubernetes {introduced} on, the target is {version}{use}',
    gated: '{apiVersion} {kind} is {stage}, which a cluster serves only where --runtime-config turns it on',
    version: 'Kubernetes has no {apiVersion} {kind}{use}',
    kind: 'Kubernetes has no kind "{kind}" in {apiVersion}, did you mean "{near}"',
    group: 'Kubernetes has no {kind} in "{apiVersion}", it is in {right}',
  },
  check(resource, context) {
    const { group, version, kind } = resource.head;
    const state = apiState(group, version, kind, context.minor);
    const apiVersion = apiVersionOf(resource);
    const at = resource.root.get('apiVersion');
    if (state === undefined) {
      const meant = suggestKind(group, version, kind, context.minor);
      if (meant === undefined) return;
      if (meant.is === 'kind') {
        const { near } = meant;
        const node = resource.root.get('kind');
        const fix = {
          title: `Change kind to ${near}`,
          safety: 'safe',
          changes: [{ op: 'set', path: node.steps, value: near }],
        } as const;
        context.report(node, 'kind', {
          data: { kind, apiVersion, near },
          severity: 'high',
          ...(node.present ? { fix } : {}),
        });
      } else {
        context.report(at, 'group', { data: { kind, apiVersion, right: meant.apiVersion }, severity: 'high' });
      }
      return;
    }
    if (state.is === 'unknown-version') {
      // A kind that has gone altogether: what there is to say of its last version.
      const last = livesOf(group, kind)[0]!.version;
      const use = useInstead(
        state.replacement,
        kind,
        state.replacement === undefined ? noteOf(group, last, kind) : undefined,
      );
      context.report(at, 'version', { data: { apiVersion, kind, use }, severity: 'high' });
    } else if (state.is === 'too-new') {
      const introduced = `1.${state.life.introduced}`;
      const use = useInstead(state.replacement, kind, undefined);
      context.report(at, 'later', { data: { apiVersion, kind, introduced, version: context.version, use } });
    } else if (state.is !== 'removed') {
      const stage = offByDefault(group, version, kind);
      if (stage !== undefined) context.report(at, 'gated', { data: { apiVersion, kind, stage }, preset: 'strict' });
    }
  },
  docs: {
    why: 'An object of a kind or version that the API server does not have is not created. A misspelt kind is the quietest way to lose a NetworkPolicy: a pipeline that goes on after errors deploys everything but the protection.',
    fix: 'Write a version that the target release serves, or raise `kubernetesVersion` where the cluster is newer. Alpha APIs, and beta APIs that are new since 1.24, have to be turned on with `--runtime-config`.',
    frameworks: {},
    references: [
      'https://kubernetes.io/docs/reference/using-api/#enabling-or-disabling',
      'https://kubernetes.io/docs/reference/using-api/deprecation-policy/',
    ],
    limits: 'A group that is none of Kubernetes’ own is taken for that of a custom resource.',
    examples: {
      bad: [
        {
          title: 'Newer than the cluster',
          in: 'manifests',
          since: '1.29',
          yaml: `apiVersion: admissionregistration.k8s.io/v1 # finding: later
kind: ValidatingAdmissionPolicy
metadata:
  name: images
`,
        },
        {
          title: 'Kind or group misspelt',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: Networkpolicy # finding: kind
metadata:
  name: deny
---
apiVersion: v1 # finding: group
kind: Deployment
metadata:
  name: shop
---
apiVersion: rbac.authorization.k8s.io/v2 # finding: version
kind: Role
metadata:
  name: reader
`,
        },
        {
          title: 'Off unless turned on (strict)',
          in: 'manifests',
          yaml: `apiVersion: scheduling.k8s.io/v1alpha3 # finding: gated
kind: PodGroup
metadata:
  name: shop
`,
        },
      ],
      good: [
        {
          title: 'Served by the target release',
          in: 'manifests',
          yaml: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: images
---
apiVersion: crd.projectcalico.org/v1
kind: NetworkPolicy
metadata:
  name: deny
`,
        },
      ],
    },
  },
});

/** Alpha APIs are off, and beta APIs too where the kind is new as a beta since 1.24 (KEP-3136). */
function offByDefault(group: string, version: string, kind: string): string | undefined {
  if (version.includes('alpha')) return 'an alpha API';
  if (!version.includes('beta')) return undefined;
  const old = livesOf(group, kind).some((life: ApiLife) => life.introduced < 24);
  return old ? undefined : 'a beta API';
}
