import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'image-policy-fail-open',
  title: 'Signature policy that accepts unsigned images',
  category: 'supply-chain',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['ClusterImagePolicy.policy.sigstore.dev', 'ClusterPolicy.kyverno.io', 'Policy.kyverno.io'],
  messages: {
    warn: 'policy "{name}" only warns: images that do not meet it are admitted',
    pass: 'policy "{name}" accepts every image that matches {glob} without a signature (action: pass)',
    anyone: 'policy "{name}" accepts a signature of anyone: {why}',
    optional: 'policy "{name}" does not require what it verifies: images without a signature are admitted',
  },
  check({ root, head, groupKind }, context) {
    const spec: AnyNode = root.get('spec');
    const { name } = head;
    if (groupKind === 'ClusterImagePolicy.policy.sigstore.dev') {
      const mode: AnyNode = spec.get('mode');
      if (mode.string === 'warn') context.report(mode, 'warn', { data: { name } });
      const globs = (spec.get('images').items() as readonly AnyNode[]).map((each) => each.get('glob').string ?? '');
      const wide = globs.find((glob) => /^(?:\*+\/?)+$/.test(glob));
      for (const authority of spec.get('authorities').items() as readonly AnyNode[]) {
        const action: AnyNode = authority.get('static').get('action');
        if (action.string === 'pass' && wide !== undefined)
          context.report(action, 'pass', { data: { name, glob: `"${wide}"` } });
        const keyless: AnyNode = authority.get('keyless');
        if (keyless.isMap) checkIdentities(keyless, keyless.get('identities'));
      }
      return;
    }
    for (const rule of spec.get('rules').items() as readonly AnyNode[]) {
      for (const verify of rule.get('verifyImages').items() as readonly AnyNode[]) {
        const required: AnyNode = verify.get('required');
        if (required.boolean === false) context.report(required, 'optional', { data: { name } });
        for (const attestor of verify.get('attestors').items() as readonly AnyNode[]) {
          for (const entry of attestor.get('entries').items() as readonly AnyNode[]) {
            const keyless: AnyNode = entry.get('keyless');
            if (!keyless.isMap) continue;
            const subject: AnyNode = keyless.get('subject');
            if (subject.string === '*') context.report(subject, 'anyone', { data: { name, why: 'the subject is *' } });
          }
        }
      }
    }

    function checkIdentities(keyless: AnyNode, identities: AnyNode): void {
      const list = identities.items() as readonly AnyNode[];
      if (list.length === 0) {
        context.report(keyless, 'anyone', { data: { name, why: 'keyless names no identity' }, atKey: true });
        return;
      }
      for (const identity of list) {
        for (const key of ['subjectRegExp', 'issuerRegExp']) {
          const node: AnyNode = identity.get(key);
          const text = node.string;
          if (text === undefined || !/^\^?\.[*+]\$?$/.test(text)) continue;
          context.report(node, 'anyone', {
            data: { name, why: `${key} is ${text}` },
            ...(key === 'issuerRegExp' ? { severity: 'medium' } : {}),
          });
        }
      }
    }
  },
  docs: {
    why: 'A signature says something only where it is known whose it must be. With a policy that passes, warns or takes anyone’s signature, an attacker’s image is as good as yours.',
    fix: 'Set `mode: enforce`, and name the exact issuer and subject of each identity.',
    frameworks: { cis: ['5.5.1'], nsa: ['P3'], mitre: ['T1525', 'T1195.002'] },
    cks: 'Supply Chain Security',
    references: [
      'https://docs.sigstore.dev/policy-controller/overview/',
      'https://kyverno.io/docs/policy-types/cluster-policy/verify-images/',
    ],
    limits:
      'Connaisseur, Ratify and Portieris are not read; whether the globs cover the images of the input is not looked at.',
    examples: {
      bad: [
        {
          title: 'passes, warns, takes anyone',
          in: 'manifests',
          yaml: `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata:
  name: all
spec:
  mode: warn # finding: warn
  images: [{ glob: "**" }]
  authorities:
    - static:
        action: pass # finding: pass
    - keyless: # finding: anyone
        url: https://fulcio.sigstore.dev
    - keyless:
        identities:
          - issuer: https://accounts.example.com
            subjectRegExp: .* # finding: anyone
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: signed
spec:
  rules:
    - name: a
      verifyImages:
        - required: false # finding: optional
          attestors:
            - entries:
                - keyless:
                    subject: "*" # finding: anyone`,
        },
      ],
      good: [
        {
          title: 'one exact identity',
          in: 'manifests',
          yaml: `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata:
  name: ours
spec:
  images: [{ glob: "registry.example.com/**" }]
  authorities:
    - keyless:
        identities:
          - issuer: https://accounts.example.com
            subject: build@example.com`,
        },
      ],
    },
  },
});
