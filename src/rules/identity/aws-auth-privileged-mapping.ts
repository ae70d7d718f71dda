import { defineRule } from '../../engine/rule.ts';
import { textWithin } from '../../k8s/embedded.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { parse } from '../../yaml/parse.ts';

export default defineRule({
  id: 'aws-auth-privileged-mapping',
  title: 'AWS identity mapped to cluster-admin or to a system user',
  category: 'identity',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['ConfigMap', 'IAMIdentityMapping.iamauthenticator.k8s.aws', 'ClusterConfig.eksctl.io'],
  messages: {
    masters: '"{arn}" is cluster-admin through system:masters, whatever RBAC says',
    nodes: 'every node of "{arn}" is cluster-admin through system:masters, and so is who takes one over',
    root: 'the root user of account {account} is cluster-admin through system:masters',
    'system-user': '"{arn}" becomes the user "{user}", which Kubernetes keeps for its own components',
    'no-nodes': '"{arn}" is mapped to nodes without the group system:nodes: they cannot join',
    path: 'the path in "{arn}" is never matched: a session of the role is known by its name alone',
    account: 'every user and role of AWS account {account} is a user of the cluster',
    unreadable: '{key} is no list of mappings: the authenticator ignores all of it, and nodes and users are locked out',
  },
  check({ root, head, groupKind }, context) {
    const judge = (mapping: AnyNode, arnKey: string): void => {
      const arnNode: AnyNode = mapping.get(arnKey);
      const arn = arnNode.string;
      if (arn === undefined) return;
      const username: AnyNode = mapping.get('username');
      const user = username.string ?? '';
      const groups = mapping.get('groups').items() as readonly AnyNode[];
      const isNode = user.startsWith('system:node:{{');
      const masters = groups.find(({ string }) => string === 'system:masters');
      if (masters !== undefined) {
        const account = /^arn:[\w-]+:iam::(\d+):root$/.exec(arn)?.[1];
        if (isNode) context.report(masters, 'nodes', { data: { arn }, severity: 'critical' });
        else if (account !== undefined) context.report(masters, 'root', { data: { account }, severity: 'critical' });
        else context.report(masters, 'masters', { data: { arn } });
      }
      if (user.startsWith('system:') && !isNode && !isUnresolved(user.slice('system:'.length)))
        context.report(username, 'system-user', { data: { arn, user } });
      const known = groups.every(({ string }) => string !== undefined && !isUnresolved(string));
      if (isNode && masters === undefined && known && !groups.some(({ string }) => string === 'system:nodes'))
        context.report(mapping.get('groups'), 'no-nodes', { data: { arn }, severity: 'medium' });
      if (arnKey !== 'userarn' && /^arn:[\w-]+:iam::\d+:role\/[^/]+\/./.test(arn) && !isUnresolved(arn))
        context.report(arnNode, 'path', { data: { arn }, severity: 'medium' });
    };

    switch (groupKind) {
      case 'ConfigMap': {
        if (head.name !== 'aws-auth' || (head.namespace !== 'kube-system' && head.namespace !== '')) return;
        const data: AnyNode = root.get('data');
        for (const [key, arnKey] of LISTS) {
          const scalar: AnyNode = data.get(key);
          const text = scalar.string;
          if (text === undefined || text.trim() === '') continue;
          const documents = parse(textWithin(scalar, text));
          const list = documents[0]?.root as AnyNode | undefined;
          // Comments alone are nothing, which maps nobody.
          if (list === undefined) continue;
          if (documents.length > 1 || documents[0]!.errors.length > 0 || (!list.isList && list.present)) {
            // `{{ … }}` and `${…}` that are not the authenticator's own come from a template that is yet to be filled.
            if (!TEMPLATE.test(text)) context.report(scalar, 'unreadable', { data: { key }, atKey: true });
            continue;
          }
          for (const item of list.items() as readonly AnyNode[]) {
            if (arnKey !== undefined) judge(item, arnKey);
            else if (item.string !== undefined || item.number !== undefined)
              context.report(item, 'account', { data: { account: String(item.raw) }, severity: 'medium' });
          }
        }
        return;
      }
      case 'ClusterConfig.eksctl.io':
        for (const mapping of root.get('iamIdentityMappings').items() as readonly AnyNode[]) {
          judge(mapping, 'arn');
          const account: AnyNode = mapping.get('account');
          if (account.present) {
            context.report(account, 'account', { data: { account: String(account.raw) }, severity: 'medium' });
          }
        }
        return;
      default:
        judge(root.get('spec'), 'arn');
    }
  },
  docs: {
    why: 'Who may use the AWS identity has the cluster, and no role, binding or policy engine inside can stop him: members of `system:masters` are allowed everything before RBAC is asked. The mapping does not show among the bindings of the cluster, so that reviews miss it.',
    fix: 'Map the identity to a group of your own and bind that to a role:\n\n```yaml\n- rolearn: arn:aws:iam::111122223333:role/admins\n  username: "admin:{{SessionName}}"\n  groups: [cluster-operators]\n```\n\nKeep one way in for emergencies, as an access entry of EKS.',
    frameworks: { nsa: ['N6'], mitre: ['T1078'] },
    equivalents: {},
    cks: 'Cluster Hardening',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html',
      'https://github.com/kubernetes-sigs/aws-iam-authenticator#full-configuration-format',
      'https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege',
    ],
    limits: 'Access entries of EKS are no objects of the cluster and are not seen.',
    examples: {
      bad: [
        {
          title: 'the mappings of a cluster',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/nodes
      username: system:node:{{EC2PrivateDNSName}}
      groups:
        - system:bootstrappers
        - system:masters # finding: nodes
    - rolearn: arn:aws:iam::111122223333:role/windows
      username: system:node:{{EC2PrivateDNSName}}
      groups: # finding: no-nodes
        - system:bootstrappers
    - rolearn: arn:aws:iam::111122223333:role/teams/platform # finding: path
      username: platform
      groups: [system:masters] # finding: masters
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/ops/alice
      username: system:kube-controller-manager # finding: system-user
    - userarn: arn:aws:iam::111122223333:root
      username: root
      groups:
        - system:masters # finding: root
  mapAccounts: |
    - "444455556666" # finding: account`,
        },
        {
          title: 'a list that is none',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: | # finding: unreadable
    rolearn: arn:aws:iam::111122223333:role/nodes
    username: system:node:{{EC2PrivateDNSName}}
    groups: [system:nodes]`,
        },
        {
          title: 'eksctl and the custom resource',
          in: 'manifests',
          yaml: `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata:
  name: prod
iamIdentityMappings:
  - arn: arn:aws:iam::111122223333:role/admin
    groups: [system:masters] # finding: masters
    username: admin
  - account: "444455556666" # finding: account
---
apiVersion: iamauthenticator.k8s.aws/v1alpha1
kind: IAMIdentityMapping
metadata:
  name: admin
spec:
  arn: arn:aws:iam::111122223333:user/admin
  username: admin
  groups:
    - system:masters # finding: masters`,
        },
      ],
      good: [
        {
          title: 'nodes, Fargate and a group of its own',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/nodes
      username: system:node:{{EC2PrivateDNSName}}
      groups:
        - system:bootstrappers
        - system:nodes
    - rolearn: arn:aws:iam::111122223333:role/fargate
      username: system:node:{{SessionName}}
      groups:
        - system:bootstrappers
        - system:nodes
        - system:node-proxier
    - rolearn: arn:aws:iam::111122223333:role/admins
      username: "admin:{{SessionName}}"
      groups:
        - cluster-operators
  mapUsers: |
    []`,
        },
        {
          title: 'a template that is yet to be filled',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    \${node_roles}`,
        },
        {
          title: 'another ConfigMap of that name',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: backup
data:
  mapRoles: none`,
        },
      ],
    },
  },
});

/** The lists of the ConfigMap with the key that names the identity; accounts are no more than a number. */
const LISTS: readonly (readonly [string, string | undefined])[] = [
  ['mapRoles', 'rolearn'],
  ['mapUsers', 'userarn'],
  ['mapAccounts', undefined],
];

/** A hole that the authenticator would not fill. */
const TEMPLATE = /\$\{|<[^<>\n]+>|\{\{(?!(?:EC2PrivateDNSName|SessionName(?:Raw)?|AccountID|AccessKeyID)\}\})/;
