import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-authorization-always-allow',
  title: 'API server allows every authenticated request',
  category: 'control-plane',
  severity: 'critical',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    explicit: 'kube-apiserver allows every authenticated request: AlwaysAllow is among its authorization modes',
    default: 'kube-apiserver allows every authenticated request: without --authorization-mode it is AlwaysAllow',
    file: 'kube-apiserver allows every authenticated request: authorizer "{name}" is AlwaysAllow',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const words = view.words('authorization-mode');
      const always = words.find(({ text }) => text === 'AlwaysAllow');
      if (always !== undefined) {
        const { node, ...place } = always.place;
        // Another mode beside it never gets to refuse anything; without one, what to allow is for the user to say.
        const rest = words.filter(({ text }) => text !== 'AlwaysAllow').map(({ text }) => text);
        const changes = always.flag.change(rest.length === 0 ? 'Node,RBAC' : rest.join(','));
        const fix =
          changes === undefined || view.all('authorization-mode').length > 1
            ? {}
            : { fix: { title: 'Authorize by Node and RBAC', safety: 'hardening', changes } as const };
        context.report(node, 'explicit', { ...place, ...fix });
      } else if (words.length === 0 && view.complete && !view.has('authorization-config')) {
        if (view.knows('authorization-mode')) context.report(view.anchor, 'default');
      }
    }
    for (const { root } of project.ofKind('AuthorizationConfiguration.apiserver.config.k8s.io')) {
      for (const authorizer of root.get('authorizers').items() as readonly AnyNode[]) {
        const type: AnyNode = authorizer.get('type');
        if (type.string !== 'AlwaysAllow') continue;
        context.report(type, 'file', { data: { name: authorizer.get('name').string ?? '' } });
      }
    }
  },
  docs: {
    why: 'Whoever authenticates, every pod with its service account among them, may read every secret and change every object. Nothing that RBAC says is looked at.',
    fix: 'Set `--authorization-mode=Node,RBAC`.',
    frameworks: { cis: ['1.2.6'], nsa: ['A1'], mitre: ['T1078', 'T1098'] },
    equivalents: { trivy: ['KCV-0007'], kubescape: ['C-0118'], checkov: ['CKV_K8S_74'] },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/authorization/'],
    examples: {
      bad: [
        {
          title: 'said so',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=RBAC,AlwaysAllow # finding: explicit']),
        },
        { title: 'by default', in: 'container', yaml: example('kube-apiserver', ['--secure-port=6443'], 'default') },
        {
          title: 'in a file',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
  - type: RBAC
    name: rbac
  - type: AlwaysAllow # finding: file
    name: rest`,
        },
      ],
      good: [
        {
          title: 'Node and RBAC',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=Node,RBAC']),
        },
      ],
    },
  },
});
