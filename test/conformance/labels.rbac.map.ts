import type { Topic } from './labels.map.ts';

const PREFIX = 'the prefix system: exempts nothing: anybody may name a role or a binding so';
const CORE = 'every resource of the core group is much, and not cluster-admin: rbac-wildcard-all';
const STAR = 'a star that grants several things is reported once, as its gravest: creating workloads, reading Secrets';
const BINDINGS = 'bind is asked about on roles, never on bindings, and creating bindings alone is guarded';
const DEFAULT_ACCOUNT = 'the default account of the pod is bound to a role that reads every Secret';

/** What others ask of roles, bindings and identities, and which of our rules answers. Findings point at the role. */
export const TOPICS: Readonly<Record<string, Topic>> = {
  'rbac: wildcards': {
    labels: { checkov: ['CKV_K8S_49'], 'kube-linter': ['wildcard-in-rules'] },
    rules: ['rbac-wildcard-all', 'rbac-wildcard-partial'],
    scope: 'case',
  },
  'rbac: bindings to cluster-admin': {
    labels: {
      polaris: ['clusterrolebindingClusterAdmin', 'rolebindingClusterAdminClusterRole', 'rolebindingClusterAdminRole'],
      regolibrary: ['cluster-admin-role', 'rule-list-all-cluster-admins-v1'],
    },
    rules: ['rbac-cluster-admin-binding'],
    scope: 'case',
    differ: {
      'polaris/test/checks/clusterrolebindingClusterAdmin/success.system_prefix_binding.yaml': PREFIX,
      'polaris/test/checks/rolebindingClusterAdminClusterRole/success.system_prefix_binding.yaml': PREFIX,
      'regolibrary/rules/cluster-admin-role/test/clusterrole-rolebinding/input/*':
        'a RoleBinding to cluster-admin gives full control of its namespace, here of kube-system',
      'regolibrary/rules/rule-list-all-cluster-admins-v1/test/clusterrole-rolebinding/input*': CORE,
    },
  },
  'rbac: bindings to cluster-admin by name': {
    labels: { 'kube-linter': ['cluster-admin-role-binding'] },
    rules: ['rbac-cluster-admin-binding'],
  },
  'rbac: reading Secrets': {
    labels: { checkov: ['CKV2_K8S_5'], regolibrary: ['rule-can-list-get-secrets-v1'] },
    rules: ['rbac-secrets-read', 'rbac-wildcard-all'],
    scope: 'case',
    differ: {
      'checkov/tests/kubernetes/graph/checks/resources/ReadAllSecrets/Passing/*':
        'one Secret by name, which preset all lists; recommended and strict say nothing',
    },
  },
  'rbac: commands in pods': {
    labels: {
      checkov: ['CKV2_K8S_2'],
      polaris: [
        'clusterrolePodExecAttach',
        'rolePodExecAttach',
        'clusterrolebindingPodExecAttach',
        'rolebindingClusterRolePodExecAttach',
        'rolebindingRolePodExecAttach',
      ],
      regolibrary: ['exec-into-container-v1'],
    },
    rules: ['rbac-pod-exec', 'rbac-node-proxy', 'rbac-wildcard-all', 'rbac-cluster-admin-binding'],
    scope: 'case',
    differ: {
      'checkov/tests/kubernetes/graph/checks/resources/NoCreateNodesProxyOrPodsExec/Passing/2/*':
        'get on nodes/proxy is enough to run commands, by a websocket',
      'checkov/tests/kubernetes/graph/checks/resources/NoCreateNodesProxyOrPodsExec/Failing/3/*':
        'nodes/proxy in a Role grants nothing: rbac-ineffective-rule',
      'checkov/tests/kubernetes/graph/checks/resources/NoCreateNodesProxyOrPodsExec/Failing/4/*':
        'neither nodes/proxy nor pods are in that group: rbac-escalate-bind says what it is',
      'polaris/test/checks/clusterrolePodExecAttach/success.system_prefix.yaml#0': PREFIX,
      'polaris/test/checks/clusterrolebindingPodExecAttach/success.*': PREFIX,
      'polaris/test/checks/rolebindingClusterRolePodExecAttach/success.system_prefix_binding.yaml': PREFIX,
      'polaris/test/checks/rolebindingRolePodExecAttach/success.system_prefix_binding.yaml': PREFIX,
      'polaris/test/checks/rolebindingRolePodExecAttach/success.role_binding_cluster_role_binding.yaml':
        'the role allows everything, commands in pods among it',
      'polaris/test/checks/rolebindingRolePodExecAttach/failure.binding_points_to_missing_ref.yaml#0':
        'a role that is not there grants nothing; rbac-dangling-role-ref speaks where others of its namespace are there',
      'polaris/test/checks/rolePodExecAttach/failure.create_attach_and_exec_using_resource_wildcard.yaml#0': STAR,
      'polaris/test/checks/rolePodExecAttach/failure.get_attach_and_exec_using_resource_wildcard.yaml#0': STAR,
      'polaris/test/checks/clusterrolebindingPodExecAttach/failure.get_attach_and_exec_using_resource_wildcard.yaml':
        STAR,
      'polaris/test/checks/rolebindingClusterRolePodExecAttach/failure.get_attach_and_exec_using_resource_wildcard.yaml':
        STAR,
      'polaris/test/checks/rolebindingRolePodExecAttach/failure.create_attach_and_exec_using_resource_wildcard.yaml':
        STAR,
    },
  },
  'rbac: impersonation': {
    labels: { checkov: ['CKV2_K8S_3'], regolibrary: ['rule-can-impersonate-users-groups-v1'] },
    rules: ['rbac-impersonate', 'rbac-wildcard-all'],
    scope: 'case',
  },
  'rbac: bind and escalate': {
    labels: { checkov: ['CKV_K8S_157', 'CKV_K8S_158', 'CKV2_K8S_1'], regolibrary: ['rule-can-bind-escalate'] },
    rules: ['rbac-escalate-bind', 'rbac-wildcard-all'],
    scope: 'case',
    differ: {
      'checkov/tests/kubernetes/checks/example_RbacBindRoleBindings/clusterrole-failed-1.yaml#0': BINDINGS,
      'checkov/tests/kubernetes/graph/checks/resources/RoleBindingPE/Failing1/*': BINDINGS,
      'checkov/tests/kubernetes/graph/checks/resources/RoleBindingPE/Failing3/*': BINDINGS,
      'checkov/tests/kubernetes/graph/checks/resources/RoleBindingPE/Passing2/*':
        'a user can take the cluster just as a service account can',
    },
  },
  'rbac: tokens': {
    labels: { regolibrary: ['rule-can-create-service-account-token'] },
    rules: ['rbac-token-create', 'rbac-wildcard-all'],
    scope: 'case',
  },
  'rbac: certificates': { labels: { checkov: ['CKV_K8S_156'] }, rules: ['rbac-csr-approve-sign'] },
  'rbac: admission': { labels: { checkov: ['CKV_K8S_155'] }, rules: ['rbac-admission-config-write'] },
  'rbac: traffic': {
    labels: { checkov: ['CKV2_K8S_4'] },
    rules: ['rbac-traffic-redirect-write'],
    scope: 'case',
    differ: {
      'checkov/tests/kubernetes/graph/checks/resources/ModifyServicesStatus/Failing/*':
        'services are not in group rbac.authorization.k8s.io, so the rule grants nothing: rbac-ineffective-rule',
    },
  },
  'rbac: workloads with strong accounts': {
    labels: { regolibrary: ['workload-with-administrative-roles', 'workload-with-cluster-takeover-roles'] },
    rules: ['pod-token-exposure', 'default-service-account-token-mounted'],
    messages: ['mounts', 'shared', 'bound'],
    differ: {
      'regolibrary/rules/workload-with-administrative-roles/test/pass-wl-limited-permissions/*': DEFAULT_ACCOUNT,
    },
  },
  'service accounts that are not there': {
    labels: { regolibrary: ['non-existent-service-account'] },
    rules: ['service-account-not-found'],
  },
};
