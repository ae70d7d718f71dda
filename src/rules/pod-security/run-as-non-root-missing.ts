import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { forLinux, inUserNamespace, isOpaque } from './_hardening.ts';

export default defineRule({
  id: 'run-as-non-root-missing',
  title: 'Nothing stops the image from running as root',
  category: 'pod-security',
  severity: 'medium',
  preset: 'strict',
  expectedOfControlPlane: true,
  on: 'container',
  options: {
    defaults: { nonRootImages: ['**/distroless/*:nonroot*', 'cgr.dev/chainguard/**'] as readonly string[] },
    schema: {
      type: 'object',
      properties: { nonRootImages: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  messages: {
    missing:
      'container "{name}" may run as root: neither runAsNonRoot: true nor a runAsUser other than 0 applies to it',
  },
  check(container, context) {
    if (!mayBeRoot(container) || !forLinux(container.pod)) return;
    const image = container.node.get('image').string;
    if (image !== undefined && context.options.nonRootImages.some((pattern) => matchesImage(pattern, image))) return;
    const { pod, name } = container;
    // One setting for the pod where nobody has one, else one for the container that lacks it.
    const everyone = pod.remember('every container may be root', () => !pod.partial && pod.containers.every(mayBeRoot));
    const holder = everyone ? pod.securityContext : container.securityContext;
    context.report(container.securityContext.get('runAsNonRoot'), 'missing', {
      data: { name },
      severity: inUserNamespace(pod, context.minor) ? 'low' : 'medium',
      fix: {
        title: 'Set runAsNonRoot to true',
        safety: 'hardening',
        changes: [{ op: 'set', path: holder.get('runAsNonRoot').steps, value: true }],
      },
    });
  },
  docs: {
    why: 'Most images start as root unless told otherwise. With `runAsNonRoot: true` the kubelet refuses to start one that would, so a change of the image cannot bring root back unseen.',
    fix: 'Set `runAsNonRoot: true` for the pod or the container, and build the image with a numeric `USER`.',
    frameworks: { cis: ['5.2.7'], nsa: ['P1'], mitre: ['T1611'], pss: 'restricted' },
    equivalents: {
      'kube-linter': ['run-as-non-root'],
      trivy: ['KSV-0012'],
      checkov: ['CKV_K8S_23'],
      kubescape: ['C-0013'],
      polaris: ['runAsRootAllowed'],
      kubeaudit: ['RunAsNonRootPSCNilCSCNil'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/security-context/'],
    examples: {
      bad: [
        {
          title: 'nothing is said',
          in: 'pod',
          yaml: 'containers:\n  - name: api # finding\n    image: registry.example.com/api:1.0.0\n  - name: proxy\n    image: registry.example.com/proxy:1.0.0\n    securityContext: # finding\n      readOnlyRootFilesystem: true',
        },
      ],
      good: [
        { title: 'the pod says it', in: 'pod', yaml: 'securityContext:\n  runAsNonRoot: true' },
        { title: 'a UID other than 0', in: 'pod', yaml: 'securityContext:\n  runAsUser: 10001' },
        { title: 'root written out is another rule', in: 'pod', yaml: 'securityContext:\n  runAsNonRoot: false' },
        {
          title: 'an image that is never root',
          in: 'pod',
          yaml: 'containers:\n  - name: api\n    image: gcr.io/distroless/static-debian12:nonroot',
        },
        {
          title: 'a template that is not rendered yet',
          in: 'pod',
          yaml: 'securityContext: "{{ .Values.securityContext }}"',
        },
      ],
    },
  },
});

function mayBeRoot(container: ContainerView): boolean {
  return (
    !container.effective('runAsNonRoot').present &&
    !container.effective('runAsUser').present &&
    !isOpaque(container.securityContext) &&
    !isOpaque(container.pod.securityContext)
  );
}

/** `*` stands for anything within a segment, `**` for anything, over the reference as written, tag included. */
function matchesImage(pattern: string, image: string): boolean {
  const expression = pattern
    .split(/(\*\*\/?|\*)/)
    .map((part) =>
      part === '**/'
        ? '(?:.*/)?'
        : part === '**'
          ? '.*'
          : part === '*'
            ? '[^/]*'
            : part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'),
    )
    .join('');
  return new RegExp(`^${expression}$`).test(image);
}
