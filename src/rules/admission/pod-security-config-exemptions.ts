import { defineRule } from '../../engine/rule.ts';
import { isSystemNamespace } from '../../k8s/node-agent.ts';
import { CONFIGURATION_KIND } from '../../k8s/pod-security/configuration.ts';
import type { AnyNode } from '../../yaml/node.ts';

/** Controllers that create the pods of workloads: exempt one, and everything it makes is exempt. */
const CONTROLLERS: ReadonlySet<string> = new Set([
  'system:kube-controller-manager',
  ...['replicaset', 'deployment', 'daemon-set', 'statefulset', 'job', 'cronjob', 'replication'].map(
    (name) => `system:serviceaccount:kube-system:${name}-controller`,
  ),
]);

/** What is written where a name belongs, although the plugin compares whole names of users. */
const GROUPS = /^system:(?:masters|authenticated|unauthenticated|nodes|serviceaccounts(?::[^:]+)?)$/;

export default defineRule({
  id: 'pod-security-config-exemptions',
  title: 'Pod Security exemption that covers far more than it names',
  category: 'admission',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: [CONFIGURATION_KIND],
  messages: {
    controller:
      'exempting "{name}" exempts every pod that this controller creates: Pod Security no longer applies to workloads',
    never: 'the exemption "{name}" matches no user: {why}',
    default: 'namespace "default" is exempt from Pod Security: whatever names no namespace is admitted there',
    namespace: 'namespace "{name}" is exempt from Pod Security',
  },
  check({ root }, context) {
    const exemptions: AnyNode = root.get('exemptions');
    for (const node of exemptions.get('usernames').items() as readonly AnyNode[]) {
      const name = node.string;
      if (name === undefined) continue;
      if (CONTROLLERS.has(name)) context.report(node, 'controller', { data: { name } });
      else if (name.includes('*')) {
        const why = 'names are compared as a whole, patterns are not understood';
        context.report(node, 'never', { data: { name, why }, severity: 'medium' });
      } else if (GROUPS.test(name)) {
        context.report(node, 'never', { data: { name, why: 'that is a group' }, severity: 'medium' });
      }
    }
    for (const node of exemptions.get('namespaces').items() as readonly AnyNode[]) {
      const name = node.string;
      if (name === 'default') context.report(node, 'default', { severity: 'medium' });
      else if (name !== undefined && !isSystemNamespace(name) && !name.includes('*')) {
        context.report(node, 'namespace', { data: { name }, severity: 'low', preset: 'all' });
      }
    }
  },
  docs: {
    why: 'An exemption skips enforcement, audit and warnings. Pods of a Deployment are created by the ReplicaSet controller: exempting that account opens every namespace to everybody who may create a workload.',
    fix: 'Exempt namespaces by name, and label them for what they need where that is possible. Remove controllers from `usernames`.',
    frameworks: { cis: ['5.2.1'], nsa: ['P4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-admission/#exemptions'],
    limits: 'Exempt runtime classes are not judged: what a class isolates is not written here.',
    examples: {
      bad: [
        {
          title: 'controllers, a pattern, a group, the default namespace',
          in: 'manifests',
          yaml: `apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: { enforce: baseline }
exemptions:
  usernames:
    - system:serviceaccount:kube-system:replicaset-controller # finding: controller
    - system:serviceaccount:ci:* # finding: never
    - system:masters # finding: never
  namespaces:
    - kube-system
    - default # finding: default
    - team-a # finding: namespace`,
        },
      ],
      good: [
        {
          title: 'one user, one namespace of the system',
          in: 'manifests',
          yaml: `apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: { enforce: baseline }
exemptions:
  usernames: [break-glass]
  namespaces: [kube-system]`,
        },
      ],
    },
  },
});
