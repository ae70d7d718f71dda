import type { Topic } from './labels.map.ts';

const REGO = 'ensure-that-the-api-server-';
const PLUGIN = 'ensure-that-the-admission-control-plugin-';
const MANAGER = 'ensure-that-the-controller-manager-';

/** Both files of such a case hold a Pod of one name, and their verdict is about the case. */
const SECOND = 'the verdict is about both files of the case, and kept for the first alone';
const OLD = 'the image is kube-apiserver 1.6, which serves port 8080 without TLS by default';
const DUMP = "a dump of Kubescape's host sensor, no manifest";
const SUITES = 'the list holds 3DES or suites without forward secrecy, which older benchmarks still let pass';
const DEFAULTS =
  'enabled plugins are added to those that are on by default: ServiceAccount and NamespaceLifecycle are on';
const OTHERS = 'another plugin that is on by default is disabled there';
const BACKEND = 'a policy without a backend, or a log without a policy, records nothing';
const RETENTION = 'a limit that is not set keeps everything: only a short one loses events';
const RULES = 'regolibrary/rules/';
const CHECKS = 'checkov/tests/kubernetes/checks/example_';

function second(...rules: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(rules.map((rule) => [`${RULES}${rule}/test/failed/input/2.yaml#0`, SECOND]));
}

/** One matter: ids of checkov without their prefix, of regolibrary as they are, and our rules. */
function topic(
  checkov: readonly number[],
  regolibrary: readonly string[],
  rules: readonly string[],
  more: Partial<Topic> = {},
): Topic {
  const labels = {
    ...(checkov.length === 0 ? {} : { checkov: checkov.map((id) => `CKV_K8S_${id}`) }),
    ...(regolibrary.length === 0 ? {} : { regolibrary }),
  };
  return { labels, rules, scope: 'case', ...more };
}

