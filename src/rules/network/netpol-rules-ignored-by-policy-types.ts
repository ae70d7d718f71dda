import { defineRule } from '../../engine/rule.ts';
import { readNetworkPolicy } from '../../k8s/network/objects.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'netpol-rules-ignored-by-policy-types',
  title: 'policyTypes makes rules or an intended deny ineffective',
  category: 'network',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['NetworkPolicy.networking.k8s.io'],
  messages: {
    rules: '{direction} rules are ignored because policyTypes has no {type}: {direction} stays open',
    deny: 'an empty egress list without policyTypes denies nothing: egress stays open',
    name: 'policy "{name}" does not restrict egress, policyTypes is {types}',
    implicit: 'without policyTypes the policy denies all ingress as well',
  },
  check(resource, context) {
    const spec: AnyNode = resource.root.get('spec' as never);
    if (!spec.isMap) return;
    const { isolates } = readNetworkPolicy(spec.raw);
    const policyTypes: AnyNode = spec.get('policyTypes');
    const types = policyTypes.strings;
    const [ingress, egress]: readonly AnyNode[] = [spec.get('ingress'), spec.get('egress')];
    const fix = (add: string) => ({
      title: `Add ${add} to policyTypes`,
      safety: 'hardening' as const,
      changes: [{ op: 'set' as const, path: [...policyTypes.steps], value: [...types, add] }],
    });
    let told = false;
    for (const [direction, rules, type] of [
      ['ingress', ingress!, 'Ingress'],
      ['egress', egress!, 'Egress'],
    ] as const) {
      if (isolates[direction] || rules.items().length === 0) continue;
      told = true;
      context.report(rules, 'rules', { data: { direction, type }, severity: 'medium', atKey: true, fix: fix(type) });
    }
    if (types.length === 0 && egress!.written && egress!.items().length === 0) {
      told = true;
      context.report(egress!, 'deny', {
        fix: {
          title: 'Name both directions in policyTypes',
          safety: 'hardening',
          changes: [{ op: 'set', path: [...policyTypes.steps], value: ['Ingress', 'Egress'] }],
        },
      });
    }
    if (types.length === 0 && !ingress!.present && egress!.items().length > 0) {
      context.report(egress!, 'implicit', { severity: 'info', preset: 'strict', atKey: true });
    }
    if (told || isolates.egress) return;
    const { name } = resource.head;
    const [says, mayMean] = [/deny.*egress|egress.*deny/i.test(name), /deny.*all|all.*deny/i.test(name)];
    if (!says && !mayMean) return;
    context.report(policyTypes, 'name', {
      data: { name, types: types.length === 0 ? 'absent' : types.join(' and ') },
      // "deny all" is a common name for a policy about ingress alone.
      ...(says ? {} : { severity: 'low', preset: 'strict' }),
      fix: fix('Egress'),
    });
  },
  docs: {
    why: 'A direction that is not among `policyTypes` is not isolated, whatever rules stand there. Where policyTypes is left out it means Ingress, and Egress only if there is at least one egress rule: `egress: []` alone denies nothing.',
    fix: 'Write `policyTypes: [Ingress, Egress]` (or the one that is meant) in every policy.',
    frameworks: { nsa: ['N2'], mitre: ['T1210'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource'],
    limits:
      'A policy called "deny all" that restricts ingress alone is low and part of `strict`: the name is in common use for it.',
    examples: {
      bad: [
        {
          title: 'an empty egress list',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: deny-all, namespace: shop }
spec:
  podSelector: {}
  ingress: []
  egress: [] # finding: deny
`,
        },
        {
          title: 'rules of a direction that is left out',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Ingress]
  egress: # finding: rules
    - to:
        - podSelector: {}
`,
        },
        {
          title: 'a name that promises more',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: deny-egress, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Ingress] # finding: name
`,
        },
        {
          title: 'ingress denied in passing',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: allow-dns, namespace: shop }
spec:
  podSelector: {}
  egress: # finding: implicit
    - ports:
        - { protocol: UDP, port: 53 }
`,
        },
      ],
      good: [
        {
          title: 'both directions named',
          in: 'manifests',
          yaml: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: deny-all, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
`,
        },
      ],
    },
  },
});
