import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { removing } from './_hardening.ts';

export default defineRule({
  id: 'proc-mount-unmasked',
  title: '/proc masks removed',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'container',
  supersedes: ['security-context-contradiction'],
  messages: {
    unmasked: 'container "{name}" mounts /proc with procMount "{value}", which uncovers what the runtime hides',
    namespaced:
      'container "{name}" mounts /proc with procMount "{value}" in a user namespace, which Pod Security "restricted" forbids',
  },
  check(container, context) {
    const type = container.securityContext.get('procMount');
    const value = type.string;
    if (value === undefined || value === 'Default' || isUnresolved(value)) return;
    const namespaced = container.pod.spec.get('hostUsers').raw === false;
    context.report(type, namespaced ? 'namespaced' : 'unmasked', {
      data: { name: container.name, value },
      severity: namespaced ? 'low' : 'high',
      fix: { title: 'Remove procMount', safety: 'hardening', changes: removing(type) },
    });
  },
  docs: {
    why: 'The runtime hides parts of /proc and makes others read-only, as they belong to the whole node. `Unmasked` uncovers them. In a user namespace (`hostUsers: false`) the kernel guards them itself; from 1.35 on the level baseline allows it there and restricted does not.',
    fix: 'Remove `procMount`. Where containers are nested, set `hostUsers: false` as well: the API server refuses `Unmasked` without it.',
    frameworks: { mitre: ['T1611'], pss: 'baseline' },
    equivalents: { 'kube-linter': ['unsafe-proc-mount'], trivy: ['KSV-0027'], polaris: ['procMount'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
      'https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/',
    ],
    examples: {
      bad: [
        { title: 'unmasked', in: 'container', yaml: 'securityContext:\n  procMount: Unmasked # finding: unmasked' },
        {
          title: 'unmasked in a user namespace',
          in: 'pod',
          yaml: 'hostUsers: false\ncontainers:\n  - name: builder\n    image: registry.example.com/builder:1.0.0\n    securityContext:\n      procMount: Unmasked # finding: namespaced',
        },
      ],
      good: [{ title: 'the default', in: 'container', yaml: 'securityContext:\n  procMount: Default' }],
    },
  },
});