/** What others ask of the cluster's own files, and which of our rules answers. */
export const TOPICS: Readonly<Record<string, Topic>> = {
  'api server: anonymous requests': topic(
    [68],
    [`${REGO}anonymous-auth-argument-is-set-to-false`],
    ['apiserver-anonymous-auth', 'apiserver-authorization-always-allow'],
    {
      messages: ['explicit', 'default', 'file'],
      differ: {
        [`${CHECKS}ApiServerAnonymousAuth/ApiServer-AnonymousAuth-False-PASSED.yaml#0`]:
          'the Pod sets no authorization mode, so that everything is allowed: another rule of the two',
        ...second(`${REGO}anonymous-auth-argument-is-set-to-false`),
      },
    },
  ),
  'api server: tokens in a file': topic(
    [70],
    [`${REGO}token-auth-file-parameter-is-not-set`],
    ['apiserver-static-credentials'],
    {
      differ: second(`${REGO}token-auth-file-parameter-is-not-set`),
    },
  ),
  'api server: authority for clients': topic(
    [],
    [`${REGO}client-ca-file-argument-is-set-as-appropriate`],
    ['apiserver-client-ca-missing'],
  ),
  'api server: AlwaysAllow': topic(
    [74],
    [`${REGO}authorization-mode-argument-is-not-set-to-AlwaysAllow`],
    ['apiserver-authorization-always-allow'],
  ),
  'api server: modes': topic(
    [75, 77],
    [`${REGO}authorization-mode-argument-includes-Node`, `${REGO}authorization-mode-argument-includes-RBAC`],
    ['apiserver-authorization-modes-incomplete', 'apiserver-authorization-always-allow'],
    {
      messages: ['rbac', 'node', 'explicit', 'default'],
      differ: {
        [`${CHECKS}ApiServerAuthorizationModeRBAC/ApiServer-PASSED-2.yaml#0`]:
          'RBAC is there and Node is not, which is the other half of the rule',
      },
    },
  ),
  'api server: ports': topic(
    [86, 88, 89],
    [`${REGO}secure-port-argument-is-not-set-to-0`],
    ['apiserver-insecure-port', 'apiserver-secure-port-zero'],
    {
      differ: {
        [`${CHECKS}ApiServerInsecureBindAddress/*`]: OLD,
        [`${CHECKS}ApiServerSecurePort/*`]: OLD,
        [`${RULES}${REGO}secure-port-argument-is-not-set-to-0/test/failed/input/1.yaml#0`]:
          'a second --secure-port follows and counts: control-plane-flag-conflict',
      },
    },
  ),
  'api server: kubelets': topic(
    [71, 73],
    [`${REGO}kubelet-certificate-authority-argument-is-set-as-appropriate`],
    ['apiserver-kubelet-ca-missing'],
    {
      differ: {
        [`${CHECKS}ApiServerKubeletHttps/ApiServer-PASSED-2.yaml#0`]:
          'HTTPS is on by default, and the authority that verifies it is missing: the other half of the rule',
      },
    },
  ),
  'api server: certificate for kubelets': topic(
    [],
    [`${REGO}kubelet-client-certificate-and-kubelet-client-key-arguments-are-set-as-appropriate`],
    ['apiserver-kubelet-client-cert'],
    {
      differ: {
        [`${RULES}${REGO}kubelet-client-certificate-and-kubelet-client-key-arguments-are-set-as-appropriate/test/failed/*`]:
          SECOND,
      },
    },
  ),
  'api server: AlwaysAdmit': topic([79], [`${PLUGIN}AlwaysAdmit-is-not-set`], ['apiserver-always-admit'], {
    differ: second(`${PLUGIN}AlwaysAdmit-is-not-set`),
  }),
  'api server: AlwaysPullImages': topic([80], [`${PLUGIN}AlwaysPullImages-is-set`], ['apiserver-always-pull-images'], {
    differ: second(`${PLUGIN}AlwaysPullImages-is-set`),
  }),
  'api server: EventRateLimit': topic([78], [`${PLUGIN}EventRateLimit-is-set`], ['apiserver-event-rate-limit'], {
    differ: second(`${PLUGIN}EventRateLimit-is-set`),
  }),
  'api server: DenyServiceExternalIPs': topic(
    [],
    [`${REGO}DenyServiceExternalIPs-is-set`],
    ['apiserver-service-external-ips'],
  ),
  'api server: NodeRestriction': topic(
    [85],
    [`${PLUGIN}NodeRestriction-is-set`],
    ['apiserver-node-restriction-missing'],
    {
      differ: second(`${PLUGIN}NodeRestriction-is-set`),
    },
  ),
  'api server: plugins that are on by default': topic(
    [82, 83],
    [`${PLUGIN}NamespaceLifecycle-is-set`, `${PLUGIN}ServiceAccount-is-set`],
    ['apiserver-default-plugin-disabled'],
    {
      differ: {
        [`${CHECKS}ApiServerServiceAccountPlugin/*`]: DEFAULTS,
        [`${CHECKS}ApiServerNamespaceLifecyclePlugin/*`]: DEFAULTS,
        ...second(`${PLUGIN}NamespaceLifecycle-is-set`, `${PLUGIN}ServiceAccount-is-set`),
        [`${RULES}${PLUGIN}NamespaceLifecycle-is-set/test/passed/*`]: OTHERS,
        [`${RULES}${PLUGIN}ServiceAccount-is-set/test/passed/*`]: OTHERS,
      },
    },
  ),
  'api server: audit': topic(
    [91],
    [`${REGO}audit-log-path-argument-is-set`, 'k8s-audit-logs-enabled-native', 'k8s-audit-logs-enabled-native-cis'],
    ['apiserver-audit-disabled', 'apiserver-audit-ineffective'],
    {
      differ: {
        [`${RULES}${REGO}audit-log-path-argument-is-set/test/passed/*`]: BACKEND,
        [`${RULES}k8s-audit-logs-enabled-native/test/rke2-args/*`]: BACKEND,
        [`${RULES}k8s-audit-logs-enabled-native-cis/test/rke2-args/*`]: BACKEND,
      },
    },
  ),
  'api server: audit retention': topic(
    [92, 93],
    [
      `${REGO}audit-log-maxage-argument-is-set-to-30-or-as-appropriate`,
      `${REGO}audit-log-maxbackup-argument-is-set-to-10-or-as-appropriate`,
      `${REGO}audit-log-maxsize-argument-is-set-to-100-or-as-appropriate`,
    ],
    ['apiserver-audit-retention'],
    {
      differ: {
        [`${CHECKS}ApiServerAuditLogMax*`]: RETENTION,
        [`${RULES}${REGO}audit-log-max*`]: RETENTION,
      },
    },
  ),
  'api server: secrets at rest': topic(
    [104],
    [`${REGO}encryption-provider-config-argument-is-set-as-appropriate`, 'etcd-encryption-native'],
    ['apiserver-secrets-not-encrypted'],
  ),
  'api server: etcd': topic(
    [],
    [
      `${REGO}etcd-cafile-argument-is-set-as-appropriate`,
      `${REGO}etcd-certfile-and-etcd-keyfile-arguments-are-set-as-appropriate`,
    ],
    ['apiserver-etcd-tls'],
  ),
  'api server: serving certificate': topic(
    [100],
    [`${REGO}tls-cert-file-and-tls-private-key-file-arguments-are-set-as-appropriate`],
    ['apiserver-serving-cert'],
  ),
  'api server: profiling': topic([90], [`${REGO}profiling-argument-is-set-to-false`], ['control-plane-profiling'], {
    differ: second(`${REGO}profiling-argument-is-set-to-false`),
  }),
  'api server: request timeout': topic(
    [95],
    [`${REGO}request-timeout-argument-is-set-as-appropriate`],
    ['apiserver-request-timeout'],
  ),
  'api server: service accounts': topic(
    [97],
    [`${REGO}service-account-key-file-argument-is-set-as-appropriate`],
    ['apiserver-service-account-keys'],
    {
      differ: {
        [`${CHECKS}ApiServerServiceAccountKeyFile/*`]:
          'checkov asks that the name of the file ends in .pem; the server does not',
      },
    },
  ),
  'api server: lookup of accounts': topic(
    [],
    [`${REGO}service-account-lookup-argument-is-set-to-true`],
    ['apiserver-service-account-lookup'],
  ),
  'cipher suites': topic(
    [105, 151],
    [
      'ensure-that-the-API-Server-only-makes-use-of-Strong-Cryptographic-Ciphers',
      'ensure-that-the-API-Server-only-makes-use-of-Strong-Cryptographic-Ciphers-cis1-10',
      'kubelet-strong-cryptography-ciphers',
    ],
    ['tls-weak-ciphers'],
    {
      differ: {
        [`${RULES}ensure-that-the-API-Server-only-makes-use-of-Strong-Cryptographic-Ciphers/test/*`]: SUITES,
        [`${RULES}ensure-that-the-API-Server-only-makes-use-of-Strong-Cryptographic-Ciphers-cis1-10/test/failed/*`]:
          SECOND,
        [`${RULES}kubelet-strong-cryptography-ciphers/*`]: DUMP,
      },
    },
  ),
  'controller manager: finished pods': topic([106], [], ['controller-manager-pod-gc'], {
    differ: {
      [`${CHECKS}KubeControllerManagerTerminatedPods/*`]: 'a threshold without a value sets none: 12500 by default',
    },
  }),
  'controller manager: profiling': topic(
    [107],
    [`${MANAGER}profiling-argument-is-set-to-false`],
    ['control-plane-profiling'],
  ),
  'controller manager: credentials': topic(
    [108],
    [`${MANAGER}use-service-account-credentials-argument-is-set-to-true`],
    ['controller-manager-sa-credentials'],
    { differ: second(`${MANAGER}use-service-account-credentials-argument-is-set-to-true`) },
  ),
  'controller manager: keys': topic(
    [110],
    [`${MANAGER}service-account-private-key-file-argument-is-set-as-appropriate`],
    ['apiserver-service-account-keys'],
  ),
  'controller manager: root authority': topic(
    [],
    [`${MANAGER}root-ca-file-argument-is-set-as-appropriate`],
    ['controller-manager-root-ca'],
  ),
  'rotation of serving certificates': topic(
    [112],
    [`${MANAGER}RotateKubeletServerCertificate-argument-is-set-to-true`],
    ['control-plane-risky-gates'],
  ),
  'bind addresses': topic(
    [113, 115],
    [
      `${MANAGER}bind-address-argument-is-set-to-127.0.0.1`,
      'ensure-that-the-scheduler-bind-address-argument-is-set-to-127.0.0.1',
    ],
    ['control-plane-bind-address'],
    { differ: second(`${MANAGER}bind-address-argument-is-set-to-127.0.0.1`) },
  ),
  'etcd: clients': topic(
    [116, 117],
    ['etcd-client-auth-cert', 'etcd-tls-enabled'],
    ['etcd-client-tls', 'etcd-auto-tls'],
  ),
  'etcd: certificates of its own': topic(
    [118],
    ['etcd-auto-tls-disabled', 'etcd-peer-auto-tls-disabled'],
    ['etcd-auto-tls'],
  ),
  'etcd: peers': topic(
    [121],
    ['etcd-peer-client-auth-cert', 'etcd-peer-tls-enabled'],
    ['etcd-peer-tls', 'etcd-auto-tls'],
    {
      differ: {
        [`${CHECKS}PeerClientCertAuthTrue/*`]: 'peers are reached by plain HTTP, where no certificate is asked for',
        [`${RULES}etcd-peer-client-auth-cert/test/test-passed/*`]:
          'peers have no certificate: --peer-cert-file is not set',
      },
    },
  ),
  'etcd: authority': topic([], ['etcd-unique-ca'], ['etcd-shared-ca']),
  'kubelet: anonymous requests': topic([138], ['anonymous-requests-to-kubelet-updated'], ['kubelet-anonymous-auth'], {
    differ: { [`${RULES}anonymous-requests-to-kubelet-updated/*`]: DUMP },
  }),
  'kubelet: authorization': topic(
    [],
    ['kubelet-authorization-mode-alwaysAllow'],
    ['kubelet-authorization-always-allow'],
    {
      differ: { [`${RULES}kubelet-authorization-mode-alwaysAllow/*`]: DUMP },
    },
  ),
  'kubelet: authority for clients': topic(
    [140],
    ['enforce-kubelet-client-tls-authentication-updated'],
    ['kubelet-client-ca-missing'],
    {
      differ: { [`${RULES}enforce-kubelet-client-tls-authentication-updated/*`]: DUMP },
    },
  ),
  'kubelet: idle sessions': topic([143], [], ['kubelet-streaming-timeout']),
  'kubelet: chains': topic([145], [], ['kubelet-iptables-util-chains']),
  'kubelet: name': topic([146], [], ['kubelet-hostname-override']),
  'kubelet: events': topic([147], ['kubelet-event-qps'], ['kubelet-event-qps'], {
    differ: {
      [`${CHECKS}KubletEventCapture/*`]: 'two events a second lose most of what happens',
      [`${RULES}kubelet-event-qps/*`]: DUMP,
    },
  }),
  'kubelet: certificates': topic(
    [149],
    ['kubelet-rotate-certificates', 'validate-kubelet-tls-configuration-updated'],
    ['kubelet-cert-rotation'],
    {
      differ: {
        [`${CHECKS}KubletRotateCertificates/*`]:
          'the client certificate is renewed, and the serving certificate is self-signed',
        [`${RULES}kubelet-rotate-certificates/*`]: DUMP,
        [`${RULES}validate-kubelet-tls-configuration-updated/*`]: DUMP,
      },
    },
  ),
  'kubelet: kernel tunables': topic([], ['kubelet-protect-kernel-defaults'], ['kubelet-protect-kernel-defaults'], {
    differ: { [`${RULES}kubelet-protect-kernel-defaults/*`]: DUMP },
  }),
  'kubelet: process ids': topic([], ['kubelet-set-pod-limit'], ['kubelet-pod-pids-limit']),
  'audit policy': topic(
    [],
    ['audit-policy-content'],
    ['audit-policy-coverage-gap', 'audit-policy-leaks-secrets', 'audit-policy-invalid'],
    {
      differ: { [`${RULES}audit-policy-content/*`]: DUMP },
    },
  ),
  'encryption configuration': topic(
    [],
    [`${REGO}encryption-providers-are-appropriately-configured`],
    ['encryption-identity-first', 'encryption-weak-provider'],
    { differ: { [`${RULES}${REGO}encryption-providers-are-appropriately-configured/*`]: DUMP } },
  ),
};
