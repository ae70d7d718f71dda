import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'priority-class-misuse',
  title: 'PriorityClass that evicts others or poses as the system’s',
  category: 'platform',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  kinds: ['PriorityClass.scheduling.k8s.io'],
  messages: {
    default: 'PriorityClass "{name}" gives every pod without a class priority {value}: each can push others off a node',
    'two-defaults': 'PriorityClass "{name}" is a second default: of two the one with the lower value holds',
    high: 'PriorityClass "{name}" has value {value}; user classes go up to 1000000000, and the API server refuses it',
    reserved: 'the name "{name}" is reserved: the API server refuses it',
  },
  check(project, context) {
    const classes = project.ofKind('PriorityClass.scheduling.k8s.io');
    const defaults = new Set<string>();
    for (const resource of classes) {
      const { root, head } = resource;
      const { name } = head;
      const value: AnyNode = root.get('value');
      const amount = value.number;
      const known = SYSTEM[name];
      if (name.startsWith('system-') && (known === undefined || (amount !== undefined && amount !== known))) {
        context.report(resource, 'reserved', { data: { name }, severity: 'high' });
        continue;
      }
      if (known === undefined && amount !== undefined && amount > 1_000_000_000) {
        context.report(value, 'high', { data: { name, value: amount }, severity: 'high' });
      }
      const global: AnyNode = root.get('globalDefault');
      if (global.boolean !== true) continue;
      if (amount !== undefined && amount > 1_000_000)
        context.report(global, 'default', { data: { name, value: amount } });
      else if (defaults.size > 0 && !defaults.has(name))
        context.report(global, 'two-defaults', { data: { name }, severity: 'low' });
      defaults.add(name);
    }
  },
  docs: {
    why: 'A pod of higher priority may evict others to find a place. A default that is high gives this to everybody who may create a pod, and leaves no order among them.',
    fix: 'Give `globalDefault` to a class of low value, and limit high classes by a ResourceQuota with the scope PriorityClass.',
    frameworks: { nsa: ['N3'], mitre: ['T1499'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/'],
    examples: {
      bad: [
        {
          title: 'a high default, a second one, and two that are refused',
          in: 'manifests',
          yaml: `apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: important
value: 100000000
globalDefault: true # finding: default
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: other
value: 10
globalDefault: true # finding: two-defaults
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: highest
value: 2000000000 # finding: high
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: system-mine # finding: reserved
value: 10`,
        },
      ],
      good: [
        {
          title: 'a low default',
          in: 'manifests',
          yaml: `apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: normal
value: 1000
globalDefault: true
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: system-node-critical
value: 2000001000`,
        },
      ],
    },
  },
});

const SYSTEM: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};
