import { defineRule, type More } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import type { PodView } from '../../k8s/pod.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { forLinux, inUserNamespace } from './_hardening.ts';

export default defineRule({
  id: 'run-as-root-explicit',
  title: 'Root user requested',
  category: 'pod-security',
  severity: 'high',
  preset: 'recommended',
  on: 'pod',
  messages: {
    root: '{who} asks for UID 0: {field} is {value}',
    namespaced: '{who} asks for UID 0, root inside its user namespace only: {field} is {value}',
  },
  check(pod, context) {
    const requests = rootRequests(pod);
    if (requests.length === 0 || !forLinux(pod)) return;
    const namespaced = inUserNamespace(pod, context.minor);
    for (const { node, who, inheritors } of requests) {
      const related: More['related'] = inheritors.map((container) => ({
        at: container.node,
        message: `container "${container.name}" inherits it`,
      }));
      context.report(node, namespaced ? 'namespaced' : 'root', {
        data: { who, field: String(node.key), value: String(node.raw) },
        severity: namespaced ? 'low' : 'high',
        related,
      });
    }
  },
  docs: {
    why: 'A process that runs as UID 0 in a container is UID 0 on the node as soon as it gets out, and inside it may change every file of the image and every mounted volume.',
    fix: 'Set `runAsNonRoot: true` and, where the image does not name one, `runAsUser` with the UID the image was made for. Taking `runAsNonRoot: false` away is not enough: the image may still say root.',
    frameworks: { cis: ['5.2.7'], nsa: ['P1'], mitre: ['T1611'], pss: 'restricted' },
    equivalents: {
      trivy: ['KSV-0105'],
      checkov: ['CKV_K8S_23'],
      kubescape: ['C-0013'],
      kubeaudit: ['RunAsUserPSCRoot', 'RunAsUserCSCRoot', 'RunAsNonRootCSCFalse'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
      'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
    ],
    examples: {
      bad: [
        { title: 'a container asks for root', in: 'container', yaml: 'securityContext:\n  runAsUser: 0 # finding' },
        {
          title: 'a container lets the image choose root',
          in: 'container',
          yaml: 'securityContext:\n  runAsNonRoot: false # finding',
        },
        { title: 'the pod asks for root', in: 'pod', yaml: 'securityContext:\n  runAsUser: 0 # finding: root' },
        {
          title: 'one request, one finding',
          in: 'pod',
          yaml: 'securityContext:\n  runAsUser: 0 # finding: root\n  runAsNonRoot: false',
        },
        {
          title: 'root of a user namespace',
          in: 'pod',
          yaml: 'hostUsers: false\nsecurityContext:\n  runAsUser: 0 # finding: namespaced',
        },
      ],
      good: [
        { title: 'a UID', in: 'pod', yaml: 'securityContext:\n  runAsNonRoot: true\n  runAsUser: 10001' },
        {
          title: 'every container overrides the pod',
          in: 'pod',
          yaml: 'securityContext:\n  runAsUser: 0\ncontainers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext:\n      runAsUser: 10001',
        },
        {
          title: 'a UID makes runAsNonRoot harmless',
          in: 'pod',
          yaml: 'securityContext:\n  runAsNonRoot: false\n  runAsUser: 10001',
        },
      ],
    },
  },
});

interface RootRequest {
  readonly node: AnyNode;
  readonly who: string;
  readonly inheritors: readonly ContainerView[];
}

/** Each setter once: what a pod asks for concerns those containers that do not say otherwise. */
function rootRequests(pod: PodView): readonly RootRequest[] {
  const requests: RootRequest[] = [];
  const podUser = pod.securityContext.get('runAsUser');
  const podNonRoot = pod.securityContext.get('runAsNonRoot');
  if (podUser.number === 0) {
    const inheritors = pod.containers.filter(({ securityContext }) => !securityContext.get('runAsUser').present);
    if (inheritors.length > 0) requests.push({ node: podUser, who: 'pod', inheritors });
  } else if (podNonRoot.boolean === false && !podUser.present) {
    const inheritors = pod.containers.filter(
      ({ securityContext }) =>
        !securityContext.get('runAsNonRoot').present && !securityContext.get('runAsUser').present,
    );
    if (inheritors.length > 0) requests.push({ node: podNonRoot, who: 'pod', inheritors });
  }
  for (const { securityContext, name } of pod.containers) {
    const user = securityContext.get('runAsUser');
    const nonRoot = securityContext.get('runAsNonRoot');
    const who = `container "${name}"`;
    if (user.number === 0) requests.push({ node: user, who, inheritors: [] });
    // Root by a UID of the pod is already told there.
    else if (nonRoot.boolean === false && !user.present && !podUser.present) {
      requests.push({ node: nonRoot, who, inheritors: [] });
    }
  }
  return requests;
}
