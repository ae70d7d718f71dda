import { defineRule } from '../../engine/rule.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'static-pod-references-api-object',
  title: 'Static pod refers to objects of the API',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: ['Pod'],
  messages: { reference: 'static pods may not refer to {what}: {effect}' },
  check(resource, context) {
    if (!isStatic(resource)) return;
    const effect =
      context.minor >= 37
        ? `kubelet 1.${context.minor} rejects this pod`
        : 'the API server refuses its mirror pod, and nobody sees it';
    const report = (node: AnyNode, what: string): void => context.report(node, 'reference', { data: { what, effect } });
    const spec: AnyNode = resource.root.at(['spec']);
    for (const key of ['serviceAccountName', 'serviceAccount']) {
      if (spec.get(key).present) report(spec.get(key), 'a service account');
    }
    if (spec.get('imagePullSecrets').items().length > 0) report(spec.get('imagePullSecrets'), 'image pull secrets');
    if (spec.get('resourceClaims').items().length > 0) report(spec.get('resourceClaims'), 'resource claims');
    for (const volume of spec.get('volumes').items() as readonly AnyNode[]) {
      for (const [source, what] of SOURCES) if (volume.get(source).present) report(volume.get(source), what);
      for (const source of volume.at(['projected', 'sources']).items() as readonly AnyNode[]) {
        if (!source.get('downwardAPI').present) report(source, 'objects in a projected volume');
      }
    }
    for (const pod of resource.pods) {
      for (const { node } of pod.containers) {
        const container: AnyNode = node;
        for (const entry of container.get('env').items() as readonly AnyNode[]) {
          for (const [key, what] of [
            ['secretKeyRef', 'secrets'],
            ['configMapKeyRef', 'config maps'],
          ] as const) {
            const reference: AnyNode = entry.at(['valueFrom', key]);
            if (reference.present) report(reference, what);
          }
        }
        const envFrom: AnyNode = container.get('envFrom');
        if (envFrom.items().length > 0) report(envFrom, 'secrets and config maps');
      }
    }
  },
  docs: {
    why: 'A static pod is started by the kubelet alone, before or without the API server. What it refers to in the API cannot be read; the API server refuses to show such a pod, and newer kubelets refuse to run it.',
    fix: 'Use a `hostPath` file, and no service account.',
    frameworks: { nsa: ['N4'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/'],
    limits:
      'A manifest counts as a static pod on two signs of: a path with `/manifests/`, a file named after a component, the annotation `kubernetes.io/config.source: file`, and host network with priority class system-node-critical.',
    examples: {
      bad: [
        {
          title: 'an account and a secret',
          in: 'manifests',
          path: 'etc/kubernetes/manifests/kube-apiserver.yaml',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  namespace: kube-system
spec:
  hostNetwork: true
  priorityClassName: system-node-critical
  serviceAccountName: apiserver # finding: reference
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.37.0
  volumes:
    - name: encryption
      secret: # finding: reference
        secretName: encryption`,
        },
      ],
      good: [
        {
          title: 'a file of the node',
          in: 'manifests',
          path: 'etc/kubernetes/manifests/kube-apiserver.yaml',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  namespace: kube-system
spec:
  hostNetwork: true
  priorityClassName: system-node-critical
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.37.0
  volumes:
    - name: encryption
      hostPath:
        path: /etc/kubernetes/encryption.yaml`,
        },
        {
          title: 'an ordinary pod',
          in: 'manifests',
          path: 'deploy/manifests/app.yaml',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: app
spec:
  serviceAccountName: app
  containers:
    - name: app
      image: registry.example.com/app:1.0.0`,
        },
      ],
    },
  },
});

const SOURCES = [
  ['secret', 'secrets'],
  ['configMap', 'config maps'],
  ['persistentVolumeClaim', 'volume claims'],
  ['csi', 'CSI volumes'],
  ['ephemeral', 'ephemeral volumes'],
] as const;

const COMPONENT_FILE = /(?:^|\/)(?:etcd|kube-(?:apiserver|controller-manager|scheduler|proxy|vip))\.ya?ml$/;

/** One sign is a guess: folders called `manifests` are everywhere. */
function isStatic({ head, root }: Resource): boolean {
  let signs = 0;
  if (head.annotations['kubernetes.io/config.source'] === 'file') signs++;
  const { file } = head;
  if (file.includes('/manifests/') || file.startsWith('manifests/')) signs++;
  if (COMPONENT_FILE.test(file)) signs++;
  if (signs >= 2) return true;
  const spec: AnyNode = root.at(['spec']);
  const critical =
    spec.get('hostNetwork').boolean === true && spec.get('priorityClassName').string === 'system-node-critical';
  return signs + (critical ? 1 : 0) >= 2;
}
