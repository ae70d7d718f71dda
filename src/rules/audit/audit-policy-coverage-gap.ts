import { defineRule } from '../../engine/rule.ts';
import { logsNothing, omitsEverything, type ProbeResult, probe } from '../../k8s/audit/coverage.ts';
import { ordinal, POLICY_KINDS, policyOf, ruleNode } from './_policy.ts';

export default defineRule({
  id: 'audit-policy-coverage-gap',
  title: 'Security-relevant requests are not recorded',
  category: 'audit',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: POLICY_KINDS,
  // Where no rule decides, the missing rule for the rest is the reason.
  supersedes: ['audit-policy-no-catch-all'],
  messages: {
    gap: 'not recorded: {classes}',
    identity: 'rule {rule} records nothing that {who} does',
  },
  check(resource, context) {
    const policy = policyOf(resource);
    if (policy === undefined) return;
    for (const [index, rule] of policy.rules.entries()) {
      if (rule.level !== 'None' || rule.resources.length > 0 || rule.nonResourceURLs.length > 0) continue;
      if (rule.namespaces.length > 0 || rule.verbs.length > 0) continue;
      const who = [...rule.users.filter(isPerson), ...rule.userGroups.filter((group) => BROAD.has(group))];
      if (who.length === 0) continue;
      const node = ruleNode(resource, index).get('level');
      context.report(node, 'identity', { data: { rule: ordinal(index), who: who.join(', ') } });
    }
    // A policy that records nothing at all is a finding of its own.
    if (logsNothing(policy)) return;
    const own = probe(policy);
    const lost = own.filter(isLost);
    const topics = new Set(lost.map(({ topic }) => topic));
    const strangers = probe(policy, 'system:anonymous', ['system:unauthenticated']).filter(isLost);
    const anonymous = strangers.some(({ topic }) => !topics.has(topic));
    const classes = [...topics, ...(anonymous ? ['requests of the anonymous user'] : [])];
    if (classes.length === 0) return;
    const rule = [...lost, ...strangers].map(({ decision }) => decision.rule).find((each) => each !== undefined);
    const node = rule === undefined ? resource.root.get('rules') : ruleNode(resource, rule).get('level');
    context.report(node, 'gap', {
      data: { classes: classes.join(', ') },
      severity: classes.length >= 3 ? 'high' : 'medium',
    });
  },
  docs: {
    why: 'Access to secrets, commands in pods, roles, bindings, webhooks and certificates are what an attacker touches and what is asked for afterwards.',
    fix: 'End the policy with `- level: Metadata`, and keep `None` for named components and resources, not for verbs or people.',
    frameworks: { cis: ['3.2.2'], nsa: ['L1'], mitre: ['T1562.008'] },
    equivalents: { kubescape: ['C-0161'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy'],
    limits:
      'Asked with requests of an ordinary user in an ordinary namespace; `kubesec-lint audit` shows each of them.',
    examples: {
      bad: [
        {
          title: 'nothing that is read',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: None # finding: gap
    verbs: [get, list, watch]
  - level: Metadata`,
        },
        {
          title: 'secrets alone',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules: # finding: gap
  - level: Metadata
    resources:
      - group: ""
        resources: [secrets]`,
        },
        {
          title: 'a person',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: None # finding: identity
    users: [admin]
  - level: Metadata`,
        },
      ],
      good: [
        {
          title: 'a component that makes noise',
          in: 'manifests',
          yaml: `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: None
    users: [system:kube-proxy]
    verbs: [watch]
    resources:
      - group: ""
        resources: [endpoints, services]
  - level: Metadata`,
        },
      ],
    },
  },
});

const BROAD = new Set(['system:masters', 'system:authenticated', 'system:unauthenticated', 'system:serviceaccounts']);

/** Components are called system:something, and a star is a user that nobody is. */
function isPerson(user: string): boolean {
  if (user.includes('*')) return false;
  return !user.startsWith('system:') || user === 'system:anonymous' || user === 'system:admin';
}

function isLost({ decision }: ProbeResult): boolean {
  return decision.level === 'None' || omitsEverything(decision.omitStages);
}
