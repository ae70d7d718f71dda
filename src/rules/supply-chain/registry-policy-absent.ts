import type { Project } from '../../engine/project.ts';
import { defineRule } from '../../engine/rule.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'registry-policy-absent',
  title: 'Nothing says which images the cluster may run',
  category: 'supply-chain',
  severity: 'info',
  preset: 'all',
  on: 'project',
  kinds: ['Deployment.apps', 'StatefulSet.apps', 'DaemonSet.apps', 'Job.batch', 'CronJob.batch', 'Pod'],
  messages: {
    none: 'no policy about images, neither a list of registries nor one of signatures, is among the {count} objects of the input',
  },
  check(project, context) {
    if (context.world !== 'closed' || project.resources.some((resource) => isImagePolicy(resource))) return;
    const first = firstWorkload(project);
    if (first !== undefined) context.report(first, 'none', { data: { count: project.resources.length } });
  },
  docs: {
    why: 'Whoever may create a pod chooses the image, from any registry and built by anybody. A list of registries, or signatures that are verified when a pod is admitted, leave an attacker the images that are there.',
    fix: 'Admit images of your own registries alone (a ValidatingAdmissionPolicy over `object.spec.containers`, `K8sAllowedRepos` of Gatekeeper, a Kyverno policy), and verify signatures (sigstore policy-controller, Kyverno `verifyImages`, Ratify).',
    frameworks: { cis: ['5.5.1'], nsa: ['U1'] },
    cks: 'Supply Chain Security',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#imagepolicywebhook',
      'https://docs.sigstore.dev/policy-controller/overview/',
    ],
    limits:
      'Speaks only with `world: closed`, where the input is said to be everything there is; the finding stands at the first workload. Whether a policy covers every namespace is not asked here.',
    examples: {
      bad: [
        {
          title: 'a cluster without any',
          in: 'manifests',
          world: 'closed',
          yaml: `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # finding
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1.0.0
---
apiVersion: v1
kind: Pod
metadata:
  name: tool
spec:
  containers:
    - name: tool
      image: registry.example.com/tool:1.0.0`,
        },
      ],
      good: [
        {
          title: 'not everything is in the input',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: tool
spec:
  containers:
    - name: tool
      image: registry.example.com/tool:1.0.0`,
        },
        {
          title: 'a policy about image',
          in: 'manifests',
          world: 'closed',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: tool
spec:
  containers:
    - name: tool
      image: registry.example.com/tool:1.0.0
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: registries
spec:
  matchConstraints:
    resourceRules:
      - { apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }
  validations:
    - expression: object.spec.containers.all(c, c.image.startsWith("registry.example.com/"))`,
        },
        {
          title: 'a constraint of Gatekeeper',
          in: 'manifests',
          world: 'closed',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: tool
spec:
  containers:
    - name: tool
      image: registry.example.com/tool:1.0.0
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sAllowedRepos
metadata:
  name: registries
spec:
  parameters:
    repos: [registry.example.com/]`,
        },
      ],
    },
  },
});

/** Groups that are for nothing else. */
const IMAGE_GROUPS: ReadonlySet<string> = new Set([
  'imagepolicy.k8s.io',
  'policy.sigstore.dev',
  'config.ratify.deislabs.io',
  'config.ratify.dev',
  'portieris.cloud.ibm.com',
]);

function isImagePolicy(resource: Resource): boolean {
  const { group, kind, name } = resource.head;
  if (IMAGE_GROUPS.has(group)) return true;
  switch (group) {
    case 'constraints.gatekeeper.sh':
      return /repo|registr|image|signature|cosign|ratify/i.test(kind);
    case 'kyverno.io':
    case 'policies.kyverno.io':
    case 'policies.kubewarden.io':
      // A PolicyException names images as well, and lets them in.
      if (!/Policy(?:Group)?$/.test(kind)) return false;
      return (
        /Image/.test(kind) ||
        /"(?:verifyImages|image|images)"|\.image\b|verify-image|trusted-repos/.test(textOf(resource, 'spec'))
      );
    case 'admissionregistration.k8s.io':
      // The name of a webhook is all that tells what it is for.
      if (kind === 'ValidatingWebhookConfiguration' || kind === 'MutatingWebhookConfiguration')
        return /image|cosign|sigstore|connaisseur|portieris|notary|trivy|registr/i.test(name);
      return kind === 'ValidatingAdmissionPolicy' && /\.image\b/.test(textOf(resource, 'spec'));
    case 'apiserver.config.k8s.io':
    case 'apiserver.k8s.io':
      return kind === 'AdmissionConfiguration' && textOf(resource, 'plugins').includes('"ImagePolicyWebhook"');
    default:
      return false;
  }
}

function textOf({ root }: Resource, key: string): string {
  return JSON.stringify((root as AnyNode).get(key).raw ?? null, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

/** By the order of the input. */
function firstWorkload(project: Project): Resource | undefined {
  return project.resources.find(({ groupKind }) => WORKLOADS.has(groupKind));
}

const WORKLOADS: ReadonlySet<string> = new Set([
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'Job.batch',
  'CronJob.batch',
  'Pod',
]);
