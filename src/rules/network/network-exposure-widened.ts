import { listNames, type NetworkFacts, networkFact } from '../../engine/facts/network.ts';
import { defineRule } from '../../engine/rule.ts';
import { overlaps } from '../../k8s/cidr.ts';
import { podTemplates } from '../../k8s/kinds.ts';
import { INGRESS_CONTROLLER, rangeOfId } from '../../k8s/network/connections.ts';
import { type Change, differences } from '../../k8s/network/diff.ts';
import { readNetworkObject } from '../../k8s/network/objects.ts';
import type { PortSets } from '../../k8s/network/port-set.ts';
import { PUBLIC_IPV4 } from '../../k8s/network/publicness.ts';
import { buildNetworks, type NetworkItem } from '../../k8s/network/world.ts';
import { readResources } from '../../k8s/read-resources.ts';
import type { Resource } from '../../k8s/resource.ts';
import { SourceFile } from '../../text/source-file.ts';
import { parse } from '../../yaml/parse.ts';

export default defineRule({
  id: 'network-exposure-widened',
  title: 'Change widens network exposure',
  category: 'network',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  when: (_project, { baseline }) => baseline.length > 0,
  facts: [networkFact],
  options: {
    defaults: { baseline: [] as readonly object[] },
    schema: {
      type: 'object',
      properties: { baseline: { type: 'array', items: { type: 'object' } } },
      additionalProperties: false,
    },
  },
  messages: { widened: 'more may reach "{destination}" than before: {sources} ({before} became {after})' },
  check(project, context) {
    const { baseline } = context.options;
    if (baseline.length === 0) return;
    const facts = project.fact(networkFact);
    const options = { defaultNamespace: 'default' };
    const { ports, changes } = differences<Resource | undefined>(
      buildNetworks(itemsOf(baseline), options),
      buildNetworks(facts.items, options),
    );
    const byDestination = new Map<string, Change[]>();
    for (const change of changes) {
      if (
        change.workloads.length > 0 ||
        change.kind === 'closed' ||
        change.kind === 'narrowed' ||
        isDnsAlone(ports, change)
      )
        continue;
      const own = byDestination.get(change.destination);
      if (own === undefined) byDestination.set(change.destination, [change]);
      else own.push(change);
    }
    for (const [destination, own] of byDestination) {
      const workload = facts.world.workloads.find(({ id }) => nameOf(id) === destination);
      const [first] = own as [Change, ...Change[]];
      const sender = facts.world.workloads.find(({ id }) => nameOf(id) === first.source);
      const at = (workload ?? sender)?.endpoints[0]?.ref;
      if (at === undefined) continue;
      const grave =
        own.some(({ source }) => isPublic(source)) ||
        workload?.endpoints.some(({ pod }) => pod.labels['kubesec-lint.dev/sensitive'] === 'true') === true;
      context.report(at, 'widened', {
        data: {
          destination,
          sources: listNames(own.map(({ source }) => source)),
          before: ports.format(first.before),
          after: ports.format(first.after),
        },
        related: policiesOf(facts, destination),
        ...(grave ? { severity: 'high' } : {}),
      });
    }
  },
  docs: {
    why: 'A policy that is deleted, a label that is renamed, a rule that is loosened opens connections far from the line that was changed. Compared with what was allowed before, the effect is seen in review.',
    fix: 'Narrow the policy again, or accept the change by taking the new state as the baseline.',
    frameworks: { nsa: ['N2'], mitre: ['T1210'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/concepts/services-networking/network-policies/'],
    limits:
      'Silent without `baseline`, the manifests of the state before. To compare two folders, `kubesec-lint network NEW --diff OLD` shows each connection, and with `--fail-on-opened` fails where one was opened. Connections of workloads that are new, and those of DNS alone, are left out.',
    examples: {
      bad: [
        {
          title: 'the policy is gone',
          in: 'manifests',
          options: {
            baseline: [
              {
                apiVersion: 'networking.k8s.io/v1',
                kind: 'NetworkPolicy',
                metadata: { namespace: 'a', name: 'p' },
                spec: { podSelector: {}, policyTypes: ['Ingress'] },
              },
              {
                apiVersion: 'v1',
                kind: 'Pod',
                metadata: { namespace: 'a', name: 'db', labels: { app: 'db' } },
                spec: { containers: [] },
              },
            ],
          },
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: db # finding
  namespace: a
  labels: { app: db }
spec: { containers: [{ name: db, image: registry.example.com/db:1.0.0 }] }
`,
        },
      ],
      good: [
        {
          title: 'a policy is added',
          in: 'manifests',
          options: {
            baseline: [
              {
                apiVersion: 'v1',
                kind: 'Pod',
                metadata: { namespace: 'a', name: 'db', labels: { app: 'db' } },
                spec: { containers: [] },
              },
            ],
          },
          yaml: `apiVersion: v1
kind: Pod
metadata: { name: db, namespace: a, labels: { app: db } }
spec: { containers: [{ name: db, image: registry.example.com/db:1.0.0 }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p, namespace: a }
spec: { podSelector: {}, policyTypes: [Ingress] }
`,
        },
      ],
    },
  },
});

function itemsOf(manifests: readonly object[]): readonly NetworkItem<undefined>[] {
  const templates = podTemplates();
  return manifests.flatMap((manifest, at) =>
    parse(new SourceFile(`baseline/${at}.json`, JSON.stringify(manifest)))
      .flatMap((document) => readResources(document, templates))
      .flatMap((resource) => {
        const data = readNetworkObject(resource);
        return data === undefined ? [] : [{ head: resource.head, data, ref: undefined }];
      }),
  );
}

/** Ids of the linted world leave out the namespace that kubectl would fill in. */
function nameOf(id: string): string {
  return id.startsWith('/') ? `default${id}` : id;
}

function isPublic(source: string): boolean {
  if (source === INGRESS_CONTROLLER) return true;
  const range = rangeOfId(source);
  return range !== undefined && PUBLIC_IPV4.some((own) => overlaps(own, range));
}

function isDnsAlone(ports: PortSets, { before, after }: Change): boolean {
  const more = ports.subtract(after, before);
  return ports.includes(ports.unite(ports.range('UDP', 53, 53), ports.range('TCP', 53, 53)), more);
}

/** The policies that are left for the pods of a workload. */
function policiesOf(facts: NetworkFacts, destination: string) {
  const workload = facts.world.workloads.find(({ id }) => nameOf(id) === destination);
  const pod = workload?.endpoints[0];
  if (pod === undefined) return [];
  const policies = facts.engine.selecting('ingress', facts.engine.classOf(pod));
  return policies.slice(0, 5).map(({ policy }) => ({ at: policy.ref, message: `"${policy.name}" is in force for it` }));
}
