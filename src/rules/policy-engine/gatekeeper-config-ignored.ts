import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { gatekeeperFact } from './_gatekeeper.ts';

export default defineRule({
  id: 'gatekeeper-config-ignored',
  title: 'Gatekeeper Config that is not read, or lacks what a template reads',
  category: 'policy-engine',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [gatekeeperFact],
  messages: {
    name: 'Gatekeeper reads the Config named "config" alone: "{name}" is ignored',
    namespace:
      'Gatekeeper reads the Config of its own namespace, gatekeeper-system as a rule: this one is in "{namespace}"',
    sync: 'an entry of syncOnly names version and kind: {key} is missing here',
    unsynced:
      'template {kind} reads {gvk} from data.inventory, which neither Config nor SyncSet copies there: it sees none',
    process: '"{process}" is no process of Gatekeeper: write {known}',
  },
  check(project, context) {
    const { templates, syncs } = project.fact(gatekeeperFact);
    for (const { resource } of syncs) {
      if (resource.head.kind !== 'Config') continue;
      const { name, namespace } = resource.head;
      if (name !== 'config') context.report(resource, 'name', { data: { name } });
      else if (namespace !== '' && !namespace.includes('gatekeeper')) {
        context.report(resource.metadata.get('namespace'), 'namespace', {
          data: { namespace },
          severity: 'low',
          preset: 'strict',
        });
      }
      for (const entry of resource.root.at(['spec', 'sync', 'syncOnly']).items() as readonly AnyNode[]) {
        const missing = ['version', 'kind'].find((key) => !entry.get(key).present);
        if (missing !== undefined) context.report(entry.get(missing), 'sync', { data: { key: missing } });
      }
      for (const entry of resource.root.at(['spec', 'match']).items() as readonly AnyNode[]) {
        for (const node of entry.get('processes').items() as readonly AnyNode[]) {
          if (node.string !== undefined && !PROCESSES.includes(node.string)) {
            context.report(node, 'process', { data: { process: node.string, known: PROCESSES.join(', ') } });
          }
        }
      }
    }
    // Without any of these in the input, they may stand elsewhere.
    if (syncs.length === 0) return;
    const copied = new Set(syncs.flatMap(({ kinds }) => kinds.map(({ version, kind }) => `${version} ${kind}`)));
    for (const { resource, kind, reads } of templates) {
      const missing = new Set(reads.map((gvk) => `${gvk.version} ${gvk.kind}`).filter((gvk) => !copied.has(gvk)));
      for (const gvk of missing) context.report(resource, 'unsynced', { data: { kind, gvk } });
    }
  },
  docs: {
    why: 'Gatekeeper reads one Config, named `config`, in its own namespace. What it does not copy into `data.inventory` a template cannot see, and a policy that compares objects finds nothing to compare.',
    fix: 'Name the object `config`, in `gatekeeper-system`, and list under `sync.syncOnly` what templates read.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://open-policy-agent.github.io/gatekeeper/website/docs/sync/'],
    limits:
      'Kinds that the Rego computes are not known. Without a Config or SyncSet in the input nothing is said about templates.',
    examples: {
      bad: [
        {
          title: 'another name; a kind that is not copied',
          in: 'manifests',
          yaml: `apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata:
  name: cfg # finding: name
  namespace: gatekeeper-system
spec:
  sync:
    syncOnly:
      - group: ""
        version: v1
        kind: Namespace
      - group: "" # finding: sync
        kind: Pod
  match:
    - excludedNamespaces: [kube-system]
      processes: [webhooks] # finding: process
---
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: uniquehost # finding: unsynced
spec:
  crd: { spec: { names: { kind: UniqueHost } } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package uniquehost
        violation[{"msg": msg}] {
          other := data.inventory.namespace[ns]["networking.k8s.io/v1"]["Ingress"][name]
          msg := "no"
        }
---
apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata:
  name: config
  namespace: default # finding: namespace`,
        },
      ],
      good: [
        {
          title: 'as Gatekeeper reads it',
          in: 'manifests',
          yaml: `apiVersion: config.gatekeeper.sh/v1alpha1
kind: Config
metadata:
  name: config
  namespace: gatekeeper-system
spec:
  sync:
    syncOnly:
      - { group: networking.k8s.io, version: v1, kind: Ingress }
  match:
    - excludedNamespaces: [kube-system]
      processes: ["*"]
---
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: uniquehost
spec:
  crd: { spec: { names: { kind: UniqueHost } } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package uniquehost
        violation[{"msg": msg}] {
          other := data.inventory.namespace[ns]["networking.k8s.io/v1"]["Ingress"][name]
          msg := "no"
        }`,
        },
      ],
    },
  },
});

const PROCESSES = ['*', 'audit', 'webhook', 'sync', 'mutation-webhook'];
