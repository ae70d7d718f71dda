import { defineRule } from '../../engine/rule.ts';
import { isMap } from '../../yaml/value.ts';

export default defineRule({
  id: 'read-only-root-filesystem-missing',
  title: 'Writable root file system',
  category: 'workload',
  severity: 'low',
  preset: 'strict',
  expectedOfControlPlane: true,
  on: 'container',
  messages: {
    missing: 'container "{name}" has a writable root file system: securityContext.readOnlyRootFilesystem is not set',
    writable: 'container "{name}" has a writable root file system: readOnlyRootFilesystem is false',
  },
  check(container, context) {
    if (container.kind === 'ephemeral') return;
    const given = container.securityContext.raw;
    if (isMap(given) && given['readOnlyRootFilesystem'] === true) return;
    const readOnly = container.securityContext.get('readOnlyRootFilesystem');
    // Anything else than a boolean is a template, or a matter for the schema.
    if (readOnly.present && readOnly.boolean === undefined) return;
    if (container.pod.probablyWindows) return;
    const explicit = readOnly.boolean === false;
    context.report(readOnly, explicit ? 'writable' : 'missing', {
      data: { name: container.name },
      severity: container.kind === 'init' ? 'info' : explicit ? 'medium' : 'low',
      fix: {
        title: 'Make it read-only; /tmp, caches and logs then need an emptyDir',
        safety: 'hardening',
        changes: [{ op: 'set', path: readOnly.steps, value: true }],
      },
    });
  },
  docs: {
    why: 'Whoever gets to run code in the container can bring tools along, change the program and leave something behind for the next start of the process.',
    fix: 'Set `readOnlyRootFilesystem: true` and mount an emptyDir at each path the program writes to:\n\n```yaml\nsecurityContext:\n  readOnlyRootFilesystem: true\nvolumeMounts:\n  - name: tmp\n    mountPath: /tmp\n```',
    frameworks: { cis: ['5.6.3'], nsa: ['P2'], mitre: ['T1105', 'T1543.005'] },
    equivalents: {
      'kube-linter': ['no-read-only-root-fs'],
      trivy: ['KSV-0014'],
      checkov: ['CKV_K8S_22'],
      kubescape: ['C-0017'],
      polaris: ['notReadOnlyRootFilesystem'],
      kubeaudit: ['ReadOnlyRootFilesystemNil', 'ReadOnlyRootFilesystemFalse'],
    },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/security-context/'],
    examples: {
      onlyIn: ['containers'],
      bad: [
        { title: 'nothing is said', in: 'container', yaml: 'name: app # finding: missing' },
        {
          title: 'a security context without it',
          in: 'container',
          yaml: 'securityContext: # finding: missing\n  runAsNonRoot: true',
        },
        {
          title: 'written out',
          in: 'container',
          yaml: 'securityContext:\n  readOnlyRootFilesystem: false # finding: writable',
        },
      ],
      good: [
        { title: 'read-only', in: 'container', yaml: 'securityContext:\n  readOnlyRootFilesystem: true' },
        {
          title: 'Windows knows no such thing',
          in: 'pod',
          yaml: 'os:\n  name: windows\ncontainers:\n  - name: app\n    image: registry.example.com/app:1.0.0',
        },
        {
          title: 'filled in later',
          in: 'container',
          yaml: 'securityContext:\n  readOnlyRootFilesystem: "{{ .Values.readOnly }}"',
        },
      ],
    },
  },
});
