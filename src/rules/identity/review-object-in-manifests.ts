import { REVIEW_KINDS, rbacFact } from '../../engine/facts/rbac.ts';
import type { Project } from '../../engine/project.ts';
import { defineRule } from '../../engine/rule.ts';
import type { Resource } from '../../k8s/resource.ts';
import { isPlaceholder } from '../../k8s/secret-patterns.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'review-object-in-manifests',
  title: 'Review or request object committed as a manifest',
  category: 'identity',
  severity: 'info',
  preset: 'all',
  on: 'project',
  facts: [rbacFact],
  messages: {
    review:
      '{kind} is a question to the API server: it is answered once, stored nowhere, and does nothing when it is applied',
    answer: '{kind} "{name}" is a question to the API server: by the roles of the input the answer is {verdict}{by}',
    token: '{kind} "{name}" carries a bearer token',
    expected: '{kind} "{name}" expects {expected}, and by the roles of the input the answer is {verdict}{by}',
  },
  check(project, ctx) {
    for (const kind of REVIEW_KINDS) {
      for (const resource of project.ofKind(kind)) {
        const { root, head } = resource;
        const data = { kind: head.kind, name: head.name };
        const token = head.kind === 'TokenReview' ? root.at(['spec', 'token']) : root.at(['status', 'token']);
        if ((head.kind === 'TokenReview' || head.kind === 'TokenRequest') && isReal(token.string)) {
          ctx.report(token, 'token', { data, severity: 'high', preset: 'recommended' });
          continue;
        }
        const answered =
          head.kind === 'SubjectAccessReview' || head.kind === 'LocalSubjectAccessReview'
            ? judge(resource, project)
            : undefined;
        const expected = resource.metadata.get('annotations').get(EXPECT);
        if (answered !== undefined && (expected.string === 'allowed' || expected.string === 'denied')) {
          if (expected.string !== answered.verdict) {
            ctx.report(expected, 'expected', {
              data: { ...data, expected: expected.string, ...answered },
              severity: 'high',
              preset: 'recommended',
            });
          }
          continue;
        }
        if (/(?:^|\/)(?:tests?|testdata|fixtures?)\//.test(head.file)) continue;
        if (answered === undefined) ctx.report(root.at(['kind']), 'review', { data, preset: 'all' });
        else ctx.report(root.at(['kind']), 'answer', { data: { ...data, ...answered }, preset: 'all' });
      }
    }
  },
  docs: {
    why: 'Reviews and token requests are asked with `kubectl create` and answered at once. Under version control they do nothing, and a TokenReview carries the token it asks about.',
    fix: 'Keep them out of what is applied. As a test of roles give a SubjectAccessReview the annotation `kubesec-lint.dev/expect: allowed` or `denied`.',
    frameworks: { nsa: ['A1'], mitre: ['T1552.001'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/authorization/'],
    examples: {
      bad: [
        {
          title: 'a review that nobody asks',
          in: 'manifests',
          yaml: `apiVersion: authorization.k8s.io/v1
kind: SelfSubjectAccessReview # finding: review
metadata: { name: s }
spec: { resourceAttributes: { verb: get, resource: pods } }`,
        },
        {
          title: 'one that can be answered here',
          in: 'manifests',
          yaml: `apiVersion: authorization.k8s.io/v1
kind: SubjectAccessReview # finding: answer
metadata: { name: s }
spec: { user: jane, resourceAttributes: { verb: get, resource: pods } }`,
        },
        {
          title: 'a token',
          in: 'manifests',
          yaml: `apiVersion: authentication.k8s.io/v1
kind: TokenReview
metadata: { name: t }
spec:
  token: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln # finding: token`,
        },
        {
          title: 'an expectation that does not hold',
          in: 'manifests',
          yaml: `apiVersion: authorization.k8s.io/v1
kind: SubjectAccessReview
metadata:
  name: s
  annotations:
    kubesec-lint.dev/expect: denied # finding: expected
spec: { user: jane, resourceAttributes: { verb: get, resource: services, namespace: a } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: a }
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
  - { kind: User, name: jane }`,
        },
      ],
      good: [
        {
          title: 'an account',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ServiceAccount
metadata: { name: app, namespace: a }`,
        },
        {
          title: 'an expectation that holds',
          in: 'manifests',
          yaml: `apiVersion: authorization.k8s.io/v1
kind: SubjectAccessReview
metadata: { name: s, annotations: { kubesec-lint.dev/expect: denied } }
spec: { user: jane, resourceAttributes: { verb: get, resource: secrets, namespace: a } }`,
        },
      ],
    },
  },
});

const EXPECT = 'kubesec-lint.dev/expect';

function isReal(token: string | undefined): boolean {
  return token !== undefined && !isPlaceholder(token);
}

/** What the roles and bindings of the input, and those that every cluster has, answer. */
function judge(
  { root }: Resource,
  project: Project,
): { readonly verdict: 'allowed' | 'denied'; readonly by: string } | undefined {
  const spec: AnyNode = root.at(['spec']);
  const text = (node: AnyNode, key: string): string => node.get(key).string ?? '';
  const attributes: AnyNode = spec.get('resourceAttributes');
  const paths: AnyNode = spec.get('nonResourceAttributes');
  if (!attributes.present && !paths.present) return undefined;
  const user = { name: text(spec, 'user'), groups: spec.get('groups').strings };
  const request = attributes.present
    ? {
        verb: text(attributes, 'verb'),
        apiGroup: text(attributes, 'group'),
        resource: text(attributes, 'resource'),
        subresource: text(attributes, 'subresource'),
        name: text(attributes, 'name'),
        namespace: text(attributes, 'namespace'),
        path: '',
      }
    : {
        verb: text(paths, 'verb'),
        apiGroup: '',
        resource: '',
        subresource: '',
        name: '',
        namespace: '',
        path: text(paths, 'path'),
      };
  if (user.groups.includes('system:masters')) return { verdict: 'allowed', by: ' by system:masters' };
  const { grant } = project.fact(rbacFact).analysis.world.authorize(user, request);
  return grant === undefined
    ? { verdict: 'denied', by: '' }
    : { verdict: 'allowed', by: ` by ${grant.binding.kind} "${grant.binding.name}"` };
}
