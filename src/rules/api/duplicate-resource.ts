import type { Severity } from '../../engine/finding.ts';
import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { Resource } from '../../k8s/resource.ts';
import { isList, isMap, type Value } from '../../yaml/value.ts';
import { folderOf, kustomizedFolders } from './_folders.ts';

export default defineRule({
  id: 'duplicate-resource',
  title: 'The same object written twice',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  messages: {
    replaced:
      '{kind} "{name}" is written in line {line} too: whichever is applied last replaces the other, and {what} differs',
    repeated: '{kind} "{name}" is written in line {line} too, word for word',
    elsewhere: '{kind} "{name}" is written in {file} too: whichever is applied last replaces the other',
  },
  check(project, context) {
    const kustomized = kustomizedFolders(project);
    const inFile = new Map<string, Resource>();
    const inFolder = new Map<string, Resource>();
    for (const resource of project.repeated) {
      const { head } = resource;
      if (head.name.endsWith('*') || head.embedded !== undefined || isUnresolved(head.name)) continue;
      const id = `${resource.groupKind}\n${head.namespace}\n${head.name}`;
      const first = inFile.get(`${head.file}\n${id}`);
      inFile.set(`${head.file}\n${id}`, resource);
      if (first !== undefined) {
        reportBoth(first, resource);
        continue;
      }
      // The files of a Kustomize base and its patches name the same object on purpose.
      const folder = folderOf(head.file);
      if (kustomized.has(folder)) continue;
      const other = inFolder.get(`${folder}\n${id}`);
      inFolder.set(`${folder}\n${id}`, resource);
      if (other === undefined) continue;
      context.report(resource, 'elsewhere', {
        data: { kind: head.kind, name: head.name, file: other.head.file },
        // Examples and variants stand side by side in many folders and are never applied together.
        preset: 'all',
        related: [{ at: other, message: 'the other one' }],
      });
    }

    function reportBoth(first: Resource, second: Resource): void {
      const { kind, name } = second.head;
      const line = first.file.position(first.root.entrySpan.start).line;
      const what = firstDifference(first.root.raw ?? null, second.root.raw ?? null, '');
      const related = [{ at: first, message: 'the other one' }];
      if (what === undefined) {
        context.report(second, 'repeated', { data: { kind, name, line }, severity: 'low', preset: 'strict', related });
        return;
      }
      const severity: Severity = CONTROLS.has(kind) || /securityContext|pod-security/.test(what) ? 'high' : 'medium';
      context.report(second, 'replaced', { data: { kind, name, line, what }, severity, related });
    }
  },
  docs: {
    why: 'Two objects of one kind, namespace and name are one object: the later apply replaces the earlier. NetworkPolicies add up when they have different names; with the same name one of them is simply gone, and so are the rules of a role.',
    fix: 'Give them different names, or join them into one.',
    frameworks: {},
    references: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/names/'],
    limits:
      'Objects are compared within a file; the preset `all` compares within a folder too, where no kustomization has a say. A missing namespace is a namespace of its own.',
    examples: {
      bad: [
        {
          title: 'Two policies of one name',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: db
  namespace: shop
spec:
  podSelector: {}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: db # finding: replaced
  namespace: shop
spec:
  podSelector: {matchLabels: {app: db}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: db # finding: repeated
  namespace: shop
spec:
  podSelector: {matchLabels: {app: db}}
`,
        },
      ],
      good: [
        {
          title: 'Another namespace, another kind',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ServiceAccount
metadata:
  name: shop
  namespace: a
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: shop
  namespace: b
---
apiVersion: v1
kind: Service
metadata:
  name: shop
  namespace: a
`,
        },
      ],
    },
  },
});

const CONTROLS: ReadonlySet<string> = new Set([
  'NetworkPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
]);

/** The first place where two objects differ, in the order of the first; undefined where they are the same. */
function firstDifference(a: Value, b: Value, path: string): string | undefined {
  if (isMap(a) && isMap(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const at = path === '' ? key : `${path}.${key}`;
      const left = a[key];
      const right = b[key];
      if (left === undefined || right === undefined) return at;
      const inner = firstDifference(left, right, at);
      if (inner !== undefined) return inner;
    }
    return undefined;
  }
  if (isList(a) && isList(b)) {
    if (a.length !== b.length) return path;
    for (let index = 0; index < a.length; index++) {
      const inner = firstDifference(a[index]!, b[index]!, `${path}[${index}]`);
      if (inner !== undefined) return inner;
    }
    return undefined;
  }
  return a === b ? undefined : path;
}
