import { defineRule } from '../../engine/rule.ts';
import { endpointFaults, hasInjectedCa } from '../../k8s/admission/endpoint.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'crd-unsafe',
  title: 'CRD that is refused, keeps any data or converts insecurely',
  category: 'platform',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: ['CustomResourceDefinition.apiextensions.k8s.io'],
  supersedes: ['schema-required-missing'],
  messages: {
    refused: '{reason}; the API server refuses the definition',
    preserve: 'preserveUnknownFields: true is refused of a new definition, and keeps every unknown field of an old one',
    anything: 'version "{version}" takes objects of any content: the schema names no field and keeps unknown ones',
    'no-ca': 'the conversion webhook has no caBundle: its service is verified by the roots of the system',
    'bad-ca': 'the caBundle of the conversion webhook {reason}: no object of the kind can be read in another version',
  },
  check({ root, head }, context) {
    // What older versions of the API had is a matter for the lifecycle rules.
    if (head.version !== 'v1') return;
    const spec: AnyNode = root.get('spec');
    if (!spec.isMap) return;
    const refuse = (node: AnyNode, reason: string, atKey = false) =>
      context.report(node, 'refused', { data: { reason }, ...(atKey ? { atKey } : {}) });

    const preserve: AnyNode = spec.get('preserveUnknownFields');
    if (preserve.boolean === true) context.report(preserve, 'preserve');

    const group = spec.get('group').string;
    const plural = spec.at(['names', 'plural']).string;
    const name: AnyNode = root.get('metadata').get('name');
    const isKnown = [group, plural, name.string].every((each) => each !== undefined && !isUnresolved(each));
    if (isKnown && name.string !== `${plural}.${group}`)
      refuse(name, `the name has to be that of the plural and the group, ${plural}.${group}`);
    if (group !== undefined && PROTECTED.test(group)) {
      const approval = head.annotations[APPROVED];
      if (approval === undefined || approval === '') {
        refuse(spec.get('group'), `the group ${group} belongs to Kubernetes and needs the annotation ${APPROVED}`);
      } else if (
        !approval.startsWith('unapproved') &&
        !isUnresolved(approval) &&
        !/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(approval)
      ) {
        refuse(
          root.get('metadata').get('annotations').get(APPROVED),
          `the annotation ${APPROVED} has to be a URL or begin with "unapproved"`,
        );
      }
    }

    const versions: AnyNode = spec.get('versions');
    const items = versions.items() as readonly AnyNode[];
    if (items.length > 0 && items.every((item) => item.isMap)) {
      const stored = items.filter((item) => item.get('storage').boolean === true).length;
      const isTold = items.every((item) => !item.get('storage').present || item.get('storage').boolean !== undefined);
      if (stored !== 1 && isTold)
        refuse(
          versions,
          `${stored === 0 ? 'no version is' : `${stored} versions are`} marked as the one that is stored`,
        );
      const seen = new Set<string>();
      for (const item of items) {
        const version = item.get('name').string;
        if (version !== undefined && seen.has(version)) refuse(item.get('name'), `there are two versions "${version}"`);
        if (version !== undefined) seen.add(version);
        const schema: AnyNode = item.at(['schema', 'openAPIV3Schema']);
        if (!schema.present && !isHole(item.get('schema'))) {
          refuse(item, `version "${version ?? ''}" has no schema.openAPIV3Schema`);
        } else if (
          schema.get('x-kubernetes-preserve-unknown-fields').boolean === true &&
          !schema.get('properties').present
        ) {
          context.report(schema.get('x-kubernetes-preserve-unknown-fields'), 'anything', {
            data: { version: version ?? '' },
            severity: 'low',
            preset: 'strict',
          });
        }
      }
    }

    const conversion: AnyNode = spec.get('conversion');
    if (!conversion.isMap) return;
    const strategy = conversion.get('strategy').string;
    const webhook: AnyNode = conversion.get('webhook');
    if (strategy === 'None') {
      const isGiven = webhook.get('clientConfig').present || webhook.get('conversionReviewVersions').items().length > 0;
      if (isGiven) refuse(webhook, 'a webhook is given and the strategy is None', true);
      return;
    }
    if (strategy !== 'Webhook') return;
    const config: AnyNode = webhook.get('clientConfig');
    if (!config.present) {
      refuse(conversion.get('strategy'), 'the strategy is Webhook, and no webhook.clientConfig is given');
    } else {
      for (const fault of endpointFaults(config, hasInjectedCa(head.annotations))) {
        const at = fault.atKey === true ? { atKey: true } : {};
        if (fault.is === 'refused')
          refuse(
            fault.node,
            `the ${fault.atKey === true ? 'clientConfig' : 'url'} of the conversion webhook ${fault.reason}`,
            fault.atKey,
          );
        else if (fault.is === 'bad-ca') context.report(fault.node, 'bad-ca', { ...at, data: { reason: fault.reason } });
        else context.report(fault.node, 'no-ca', { severity: 'low', preset: 'strict', atKey: true });
      }
    }
    const accepted: AnyNode = webhook.get('conversionReviewVersions');
    const reviews = accepted.strings;
    if (webhook.present && !reviews.some((each) => each === 'v1' || each === 'v1beta1') && !reviews.some(isUnresolved))
      refuse(accepted, 'conversionReviewVersions of the conversion webhook names neither v1 nor v1beta1');
    else if (new Set(reviews).size < reviews.length)
      refuse(accepted, 'conversionReviewVersions of the conversion webhook names a version twice');
  },
  docs: {
    why: 'A definition that is refused leaves its controller without its objects, and policies that are such objects are gone with it. A schema that keeps whatever is sent validates nothing: misspelt fields are stored and ignored. The conversion webhook sees every object of the kind, and what it answers is stored.',
    fix: 'Describe the fields in `openAPIV3Schema` and keep unknown ones only where they belong; mark one version as stored; let the conversion webhook be called over TLS with a `caBundle` of its own (cert-manager writes it with the annotation `cert-manager.io/inject-ca-from`).',
    frameworks: { nsa: ['N4'], mitre: ['T1557'] },
    references: [
      'https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/',
      'https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/',
    ],
    limits:
      'Whether the schema is structural, its CEL rules and its defaults are not judged. A missing `caBundle` and a schema that takes anything are told in the preset strict alone.',
    examples: {
      bad: [
        {
          title: 'what the API server refuses',
          in: 'manifests',
          yaml: `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: policy.example.com # finding: refused
spec:
  group: example.com
  names: { kind: Policy, plural: policies }
  scope: Namespaced
  preserveUnknownFields: true # finding: preserve
  versions: # finding: refused
    - name: v1 # finding: refused
      served: true
      storage: true
    - name: v1beta1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object } }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: policies.networking.k8s.io
spec:
  group: networking.k8s.io # finding: refused
  names: { kind: Policy, plural: policies }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          x-kubernetes-preserve-unknown-fields: true # finding: anything`,
        },
        {
          title: 'a conversion that nobody can trust',
          in: 'manifests',
          yaml: `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: policies.example.com
spec:
  group: example.com
  names: { kind: Policy, plural: policies }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object } } } }
  conversion:
    strategy: Webhook
    webhook:
      clientConfig:
        url: http://convert.example.com # finding: refused
      conversionReviewVersions: # finding: refused
        - v2
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: quotas.example.com
spec:
  group: example.com
  names: { kind: Quota, plural: quotas }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object } } } }
  conversion:
    strategy: Webhook
    webhook:
      clientConfig: # finding: no-ca
        service: { name: convert, namespace: policy }
      conversionReviewVersions: [v1]`,
        },
      ],
      good: [
        {
          title: 'described, stored once, converted over TLS',
          in: 'manifests',
          yaml: `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: policies.example.com
  annotations:
    cert-manager.io/inject-ca-from: policy/serving
spec:
  group: example.com
  names: { kind: Policy, plural: policies }
  scope: Namespaced
  preserveUnknownFields: false
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              x-kubernetes-preserve-unknown-fields: true
    - name: v1beta1
      served: true
      storage: false
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object } } } }
  conversion:
    strategy: Webhook
    webhook:
      clientConfig:
        service: { name: convert, namespace: policy }
      conversionReviewVersions: [v1]`,
        },
        {
          title: 'approved',
          in: 'manifests',
          yaml: `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gateways.gateway.networking.k8s.io
  annotations:
    api-approved.kubernetes.io: https://github.com/kubernetes-sigs/gateway-api/pull/4000
spec:
  group: gateway.networking.k8s.io
  names: { kind: Gateway, plural: gateways }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object } } } }`,
        },
      ],
    },
  },
});

/** Groups of the Kubernetes community, for which the API server asks for a review. */
const PROTECTED = /(?:^|\.)(?:k8s|kubernetes)\.io$/;
const APPROVED = 'api-approved.kubernetes.io';

function isHole(node: AnyNode): boolean {
  return node.string !== undefined && isUnresolved(node.string);
}
