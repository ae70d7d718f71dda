import type { Project } from '../../engine/project.ts';
import { defineRule } from '../../engine/rule.ts';
import type { ComponentView } from '../../k8s/control-plane/component-view.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-anonymous-auth',
  title: 'API server accepts anonymous requests on every path',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    explicit: 'kube-apiserver accepts anonymous requests: {barrier}',
    default: 'kube-apiserver accepts anonymous requests, as it does by default: {barrier}',
    probe: 'kube-apiserver refuses anonymous requests, and its own {probe} is one: the kubelet restarts it in a loop',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const flag = view.flag('anonymous-auth');
      const accepts = view.boolean('anonymous-auth', true);
      if (accepts === false && flag !== undefined) {
        const probe = httpProbeOf(view);
        if (probe === undefined) continue;
        const { node, ...place } = flag.place;
        const related = [{ at: probe, message: 'the probe' }];
        context.report(node, 'probe', { ...place, data: { probe: String(probe.key) }, severity: 'high', related });
        continue;
      }
      // AlwaysAllow switches it off; a file decides about it in more detail.
      if (accepts !== true || allowsAlways(view)) continue;
      const modes = view.words('authorization-mode').map(({ text }) => text);
      const onlyAbac = modes.length > 0 && modes.every((mode) => mode === 'ABAC' || mode === 'Node');
      const bound = flag === undefined ? undefined : bindingOfAnonymous(project);
      const barrier = onlyAbac
        ? 'only the ABAC policy stands before system:anonymous'
        : bound === undefined
          ? 'RBAC is then the only barrier for system:anonymous'
          : 'a role is bound to the anonymous user';
      const severity = onlyAbac || bound !== undefined ? 'high' : flag === undefined ? 'low' : 'medium';
      const related = bound === undefined ? [] : [{ at: bound, message: 'bound here' }];
      if (flag === undefined) {
        if (view.has('authentication-config')) continue;
        context.report(view.anchor, 'default', { data: { barrier }, severity, preset: 'strict' });
      } else {
        const { node, ...place } = flag.place;
        context.report(node, 'explicit', { ...place, data: { barrier }, severity, related });
      }
    }
  },
  docs: {
    why: 'A request without credentials is not refused but becomes the user `system:anonymous`. From then on one careless binding to `system:anonymous` or `system:unauthenticated` opens the cluster to everyone who reaches the port.',
    fix: 'Name the paths that may be asked without credentials in an `AuthenticationConfiguration` (1.34; beta since 1.32) and give it as `--authentication-config`: `anonymous: {enabled: true, conditions: [{path: /livez}, {path: /readyz}, {path: /healthz}]}`. Before that, `--anonymous-auth=false` needs other probes for the static pod, and breaks load balancer health checks and `kubeadm join` with a token.',
    frameworks: { cis: ['1.2.1'], nsa: ['A1'], mitre: ['T1190', 'T1133'] },
    equivalents: { trivy: ['KCV-0001'], kubescape: ['C-0113'], checkov: ['CKV_K8S_68'] },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests',
      'https://kubernetes.io/docs/concepts/security/controlling-access/',
    ],
    examples: {
      bad: [
        {
          title: 'switched on',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--authorization-mode=Node,RBAC',
            '--anonymous-auth=true # finding: explicit',
          ]),
        },
        {
          title: 'left at its default',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=Node,RBAC'], 'default'),
        },
        {
          title: 'refused, and the probe is anonymous',
          in: 'container',
          yaml: `${example('kube-apiserver', ['--anonymous-auth=false # finding: probe'])}
livenessProbe:
  httpGet:
    path: /livez
    port: 6443
    scheme: HTTPS`,
        },
      ],
      good: [
        {
          title: 'a file names the paths',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--authorization-mode=Node,RBAC',
            '--authentication-config=/etc/kubernetes/authn.yaml',
          ]),
        },
      ],
    },
  },
});

function allowsAlways(view: ComponentView): boolean {
  if (view.has('authorization-config')) return false;
  const words = view.words('authorization-mode');
  return words.length === 0 ? view.complete : words.some(({ text }) => text === 'AlwaysAllow');
}

function httpProbeOf(view: ComponentView): AnyNode | undefined {
  const node = view.container?.node as AnyNode | undefined;
  if (node === undefined) return undefined;
  for (const name of ['livenessProbe', 'startupProbe', 'readinessProbe']) {
    const probe: AnyNode = node.get(name);
    const get: AnyNode = probe.get('httpGet');
    if (!get.present) continue;
    const headers = get.get('httpHeaders').items() as readonly AnyNode[];
    if (!headers.some((header) => header.get('name').string?.toLowerCase() === 'authorization')) return probe;
  }
  return undefined;
}

/** Bindings that every cluster has for them. */
const PUBLIC_ROLES = new Set([
  'system:public-info-viewer',
  'system:discovery',
  'system:basic-user',
  'kubeadm:bootstrap-signer-clusterinfo',
]);

function bindingOfAnonymous(project: Project): AnyNode | undefined {
  for (const kind of ['ClusterRoleBinding', 'RoleBinding']) {
    for (const { root } of project.ofKind(`${kind}.rbac.authorization.k8s.io`)) {
      if (PUBLIC_ROLES.has(root.at(['roleRef', 'name']).string ?? '')) continue;
      for (const subject of root.get('subjects').items() as readonly AnyNode[]) {
        const name = subject.get('name').string;
        if (name === 'system:anonymous' || name === 'system:unauthenticated') return subject;
      }
    }
  }
  return undefined;
}
