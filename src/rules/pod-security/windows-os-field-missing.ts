import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'windows-os-field-missing',
  title: 'Windows pod not declared with spec.os',
  category: 'pod-security',
  severity: 'low',
  preset: 'strict',
  on: 'pod',
  messages: {
    undeclared: 'pod runs on Windows nodes but spec.os.name is not "windows": Pod Security will demand fields of Linux',
  },
  check(pod, context) {
    const name = pod.spec.get('os').get('name');
    if (name.present || !pod.probablyWindows) return;
    const label = pod.spec.get('nodeSelector').get('kubernetes.io/os');
    context.report(label.present ? label : pod.spec.get('affinity'), 'undeclared', {
      atKey: !label.present,
      fix: {
        title: 'Declare the pod for Windows',
        safety: 'hardening',
        changes: [{ op: 'set', path: name.steps, value: 'windows' }],
      },
    });
  },
  docs: {
    why: 'From 1.25 on the level restricted spares Windows pods what only Linux has, but it knows them by `spec.os.name` alone. Without it a pod that cannot set those fields is refused for their absence.',
    fix: 'Set `os: {name: windows}`.',
    frameworks: { pss: 'restricted' },
    references: [
      'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
      'https://kubernetes.io/docs/concepts/security/windows-security/',
    ],
    examples: {
      bad: [
        { title: 'a node selector alone', in: 'pod', yaml: 'nodeSelector:\n  kubernetes.io/os: windows # finding' },
      ],
      good: [
        {
          title: 'declared',
          in: 'pod',
          yaml: 'os:\n  name: windows\nnodeSelector:\n  kubernetes.io/os: windows',
        },
        { title: 'Linux', in: 'pod', yaml: 'nodeSelector:\n  kubernetes.io/os: linux' },
      ],
    },
  },
});
