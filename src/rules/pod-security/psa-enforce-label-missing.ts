import type { Severity } from '../../engine/finding.ts';
import { defineFact, type Project } from '../../engine/project.ts';
import { defineRule, type FixProposal } from '../../engine/rule.ts';
import { isSystemNamespace } from '../../k8s/node-agent.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { LABEL_PREFIX } from '../../k8s/pod-security/labels.ts';
import type { Level } from '../../k8s/pod-security/level.ts';
import type { Resource } from '../../k8s/resource.ts';
import { commonLevel, podSecurityAdmission } from './_admission.ts';

/** Whether other policy engines of the input look at the security of pods. */
const otherPolicies = defineFact<boolean, true>({
  name: 'pod-security-other-policies',
  kinds: [
    'ClusterPolicy.kyverno.io',
    'Policy.kyverno.io',
    'ValidatingPolicy.policies.kyverno.io',
    '*.constraints.gatekeeper.sh',
    'ValidatingAdmissionPolicy.admissionregistration.k8s.io',
  ],
  collect: ({ root, head }) =>
    head.kind.startsWith('K8sPSP') ||
    /podSecurity|securityContext|hostNetwork|hostPath|privileged/.test(
      JSON.stringify(root.raw, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
    )
      ? true
      : undefined,
  compute: (_project, collected) => collected.length > 0,
});

export default defineRule({
  id: 'psa-enforce-label-missing',
  title: 'Namespace without an enforced Pod Security level',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: ['Namespace'],
  facts: [podSecurityAdmission, otherPolicies],
  messages: {
    missing: 'namespace "{name}" enforces no Pod Security level: anything is admitted, privileged pods too',
    ready:
      'namespace "{name}" enforces no Pod Security level: anything is admitted, though its workloads here already meet "{level}"',
  },
  check(project, context) {
    const { configuration, namespaces, workloadsOf } = project.fact(podSecurityAdmission);
    if (configuration.defaults.enforce.level !== 'privileged') return;
    const labelled = new Set(namespaces.filter(({ labels }) => labels[ENFORCE] !== undefined).map(({ name }) => name));
    const told = new Set<string>();
    for (const { name, resource } of namespaces) {
      // Once for a namespace, however many manifests it has.
      if (told.has(name)) continue;
      told.add(name);
      if (name === '' || labelled.has(name) || isSystemNamespace(name) || isUnresolved(name)) continue;
      if (configuration.exemptNamespaces.includes(name)) continue;
      const level = commonLevel(workloadsOf(name), project);
      const severity = severityOf(resource, project);
      const labels = resource.metadata.get('labels');
      const at = labels.written ? labels : resource;
      if (level === undefined || level === 'privileged') {
        context.report(at, 'missing', { data: { name }, severity, atKey: labels.written });
      } else {
        context.report(at, 'ready', {
          data: { name, level },
          severity,
          atKey: labels.written,
          fix: labelling(resource, level),
        });
      }
    }
  },
  docs: {
    why: 'Without an enforced level the API server admits every pod, also one that takes the node over: whoever may create pods in the namespace may become administrator.',
    fix: 'Enforce what the workloads meet, and warn of the level above.\n\n```yaml\nmetadata:\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n    pod-security.kubernetes.io/warn: restricted\n    pod-security.kubernetes.io/audit: restricted\n```',
    frameworks: { cis: ['5.2.1'], nsa: ['P4'], mitre: ['T1610'] },
    equivalents: { kubescape: ['C-0192'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-admission/'],
    limits:
      'A default level that the API server is configured to is known only where its PodSecurityConfiguration is among the input. Where policies of Kyverno, Gatekeeper or the API server look at pods as well, the severity is low.',
    examples: {
      bad: [
        {
          title: 'no label',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop # finding: missing\n',
        },
        {
          title: 'no label, and a workload that is ready for one',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: # finding: ready\n    team: shop\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0\n',
        },
      ],
      good: [
        {
          title: 'a level is enforced',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n',
        },
        {
          title: 'the overlay sets it',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n',
        },
        {
          title: 'the API server is configured to a default',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\ndefaults:\n  enforce: baseline\n',
        },
      ],
    },
  },
});

const ENFORCE = `${LABEL_PREFIX}enforce`;

function severityOf({ head }: Resource, project: Project): Severity {
  // OpenShift assigns security context constraints and sets the labels itself.
  if (Object.keys(head.annotations).some((key) => key.startsWith('openshift.io/'))) return 'info';
  return project.fact(otherPolicies) ? 'low' : 'medium';
}

function labelling({ metadata }: Resource, level: Level): FixProposal {
  const labels = metadata.get('labels');
  const wanted = { enforce: level, audit: 'restricted', warn: 'restricted' };
  return {
    title: `Enforce ${level}`,
    safety: 'hardening',
    changes: Object.entries(wanted)
      .map(([mode, value]) => ({ node: labels.get(LABEL_PREFIX + mode), value }))
      .filter(({ node }) => !node.written)
      .map(({ node, value }) => ({ op: 'set', path: node.steps, value }) as const),
  };
}
