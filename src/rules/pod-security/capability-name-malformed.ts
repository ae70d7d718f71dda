import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { CAPABILITIES, normalizeCapability } from '../../k8s/pod-security/capabilities.ts';
import { nearest } from '../../text/nearest.ts';

export default defineRule({
  id: 'capability-name-malformed',
  title: 'Capability name that the runtime or admission will not match',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  on: 'container',
  messages: {
    spelling: 'capability "{value}" in {list} should be written "{name}"; as written it may be ignored',
    inert:
      'capability "{value}" in {list} should be written "{name}"; as written it may be ignored, so nothing is dropped',
    unknown: 'unknown capability "{value}" in {list}',
    meant: 'unknown capability "{value}" in {list}; did you mean "{name}"?',
  },
  check(container, context) {
    const capabilities = container.securityContext.get('capabilities');
    if (!capabilities.isMap) return;
    for (const list of ['add', 'drop'] as const) {
      const node = capabilities.get(list);
      if (!node.isList) continue;
      for (const item of node.items()) {
        const value = item.string;
        if (value === undefined || CAPABILITIES.has(value) || isUnresolved(value)) continue;
        const name = normalizeCapability(value);
        if (!CAPABILITIES.has(name)) {
          const meant = nearest(name, CAPABILITIES);
          if (meant === undefined) context.report(item, 'unknown', { data: { value, list } });
          else context.report(item, 'meant', { data: { value, list, name: meant } });
          continue;
        }
        const data = { value, list, name };
        if (list === 'add') {
          // Writing it right would grant a privilege that may be inert today.
          context.report(item, 'spelling', { data });
          continue;
        }
        context.report(item, name === 'ALL' && node.items().length === 1 ? 'inert' : 'spelling', {
          data,
          fix: {
            title: `Write ${name}`,
            safety: 'safe',
            changes: [{ op: 'set', path: item.steps, value: name }],
          },
        });
      }
    }
  },
  docs: {
    why: 'Kubernetes names capabilities without `CAP_` and in upper case. Runtimes put `CAP_` in front themselves, so that a prefixed name may drop nothing, and Pod Security compares to the letter: `drop: [all]` is refused at the level restricted.',
    fix: 'Write the name as Kubernetes does: `NET_RAW`, `ALL`.',
    frameworks: { mitre: ['T1611'], pss: 'restricted' },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
      'https://man7.org/linux/man-pages/man7/capabilities.7.html',
    ],
    examples: {
      bad: [
        {
          title: 'a prefix, lower case, and a slip',
          in: 'container',
          yaml: 'securityContext:\n  capabilities:\n    drop:\n      - CAP_NET_RAW # finding: spelling\n      - mknod # finding: spelling\n      - SETUDI # finding: meant\n      - FLY # finding: unknown',
        },
        {
          title: 'nothing is dropped',
          in: 'container',
          yaml: 'securityContext:\n  capabilities:\n    drop: [all] # finding: inert',
        },
      ],
      good: [
        {
          title: 'names as Kubernetes writes them',
          in: 'container',
          yaml: 'securityContext:\n  capabilities:\n    drop: [ALL]\n    add: [NET_BIND_SERVICE]',
        },
        {
          title: 'a template that is not rendered yet',
          in: 'container',
          yaml: 'securityContext:\n  capabilities:\n    add: ["{{ .Values.capability }}"]',
        },
      ],
    },
  },
});
