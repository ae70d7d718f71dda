import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { forLinux, isOpaque, nameContainers } from './_hardening.ts';

export default defineRule({
  id: 'seccomp-profile-missing',
  title: 'No seccomp profile',
  category: 'pod-security',
  severity: 'low',
  preset: 'strict',
  expectedOfControlPlane: true,
  on: 'pod',
  options: {
    defaults: { nodeSeccompDefault: false },
    schema: { type: 'object', properties: { nodeSeccompDefault: { type: 'boolean' } }, additionalProperties: false },
  },
  messages: {
    pod: 'pod sets no seccomp profile, and unless the kubelet sets seccompDefault nothing filters the system calls of {containers}',
    container: 'container "{name}" has no seccomp profile: it runs unconfined unless the kubelet sets seccompDefault',
  },
  check(pod, context) {
    const ofPod = pod.securityContext.get('seccompProfile');
    if (ofPod.present || pod.partial || isOpaque(pod.securityContext) || context.options.nodeSeccompDefault) return;
    const lacking = pod.containers.filter(lacksProfile);
    if (lacking.length === 0 || !forLinux(pod)) return;
    const fix = {
      title: 'Use the profile of the runtime',
      safety: 'hardening',
      changes: [{ op: 'set', path: [...ofPod.steps, 'type'], value: 'RuntimeDefault' }],
    } as const;
    const setters = pod.containers.some(({ securityContext }) => securityContext.get('seccompProfile').present);
    if (!setters) {
      const containers = nameContainers(lacking);
      const related = lacking.map(({ node, name }) => ({ at: node, message: `container "${name}"` }));
      context.report(ofPod, 'pod', { data: { containers }, related: related.length > 1 ? related : [], fix });
      return;
    }
    for (const { securityContext, name } of lacking) {
      context.report(securityContext.get('seccompProfile'), 'container', { data: { name }, fix });
    }
  },
  docs: {
    why: 'Without a profile a container may make every system call of the kernel, unless the kubelet was told to set one (`seccompDefault`, off by default).',
    fix: 'Set `securityContext.seccompProfile: {type: RuntimeDefault}` for the pod.',
    frameworks: { cis: ['5.6.2'], nsa: ['P6'], mitre: ['T1611'], pss: 'restricted' },
    equivalents: {
      trivy: ['KSV-0030'],
      checkov: ['CKV_K8S_31'],
      kubescape: ['C-0210'],
      kubeaudit: ['SeccompProfileMissing'],
    },
    cks: 'System Hardening',
    references: ['https://kubernetes.io/docs/tutorials/security/seccomp/'],
    limits:
      'The configuration of the kubelets is not seen: set the option `nodeSeccompDefault` where all of them set `seccompDefault`.',
    examples: {
      bad: [
        {
          title: 'nobody sets one: one finding',
          in: 'pod',
          yaml: 'securityContext: # finding: pod\n  runAsNonRoot: true\ncontainers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n  - name: proxy\n    image: registry.example.com/proxy:1.0.0',
        },
        {
          title: 'one container lacks it',
          in: 'pod',
          yaml: 'containers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext:\n      seccompProfile:\n        type: RuntimeDefault\n  - name: proxy # finding: container\n    image: registry.example.com/proxy:1.0.0',
        },
      ],
      good: [
        {
          title: 'the pod sets it',
          in: 'pod',
          yaml: 'securityContext:\n  seccompProfile:\n    type: RuntimeDefault',
        },
        {
          title: 'the kubelets set it',
          in: 'pod',
          yaml: 'securityContext: {}',
          options: { nodeSeccompDefault: true },
        },
        { title: 'Windows has no seccomp', in: 'pod', yaml: 'os:\n  name: windows' },
      ],
    },
  },
});

function lacksProfile({ securityContext, privileged }: ContainerView): boolean {
  return !privileged && !securityContext.get('seccompProfile').present && !isOpaque(securityContext);
}
