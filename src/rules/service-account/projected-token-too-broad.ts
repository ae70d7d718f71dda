import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

interface Options {
  readonly maxTokenTtl: number;
}

export default defineRule({
  id: 'projected-token-too-broad',
  title: 'Projected token with a long life or for the API server',
  category: 'service-account',
  severity: 'medium',
  preset: 'strict',
  on: 'pod',
  messages: {
    long: 'projected token "{path}" lives for {seconds} seconds, more than {most}',
    short: 'projected token "{path}" lives for {seconds} seconds; the API server asks for at least 600',
    audience: 'projected token "{path}" names no audience, so whoever it is sent to can use it at the API server',
  },
  options: {
    defaults: { maxTokenTtl: 86_400 } as Options,
    schema: { type: 'object', properties: { maxTokenTtl: { type: 'integer' } }, additionalProperties: false },
  },
  check(pod, context) {
    const volumes = pod.spec.get('volumes');
    if (!volumes.present) return;
    for (const volume of volumes.items() as readonly AnyNode[]) {
      const sources: AnyNode = volume.get('projected').get('sources');
      if (!sources.present) continue;
      const name = volume.get('name').string ?? '';
      for (const source of sources.items() as readonly AnyNode[]) {
        const token: AnyNode = source.get('serviceAccountToken');
        if (!token.present) continue;
        const path = token.get('path').string ?? '';
        const expiration: AnyNode = token.get('expirationSeconds');
        const seconds = expiration.number;
        const { maxTokenTtl } = context.options;
        if (seconds !== undefined && seconds < 600) context.report(expiration, 'short', { data: { path, seconds } });
        else if (seconds !== undefined && seconds > maxTokenTtl) {
          context.report(expiration, 'long', { data: { path, seconds, most: maxTokenTtl } });
        }
        const audience = token.get('audience').string ?? '';
        if (audience === '' && ELSEWHERE.test(`${path} ${name}`))
          context.report(token, 'audience', { data: { path }, atKey: true });
      }
    }
  },
  docs: {
    why: 'A token that lives for days is worth stealing. One without an audience of its own is a key to the API server, and is handed to a service outside all the same.',
    fix: 'Name the `audience` that the token is for, and leave `expirationSeconds` at an hour: the kubelet renews it.',
    frameworks: { nsa: ['P5'], mitre: ['T1528'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken'],
    examples: {
      bad: [
        {
          title: 'a week, and no audience',
          in: 'pod',
          yaml: 'volumes:\n  - name: vault-token\n    projected:\n      sources:\n        - serviceAccountToken: # finding: audience\n            path: vault\n            expirationSeconds: 604800 # finding: long',
        },
        {
          title: 'too short to be accepted',
          in: 'pod',
          yaml: 'volumes:\n  - name: token\n    projected:\n      sources:\n        - serviceAccountToken:\n            path: token\n            audience: api\n            expirationSeconds: 60 # finding: short',
        },
      ],
      good: [
        {
          title: 'an hour, for Vault',
          in: 'pod',
          yaml: 'volumes:\n  - name: vault-token\n    projected:\n      sources:\n        - serviceAccountToken:\n            path: vault\n            audience: vault\n            expirationSeconds: 3600',
        },
        {
          title: 'what every pod is given',
          in: 'pod',
          yaml: 'volumes:\n  - name: kube-api-access\n    projected:\n      sources:\n        - serviceAccountToken:\n            path: token\n            expirationSeconds: 3607',
        },
      ],
    },
  },
});

/** Names of those who take such tokens outside the cluster. */
const ELSEWHERE = /vault|(?<![a-z])(?:aws|gcp|sts(?![a-z]))|azure|oidc|istio|spiffe|federat/i;
