import { defineRule } from '../../engine/rule.ts';
import { describeOffenders } from '../../k8s/pod-security/evaluate.ts';
import { LABEL_PREFIX } from '../../k8s/pod-security/labels.ts';
import { formatLevelVersion } from '../../k8s/pod-security/level.ts';
import { failedChecks, isExempt, podSecurityAdmission, violationsOf } from './_admission.ts';
import { restricting } from './_restrict.ts';

/** The kinds that admission looks at itself, to warn of what will happen to their pods. */
const WARNED: readonly string[] = [
  'Deployment.apps',
  'ReplicaSet.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'Job.batch',
  'CronJob.batch',
  'ReplicationController',
  'PodTemplate',
];

export default defineRule({
  id: 'psa-enforce-rejects-workload',
  title: 'Workload that its namespace will refuse',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: ['Namespace'],
  facts: [podSecurityAdmission],
  messages: {
    pod: 'Pod "{name}" is refused: namespace "{namespace}" enforces {demand}: {faults}',
    pods: '{kind} "{name}" is accepted with a warning, and its pods are refused: namespace "{namespace}" enforces {demand}: {faults}',
    unwarned:
      '{kind} "{name}" is accepted, and its pods are refused: namespace "{namespace}" enforces {demand}: {faults}',
  },
  check(project, context) {
    const { configuration, namespaces, workloadsOf } = project.fact(podSecurityAdmission);
    const seen = new Set<string>();
    for (const { name: namespace, policy, certain, resource } of namespaces) {
      if (!certain || seen.has(namespace)) continue;
      seen.add(namespace);
      // A namespace that is refused refuses nobody.
      if (policy.enforce.level === 'privileged' || policy.invalid.length > 0) continue;
      for (const workload of workloadsOf(namespace)) {
        if (isExempt(workload, configuration) || failedChecks(workload, policy.enforce, project).length === 0) continue;
        const violations = violationsOf(workload, policy.enforce, project);
        const offenders = violations.flatMap((violation) => violation.offenders);
        const pod = workload.resource.pods[workload.index]!;
        const { kind, name } = workload.resource.head;
        const { groupKind } = workload.resource;
        const fix = restricting(offenders, pod, `Meet ${formatLevelVersion(policy.enforce)}`);
        const label = resource.metadata.get('labels').get(`${LABEL_PREFIX}enforce`);
        context.report(
          offenders[0]!.node,
          groupKind === 'Pod' ? 'pod' : WARNED.includes(groupKind) ? 'pods' : 'unwarned',
          {
            data: {
              kind,
              name,
              namespace,
              demand: formatLevelVersion(policy.enforce),
              faults: violations.map((each) => `${each.reason}: ${describeOffenders(each.offenders)}`).join('; '),
            },
            related: [
              { at: label, message: `namespace "${namespace}" enforces ${formatLevelVersion(policy.enforce)}` },
              ...offenders
                .slice(1)
                .map(({ node, what, who }) => ({ at: node, message: who === '' ? what : `${who}: ${what}` })),
            ],
            ...(fix === undefined ? {} : { fix }),
          },
        );
      }
    }
  },
  docs: {
    why: 'The level that the namespace enforces and the workload do not fit: a Pod is refused, a controller is accepted and never gets a pod. Nobody sees it before it is deployed.',
    fix: 'Change the workload as the finding says. Where it cannot do with less, give it a namespace of its own with the level it needs.',
    frameworks: { cis: ['5.2.1'], nsa: ['P4'], mitre: ['T1610'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/concepts/security/pod-security-admission/',
      'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
    ],
    limits:
      'Known are the namespaces of the input. Where two manifests of one namespace demand different levels, as a base and its overlay may, nothing is said.',
    examples: {
      bad: [
        {
          title: 'a Deployment and a Pod that are not restricted',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web # finding: pods\n          image: registry.example.com/web:1.0.0\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: agent\n  namespace: shop\nspec:\n  hostNetwork: true # finding: pod\n  containers:\n    - name: agent\n      image: registry.example.com/agent:1.0.0\n',
        },
      ],
      good: [
        {
          title: 'the workload meets the level',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0\n',
        },
        {
          title: 'the namespace is exempt',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: agent\n  namespace: shop\nspec:\n  hostNetwork: true\n  containers:\n    - name: agent\n      image: registry.example.com/agent:1.0.0\n---\napiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n  - name: PodSecurity\n    configuration:\n      apiVersion: pod-security.admission.config.k8s.io/v1\n      kind: PodSecurityConfiguration\n      exemptions:\n        namespaces: [shop]\n',
        },
        {
          title: 'a policy of old days demands less',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n    pod-security.kubernetes.io/enforce-version: v1.7\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  securityContext:\n    runAsNonRoot: true\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0\n',
        },
      ],
    },
  },
});
