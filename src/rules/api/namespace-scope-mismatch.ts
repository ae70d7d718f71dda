import { defineRule } from '../../engine/rule.ts';
import { siteAt } from '../../engine/site.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { Resource } from '../../k8s/resource.ts';
import { isNamespaced } from '../../k8s/schema/scope.ts';
import { folderOf, kustomizedFolders } from './_folders.ts';

export default defineRule({
  id: 'namespace-scope-mismatch',
  title: 'Namespace that is missing, or has no meaning',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  messages: {
    cluster: '{kind} "{name}" belongs to no namespace, so "{namespace}" is ignored or refused',
    elsewhere:
      '{kind} "{name}" has no namespace and lands where it is applied, not beside the workloads in "{namespace}"',
  },
  check(project, context) {
    const kustomized = kustomizedFolders(project);
    const scopes = new Map<string, boolean>();
    const isClusterScoped = (groupKind: string, group: string, kind: string): boolean => {
      let scope = scopes.get(groupKind);
      if (scope === undefined) {
        scope = isNamespaced(group, kind) === false;
        scopes.set(groupKind, scope);
      }
      return scope;
    };
    const homes = new Map<string, Set<string>>();
    const lost: Resource[] = [];
    for (const resource of project.resources) {
      const { group, kind, namespace, file, name } = resource.head;
      if (namespace !== '' && isClusterScoped(resource.groupKind, group, kind)) {
        const at = siteAt(resource, ['metadata', 'namespace']);
        context.report(at, 'cluster', { data: { kind, name, namespace }, severity: 'low', preset: 'strict' });
      }
      if (WORKLOADS.has(resource.groupKind)) {
        const folder = folderOf(file);
        const home = homes.get(folder);
        if (home === undefined) homes.set(folder, new Set([namespace]));
        else home.add(namespace);
      } else if (namespace === '' && CONTROLS.has(resource.groupKind)) lost.push(resource);
    }
    for (const resource of lost) {
      const { kind, name, file } = resource.head;
      const folder = folderOf(file);
      // Kustomize may set the namespace of all of them.
      if (kustomized.size > 0 && isBelow(folder, kustomized)) continue;
      const home = homes.get(folder);
      if (home === undefined || home.size !== 1) continue;
      const [namespace] = home as ReadonlySet<string>;
      if (namespace === undefined || namespace === '' || namespace === 'default' || isUnresolved(namespace)) continue;
      context.report(resource, 'elsewhere', { data: { kind, name, namespace } });
    }
  },
  docs: {
    why: 'A NetworkPolicy, a quota or a role protects its own namespace only. Without a namespace it lands wherever the person who applies it happens to be, while the workloads that it was written for are somewhere else.',
    fix: 'Write the namespace of the workloads into `metadata.namespace`; take it away from kinds that belong to no namespace.',
    frameworks: {},
    references: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/'],
    limits:
      'Objects are compared with the workloads in the same folder, where all of these name one namespace and no kustomization could set it. Namespaces given to `kubectl apply -n` or to Helm are not seen.',
    examples: {
      bad: [
        {
          title: 'A policy that lands elsewhere',
          in: 'manifests',
          yaml: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: shop
spec: {}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny # finding: elsewhere
spec:
  podSelector: {}
`,
        },
        {
          title: 'A kind without namespace (strict)',
          in: 'manifests',
          yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
  namespace: shop # finding: cluster
rules: []
`,
        },
      ],
      good: [
        {
          title: 'All in one namespace, or none named at all',
          in: 'manifests',
          yaml: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: shop
spec: {}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny
  namespace: shop
spec:
  podSelector: {}
`,
        },
      ],
    },
  },
});

/** The folder or one above it is among some. */
function isBelow(folder: string, folders: ReadonlySet<string>): boolean {
  for (let at = folder; ; at = folderOf(at)) {
    if (folders.has(at)) return true;
    if (at === '') return false;
  }
}

const WORKLOADS: ReadonlySet<string> = new Set([
  'Pod',
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'Job.batch',
  'CronJob.batch',
]);

/** Kinds that protect the namespace they are in. */
const CONTROLS: ReadonlySet<string> = new Set([
  'NetworkPolicy.networking.k8s.io',
  'Role.rbac.authorization.k8s.io',
  'RoleBinding.rbac.authorization.k8s.io',
  'ResourceQuota',
  'LimitRange',
  'ServiceAccount',
]);
