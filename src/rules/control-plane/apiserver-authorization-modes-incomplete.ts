import type { MessageData } from '../../engine/rule.ts';
import { defineRule } from '../../engine/rule.ts';
import type { Place } from '../../k8s/control-plane/flags.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-authorization-modes-incomplete',
  title: 'API server authorizes without Node or RBAC, or by ABAC',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    rbac: 'kube-apiserver authorizes by {modes} without RBAC: roles and bindings have no effect',
    node: 'kube-apiserver authorizes by {modes} without Node: kubelets are not limited to their own node',
    abac: 'kube-apiserver authorizes by ABAC, whose policy is a file that takes a restart to change',
    deny: 'AlwaysDeny comes first, so that every request is refused',
  },
  check(project, context) {
    const judge = (modes: readonly string[], whole: Place, at: (mode: string) => Place | undefined): void => {
      // AlwaysAllow is a finding of its own, and the greater one.
      if (modes.length === 0 || modes.includes('AlwaysAllow')) return;
      const report = (message: 'rbac' | 'node' | 'abac' | 'deny', place: Place, severity: 'high' | 'medium'): void => {
        const { node, ...part } = place;
        const data = { modes: modes.join(', ') } satisfies MessageData;
        context.report(node, message, { ...part, data, severity });
      };
      if (modes[0] === 'AlwaysDeny') {
        report('deny', at('AlwaysDeny') ?? whole, 'high');
        return;
      }
      const webhookOnly = modes.every((mode) => mode === 'Webhook');
      if (!modes.includes('RBAC')) report('rbac', whole, webhookOnly ? 'medium' : 'high');
      else if (!modes.includes('Node')) report('node', whole, 'medium');
      if (modes.includes('ABAC')) report('abac', at('ABAC') ?? whole, 'medium');
    };
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const words = view.words('authorization-mode');
      const flag = view.flag('authorization-mode');
      if (flag === undefined || !view.knows('authorization-mode')) continue;
      const texts = words.map(({ text }) => text);
      judge(texts, flag.place, (mode) => words.find(({ text }) => text === mode)?.place);
    }
    for (const { root } of project.ofKind('AuthorizationConfiguration.apiserver.config.k8s.io')) {
      const types = (root.get('authorizers').items() as readonly AnyNode[]).map((each): AnyNode => each.get('type'));
      const texts = types.map((type) => type.string ?? '');
      if (texts.includes('')) continue;
      const at = (mode: string): Place | undefined => {
        const node = types.find((type) => type.string === mode);
        return node === undefined ? undefined : { node };
      };
      judge(texts, { node: root.get('authorizers') }, at);
    }
  },
  docs: {
    why: 'Without the Node authorizer the credentials of one kubelet read the secrets of every node. Without RBAC the roles in the cluster decide nothing. An ABAC policy is a file on the control plane that no one reviews through the API.',
    fix: 'Set `--authorization-mode=Node,RBAC`; a webhook may stand before them.',
    frameworks: { cis: ['1.2.7', '1.2.8'], nsa: ['A1'], mitre: ['T1078'] },
    equivalents: {
      trivy: ['KCV-0008', 'KCV-0009'],
      kubescape: ['C-0119', 'C-0120', 'C-0088'],
      checkov: ['CKV_K8S_75', 'CKV_K8S_77'],
    },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/node/',
      'https://kubernetes.io/docs/reference/access-authn-authz/authorization/',
    ],
    examples: {
      bad: [
        {
          title: 'kubelets are not limited',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=RBAC # finding: node']),
        },
        {
          title: 'ABAC alone',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=Node,ABAC # finding: rbac, abac']),
        },
        {
          title: 'a file without Node',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers: # finding: node
  - type: RBAC
    name: rbac`,
        },
        {
          title: 'everything is refused',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=AlwaysDeny,Node,RBAC # finding: deny']),
        },
      ],
      good: [
        {
          title: 'a webhook before Node and RBAC',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--authorization-mode=Webhook,Node,RBAC',
            '--authorization-webhook-config-file=/etc/kubernetes/authz.kubeconfig',
          ]),
        },
      ],
    },
  },
});
