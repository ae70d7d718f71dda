import { rbacFact } from '../../engine/facts/rbac.ts';
import { defineRule } from '../../engine/rule.ts';
import { strengthOf } from './_strength.ts';

export default defineRule({
  id: 'long-lived-token-secret',
  title: 'Secret with a token that does not expire',
  category: 'identity',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  kinds: ['Secret'],
  supersedes: ['secret-plaintext-in-manifest'],
  facts: [rbacFact],
  messages: {
    asks: 'Secret "{name}" asks for a token of {who} that never expires{may}',
    holds: 'Secret "{name}" holds a token of {who} that never expires{may}',
    bootstrap: 'Secret "{name}" holds a bootstrap token, with which nodes join the cluster',
    endless: 'Secret "{name}" holds a bootstrap token without an end, with which nodes join the cluster',
  },
  check(project, ctx) {
    const facts = project.fact(rbacFact);
    for (const { resource, kind, namespace, account, holds, endless } of facts.tokens) {
      const { root, head } = resource;
      const strength = account === '' ? undefined : strengthOf(facts, namespace, account);
      const data = {
        name: head.name,
        who: account === '' ? 'a service account' : `ServiceAccount "${account}"`,
        may: strength === undefined ? '' : `, which can ${strength}`,
      };
      if (kind === 'bootstrap') {
        ctx.report(root.at(holds!), endless ? 'endless' : 'bootstrap', {
          data,
          severity: endless ? 'critical' : 'high',
        });
      } else if (holds !== undefined) ctx.report(root.at(holds), 'holds', { data, severity: 'high' });
      else ctx.report(root.at(['type']), 'asks', { data, severity: strength === undefined ? 'medium' : 'high' });
    }
  },
  docs: {
    why: 'Tokens of a pod expire within the hour and die with the pod. A token in a Secret is good until the Secret is deleted, for everybody who reads the Secret, the backup or the repository.',
    fix: 'Delete the Secret. In a pod use the mounted token or a projected one; outside the cluster ask with `kubectl create token` when it is needed.',
    frameworks: { cis: ['5.1.6'], nsa: ['P5', 'N7'], mitre: ['T1528', 'T1552.001'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets',
      'https://kubernetes.io/docs/concepts/security/service-accounts/',
    ],
    examples: {
      bad: [
        {
          title: 'asks for one',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: t, namespace: a, annotations: { kubernetes.io/service-account.name: app } }
type: kubernetes.io/service-account-token # finding: asks`,
        },
        {
          title: 'a bootstrap token',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: bootstrap-token-07401b, namespace: kube-system }
type: bootstrap.kubernetes.io/token
stringData:
  token-id: 07401b
  token-secret: f395accd246ae52d # finding: endless
  usage-bootstrap-authentication: "true"`,
        },
      ],
      good: [
        {
          title: 'an account without one',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ServiceAccount
metadata: { name: app, namespace: a }
automountServiceAccountToken: false`,
        },
        {
          title: 'another Secret',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Secret
metadata: { name: s }
type: Opaque
stringData: { user: jane }`,
        },
      ],
    },
  },
});
