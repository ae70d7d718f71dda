import { defineRule } from '../../engine/rule.ts';
import { findCredential } from '../../k8s/secret-patterns.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { describe, partOf } from './_hint.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export default defineRule({
  id: 'secret-in-metadata',
  title: 'Secret in an annotation or a label',
  category: 'secret',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  messages: {
    found: '{field} {key} of {kind} "{name}" holds a {what}',
    copy: 'annotation {key} holds a plaintext copy of Secret "{name}"',
  },
  check(resource, context) {
    const { annotations, labels, kind, name } = resource.head;
    for (const [field, values] of [
      ['annotation', annotations],
      ['label', labels],
    ] as const) {
      for (const key in values) {
        const text = values[key]!;
        if (key === LAST_APPLIED) {
          if (kind !== 'Secret' || !/"(?:data|stringData)":\{"/.test(text)) continue;
          const node = resource.metadata.get('annotations').get(key) as AnyNode;
          context.report(node, 'copy', {
            data: { key, name },
            atKey: true,
            fix: { title: 'Remove the copy', safety: 'safe', changes: [{ op: 'remove', path: node.steps }] },
          });
          continue;
        }
        if (text.length < 12 || IGNORED.test(key)) continue;
        const found = findCredential(text);
        if (found === undefined || found.confidence === 'low') continue;
        const node = resource.metadata.get(`${field}s`).get(key) as AnyNode;
        context.report(node, 'found', {
          data: { field, key, kind, name, what: describe(found, text) },
          ...partOf(node, found.start, found.end),
        });
      }
    }
  },
  docs: {
    why: 'Whoever may list an object reads its annotations: they come with every watch, every log of the API server that records metadata, and every export.',
    fix: 'Keep the secret in a Secret and put its name into the annotation.',
    frameworks: { nsa: ['N7'], mitre: ['T1552.007'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/secrets-good-practices/'],
    limits: 'Only credentials that are known by their form; annotations of pod templates are not looked at.',
    examples: {
      bad: [
        {
          title: 'a login in a URL',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  annotations:\n    example.com/database: postgres://app:Tr0ub4dor@db:5432/app # finding: found',
        },
        {
          title: 'what kubectl left behind',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: \'{"apiVersion":"v1","data":{"password":"aHVudGVyMg=="},"kind":"Secret"}\' # finding: copy',
        },
      ],
      good: [
        {
          title: 'names, checksums and addresses',
          in: 'manifests',
          yaml: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  annotations:\n    example.com/secret: web-credentials\n    checksum/config: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n    example.com/docs: https://docs.example.com/web',
        },
      ],
    },
  },
});

/** Sums over secrets, and what is encrypted. */
const IGNORED = /^checksum\/|[-/.]hash$|^(?:.*\.)?cert-manager\.io\/|sealedsecrets\.bitnami\.com\//;
