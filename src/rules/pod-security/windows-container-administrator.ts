import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'windows-container-administrator',
  title: 'Windows container as administrator',
  category: 'pod-security',
  severity: 'medium',
  preset: 'strict',
  on: 'container',
  messages: {
    administrator: 'Windows container "{name}" runs as "{user}"',
    unset: 'Windows container "{name}" runs as the user its image names, which is often ContainerAdministrator',
  },
  check(container, context) {
    const { pod, name } = container;
    if (!pod.probablyWindows) return;
    // The two levels are merged key by key.
    const own: AnyNode = container.securityContext.get('windowsOptions');
    const ofPod: AnyNode = pod.securityContext.get('windowsOptions');
    const effective = (key: string): AnyNode => (own.get(key).present ? own.get(key) : ofPod.get(key));
    if (effective('hostProcess').boolean === true) return;
    const userName = effective('runAsUserName');
    const user = userName.string;
    if (user !== undefined && (isUnresolved(user) || !/(?:^|\\)ContainerAdministrator$/i.test(user))) return;
    const fix = {
      title: 'Run as ContainerUser',
      safety: 'hardening',
      changes: [
        { op: 'set', path: (userName.present ? userName : own.get('runAsUserName')).steps, value: 'ContainerUser' },
      ],
    } as const;
    if (user !== undefined) context.report(userName, 'administrator', { data: { name, user }, fix });
    else if (!userName.present)
      context.report(own.get('runAsUserName'), 'unset', { data: { name }, severity: 'low', fix });
  },
  docs: {
    why: 'ContainerAdministrator may change every file of the container, install services and reach mounted volumes as administrator: the ground most escapes from Windows containers start from.',
    fix: 'Set `windowsOptions.runAsUserName: ContainerUser`.',
    frameworks: { nsa: ['P1'], mitre: ['T1611'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/windows-security/'],
    examples: {
      bad: [
        {
          title: 'the administrator, by name and by default',
          in: 'pod',
          yaml: 'os:\n  name: windows\ncontainers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext:\n      windowsOptions:\n        runAsUserName: containeradministrator # finding: administrator\n  - name: proxy # finding: unset\n    image: registry.example.com/proxy:1.0.0',
        },
      ],
      good: [
        {
          title: 'an ordinary user',
          in: 'pod',
          yaml: 'os:\n  name: windows\nsecurityContext:\n  windowsOptions:\n    runAsUserName: ContainerUser',
        },
        { title: 'Linux', in: 'pod', yaml: 'os:\n  name: linux' },
      ],
    },
  },
});
