import type { World } from '../../src/engine/rule.ts';
import type { KubeVersion } from '../../src/k8s/version.ts';

/** A matter that other linters and we both judge. Further topics go into files of their own, `labels.NAME.map.ts`. */
export interface Topic {
  /** Their rules, by corpus of `corpora/labels.jsonl`. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** Ours: a resource fails when one of these speaks. */
  readonly rules: readonly string[];
  /** Only these messages count, where a rule says more than the label asks. */
  readonly messages?: readonly string[];
  /** Only findings whose message holds this count, where one message speaks of many fields. */
  readonly says?: string;
  /** Where a finding has to be: in the document of the label, in its file, or anywhere in its case. */
  readonly scope?: 'document' | 'file' | 'case';
  readonly options?: unknown;
  readonly version?: KubeVersion;
  readonly world?: World;
  /** Where we differ and why, by `corpus/file#document`; `*` at the end covers all that begin so. */
  readonly differ?: Readonly<Record<string, string>>;
}

export const TOPICS: Readonly<Record<string, Topic>> = {
  'privileged containers': {
    labels: {
      'kube-linter': ['privileged-container'],
      polaris: ['runAsPrivileged'],
      regolibrary: ['rule-privileged-container'],
      'trivy-checks': ['privileged'],
    },
    // kubescape takes SYS_ADMIN for privileged, which it comes to.
    rules: ['privileged-container', 'capability-dangerous-added'],
  },
  'privilege escalation': {
    labels: {
      checkov: ['CKV_K8S_20'],
      'kube-linter': ['privilege-escalation-container'],
      polaris: ['privilegeEscalationAllowed'],
      regolibrary: ['rule-allow-privilege-escalation'],
    },
    rules: ['privilege-escalation-allowed', 'privilege-escalation-not-disabled', 'privileged-container'],
  },
  'host namespaces': {
    labels: {
      'kube-linter': ['host-ipc'],
      polaris: ['hostPIDSet'],
      regolibrary: ['host-pid-ipc-privileges', 'host-ipc-privileges', 'host-network-access'],
      'trivy-checks': ['host_pid'],
    },
    rules: ['host-pid', 'host-ipc', 'host-network'],
  },
  'host ports': {
    labels: { checkov: ['CKV_K8S_26'], polaris: ['hostPortSet'], 'trivy-checks': ['access_to_host_ports'] },
    rules: ['host-port'],
    differ: {
      'checkov/tests/kubernetes/checks/example_HostPort/DS-node-exporter-FAILED.yaml#0':
        'the pod has the network of the node, where every port is a host port: host-network says it once',
    },
  },
  'hostPath volumes': {
    labels: { polaris: ['hostPathSet'], regolibrary: ['alert-any-hostpath'] },
    rules: ['host-path-volume', 'host-path-sensitive', 'container-runtime-socket-mounted', 'kernel-module-loading'],
  },
  'writable hostPath volumes': {
    labels: { regolibrary: ['alert-rw-hostpath'] },
    rules: ['host-path-writable', 'host-path-sensitive', 'container-runtime-socket-mounted'],
  },
  'sensitive hostPath volumes': {
    labels: { 'kube-linter': ['sensitive-host-mounts'] },
    rules: ['host-path-sensitive', 'container-runtime-socket-mounted'],
  },
  'runtime sockets': {
    labels: { regolibrary: ['containers-mounting-docker-socket'], 'trivy-checks': ['mounts_docker_socket'] },
    rules: ['container-runtime-socket-mounted'],
  },
  'volume types': {
    labels: { 'trivy-checks': ['non_core_volume_types'] },
    rules: ['volume-type-restricted', 'host-path-volume', 'host-path-sensitive', 'git-repo-volume'],
  },
  'root users': {
    labels: { checkov: ['CKV_K8S_23'], polaris: ['runAsRootAllowed'], regolibrary: ['non-root-containers'] },
    rules: ['run-as-root-explicit', 'run-as-non-root-missing'],
    differ: {
      'checkov/tests/kubernetes/checks/example_RootContainers/rootContainersFAILED-malformed-spec.yaml#0':
        'spec is a list, which the API server refuses: a matter for schema-wrong-type',
    },
  },
  'user ids below 10000': {
    labels: { checkov: ['CKV_K8S_40'], 'trivy-checks': ['runs_with_UID_le_10000'] },
    rules: ['low-user-id', 'run-as-root-explicit', 'run-as-non-root-missing'],
    differ: {
      'checkov/tests/kubernetes/checks/example_RootContainersHighUID/rootContainersHighUIDPASSED.yaml#3':
        'hostUsers: false keeps the ids apart, but root inside it is still said, at severity low',
      'checkov/tests/kubernetes/checks/example_RootContainersHighUID/rootContainersHighUIDFAILED.yaml#5':
        'runAsUser and securityContext are of a wrong type, which the API server refuses: a matter for schema-wrong-type',
    },
  },
  'capabilities added': {
    labels: {
      checkov: ['CKV_K8S_25', 'CKV_K8S_39'],
      polaris: ['dangerousCapabilities'],
      regolibrary: ['insecure-capabilities'],
      'trivy-checks': ['specific_capabilities_added'],
    },
    rules: [
      'capability-dangerous-added',
      'capability-non-default-added',
      'capability-added-beyond-restricted',
      'kernel-module-loading',
    ],
    differ: {
      'trivy-checks/extracted/specific_capabilities_added.bad0.yaml#0':
        'NET_BIND_SERVICE is the one capability that the level restricted lets a container add',
    },
  },
  'capabilities dropped': {
    labels: {
      checkov: ['CKV_K8S_37'],
      'kube-linter': ['drop-net-raw-capability'],
      polaris: ['insecureCapabilities'],
      regolibrary: ['drop-capability-netraw'],
      'trivy-checks': ['capabilities_no_drop_all'],
    },
    rules: ['capabilities-not-dropped', 'capability-dangerous-added'],
    differ: {
      'polaris/test/checks/insecureCapabilities/*':
        'the default capabilities are dropped by name; the level restricted asks for the word ALL',
      'kube-linter/tests/checks/drop-net-raw-capability.yml#0': 'capabilities is null: nothing is dropped',
      'kube-linter/tests/checks/drop-net-raw-capability.yml#1': 'capabilities is null: nothing is dropped',
    },
  },
  seccomp: {
    labels: {
      checkov: ['CKV_K8S_31'],
      regolibrary: ['set-seccomp-profile', 'set-seccomp-profile-RuntimeDefault'],
      'trivy-checks': ['runtime_default_seccomp_profile_not_set'],
    },
    rules: ['seccomp-profile-missing', 'seccomp-unconfined'],
    differ: {
      'checkov/tests/kubernetes/checks/example_Seccomp/cronjob-seccomp-PASSED.yaml#0':
        'the annotation has no effect since Kubernetes 1.27',
      'regolibrary/rules/set-seccomp-profile-RuntimeDefault/test/pod/input/pod.yaml#0':
        'a Localhost profile is a profile; the level restricted takes it as well',
    },
  },
  'some hardening': {
    labels: { checkov: ['CKV_K8S_29'], polaris: ['linuxHardening'], regolibrary: ['linux-hardening'] },
    rules: ['pod-not-restricted'],
    differ: {
      'polaris/test/checks/linuxHardening/success*':
        'one measure of several is enough there; the level restricted asks for each',
      'regolibrary/rules/linux-hardening/test/pod-level-seccomp-container-without/input/pod.yaml#0':
        'one measure of several is enough there; the level restricted asks for each',
    },
  },
  SELinux: { labels: { 'trivy-checks': ['selinux_custom_options_set'] }, rules: ['selinux-options-unsafe'] },
  'proc mount': {
    labels: {
      'kube-linter': ['unsafe-proc-mount'],
      polaris: ['procMount'],
      'trivy-checks': ['non_default_proc_masks_set'],
    },
    rules: ['proc-mount-unmasked'],
  },
  sysctls: { labels: { 'trivy-checks': ['unsafe_sysctl_options_set'] }, rules: ['sysctl-not-safe'] },
  'Windows HostProcess': {
    labels: { polaris: ['hostProcess'], regolibrary: ['set-hostprocess-true'] },
    rules: ['windows-host-process'],
  },
  'read-only root file system': {
    labels: {
      'kube-linter': ['no-read-only-root-fs'],
      polaris: ['notReadOnlyRootFilesystem'],
      regolibrary: ['immutable-container-filesystem'],
      'trivy-checks': ['file_system_not_read_only'],
    },
    rules: ['read-only-root-filesystem-missing'],
    differ: {
      'regolibrary/rules/immutable-container-filesystem/test/pod-ephemeralcontainer/input/pod.yaml#0':
        'an ephemeral container is a tool of whoever debugs; ephemeral-containers-in-manifest speaks of it',
    },
  },
  'image tags': {
    labels: { checkov: ['CKV_K8S_14'], polaris: ['tagNotSpecified'], 'trivy-checks': ['uses_image_tag_latest'] },
    rules: ['image-tag-mutable'],
    messages: ['untagged', 'floating'],
  },
  'image digests': {
    labels: {
      checkov: ['CKV_K8S_43'],
      'gatekeeper-library': ['k8simagedigests'],
      regolibrary: ['image-not-pinned-to-digest'],
    },
    rules: ['image-not-pinned-by-digest', 'image-tag-mutable', 'image-reference-malformed'],
    differ: {
      'checkov/tests/kubernetes/checks/example_ImageDigest/*':
        'the digests are not of the length that sha256 has: no kubelet pulls such an image',
      'regolibrary/rules/image-not-pinned-to-digest/test/pod-blake3-pinned/input/pod.yaml#0':
        'the kubelet knows no digests but sha256, sha384 and sha512',
      'regolibrary/rules/image-not-pinned-to-digest/test/pod-exempted-repo/input/pod.yaml#0':
        'exempt by a configuration that comes with the case; ours is the option digestExempt',
    },
  },
  'pull policy': {
    labels: {
      checkov: ['CKV_K8S_15'],
      polaris: ['pullPolicyNotAlways'],
      regolibrary: ['image-pull-policy-is-not-set-to-always'],
    },
    rules: ['image-pull-policy-stale'],
    differ: {
      'polaris/test/checks/pullPolicyNotAlways/failure.cron-job.yaml#0':
        'without a tag and a policy the kubelet pulls always',
    },
  },
  'allowed registries': {
    labels: { 'gatekeeper-library': ['k8sallowedrepos', 'k8sallowedreposv2'] },
    rules: ['image-registry-not-allowed'],
    options: { allow: ['docker.io/openpolicyagent', 'docker.io/library/ubuntu'] },
  },
  'secrets in the environment': {
    labels: {
      'kube-linter': ['env-var-secret'],
      polaris: ['sensitiveContainerEnvVar'],
      regolibrary: ['rule-credentials-in-env-var'],
    },
    rules: ['secret-literal-in-env'],
    differ: {
      'kube-linter/tests/checks/env-var-secret.yml#2':
        'SECRET_BLAH: what a name ends in says what it holds; SECRET_NAME and SECRET_PATH hold none',
      'kube-linter/tests/checks/env-var-secret.yml#3':
        'SECRET_BLAH: what a name ends in says what it holds; SECRET_NAME and SECRET_PATH hold none',
      'regolibrary/rules/rule-credentials-in-env-var/test/cronjob-initcontainer-envfrom-secretref/input/cronjob.yaml#0':
        'a reference to a Secret is no literal: secret-env-from-whole speaks of it',
      'regolibrary/rules/rule-credentials-in-env-var/test/cronjob/input/cronjob.yaml#0':
        'four characters are taken for a placeholder',
      'regolibrary/rules/rule-credentials-in-env-var/test/env-value-lowercase-bearer/input/pod.yaml#0':
        'nine characters behind "bearer" are no token that anybody issues',
    },
  },
  'secrets passed by environment': {
    labels: { checkov: ['CKV_K8S_35'], regolibrary: ['rule-secrets-in-env-var'] },
    rules: ['secret-as-env-var', 'secret-env-from-whole'],
    differ: {
      'regolibrary/rules/rule-secrets-in-env-var/test/pod-initcontainer-secretkeyref/input/pod.yaml#0':
        'an init container is gone before the pod serves anyone',
    },
  },
  'secrets in ConfigMaps': {
    labels: {
      polaris: ['sensitiveConfigmapContent'],
      regolibrary: ['rule-credentials-configmap'],
      'trivy-checks': ['configMap_with_secrets'],
    },
    rules: ['secret-in-configmap'],
    differ: {
      'regolibrary/rules/rule-credentials-configmap/test/test/input/configmap.yaml#0':
        '"XXXX" and "hi" are placeholders',
    },
  },
  'service account tokens': {
    labels: {
      polaris: ['automountServiceAccountToken'],
      regolibrary: ['automount-service-account'],
      'trivy-checks': ['protecting_pod_service_account_tokens'],
    },
    rules: ['service-account-token-automounted', 'default-service-account-token-mounted'],
    differ: {
      'trivy-checks/extracted/protecting_pod_service_account_tokens.good0.yaml#0':
        'the pod does get the token of the default account; that check looks for mounts that are written out',
    },
  },
  'tokens of accounts that are bound': {
    labels: { regolibrary: ['serviceaccount-token-mount'] },
    rules: ['default-service-account-token-mounted'],
    messages: ['bound'],
  },
  'default service account': {
    labels: {
      checkov: ['CKV_K8S_41'],
      'kube-linter': ['default-service-account'],
      regolibrary: ['automount-default-service-account'],
    },
    rules: ['default-service-account-token-mounted', 'default-service-account-automount'],
  },
  'deprecated serviceAccount': {
    labels: { regolibrary: ['deprecated-service-account-field'] },
    rules: ['service-account-deprecated-field'],
  },
  'memory limits': {
    labels: {
      'kube-linter': ['unset-memory-requirements'],
      polaris: ['memoryLimitsMissing'],
      regolibrary: ['resources-memory-limits', 'resources-memory-limit-and-request'],
    },
    rules: ['memory-limit-missing', 'memory-request-missing', 'qos-best-effort'],
    differ: {
      'regolibrary/rules/resources-memory-limit-and-request/test/pod-only-requests/input/pod.yaml#0':
        'a request that is left out is the limit (defaulting of the API server)',
    },
  },
  'memory requests': {
    labels: { checkov: ['CKV_K8S_12'], regolibrary: ['resources-memory-requests'] },
    rules: ['memory-request-missing', 'qos-best-effort'],
    differ: {
      'regolibrary/rules/resources-memory-requests/test/pod-only-requests/input/pod.yaml#0':
        'a request that is left out is the limit (defaulting of the API server)',
    },
  },
  'cpu bounds': {
    labels: {
      checkov: ['CKV_K8S_11'],
      regolibrary: ['resources-cpu-limits', 'resources-cpu-requests', 'resources-cpu-limit-and-request'],
    },
    rules: ['cpu-limit-missing', 'cpu-request-missing', 'qos-best-effort'],
    differ: {
      'regolibrary/rules/resources-cpu-requests/test/pod-only-requests/input/pod.yaml#0':
        'a request that is left out is the limit (defaulting of the API server)',
      'regolibrary/rules/resources-cpu-limit-and-request/test/pod-only-requests/input/pod.yaml#0':
        'a request that is left out is the limit (defaulting of the API server)',
    },
  },
  'any bounds': {
    labels: { regolibrary: ['resource-policies'] },
    rules: [
      'cpu-limit-missing',
      'cpu-request-missing',
      'memory-limit-missing',
      'memory-request-missing',
      'qos-best-effort',
    ],
  },
  'namespace default': {
    labels: {
      checkov: ['CKV_K8S_21'],
      'kube-linter': ['use-namespace'],
      regolibrary: [
        'pods-in-default-namespace',
        'podtemplate-in-default-namespace',
        'replicationcontroller-in-default-namespace',
        'rolebinding-in-default-namespace',
        'service-in-default-namespace',
        'serviceaccount-in-default-namespace',
      ],
    },
    rules: ['workload-in-default-namespace'],
  },
  'Pod Security admission': {
    labels: {
      regolibrary: [
        'pod-security-admission-applied-1',
        'pod-security-admission-baseline-applied-1',
        'pod-security-admission-restricted-applied-1',
      ],
    },
    rules: ['psa-enforce-label-missing', 'psa-enforce-privileged'],
  },
  'sudo in commands': {
    labels: { regolibrary: ['sudo-in-container-entrypoint'] },
    rules: ['sudo-in-command'],
    differ: {
      'regolibrary/rules/sudo-in-container-entrypoint/test/pod/input/pod.yaml#0':
        'without a shell "sudo printenv" is the name of one file, which is not there',
    },
  },
  'pods without a controller': {
    labels: { polaris: ['nakedPod'], regolibrary: ['naked-pods'] },
    rules: ['naked-pod'],
    differ: {
      'polaris/test/checks/nakedPod/success.yaml#0': 'it is a Pod without a controller',
    },
  },
  'liveness probes': {
    labels: {
      'kube-linter': ['no-liveness-probe'],
      polaris: ['livenessProbeMissing'],
      regolibrary: ['configured-liveness-probe'],
    },
    rules: ['liveness-probe-missing'],
    differ: {
      'polaris/test/checks/livenessProbeMissing/failure.yaml#0': 'a Pod by itself: naked-pod speaks of it',
    },
  },
  'readiness probes': {
    labels: { checkov: ['CKV_K8S_9'], 'kube-linter': ['no-readiness-probe'], polaris: ['readinessProbeMissing'] },
    rules: ['readiness-probe-missing'],
    differ: {
      'checkov/tests/kubernetes/checks/example_LivenessReadiness/pod-liveness-readiness-2pods.yaml#0':
        'no Service sends it traffic',
      'kube-linter/tests/checks/no-readiness-probe.yml#*': 'no Service sends it traffic',
      'polaris/test/checks/readinessProbeMissing/failure.yaml#0': 'no Service sends it traffic',
    },
  },
  'ports of probes': {
    labels: { 'kube-linter': ['readiness-port', 'startup-port'] },
    rules: ['probe-port-undefined'],
    differ: {
      'kube-linter/tests/checks/readiness-port.yml#0': 'one document holds containers that fire and others that do not',
      'kube-linter/tests/checks/startup-port.yml#0': 'one document holds containers that fire and others that do not',
    },
  },
  replicas: {
    labels: { 'kube-linter': ['minimum-three-replicas'], polaris: ['deploymentMissingReplicas'] },
    rules: ['replicas-too-few'],
    differ: {
      'kube-linter/tests/checks/minimum-three-replicas.yml#*': 'it asks for three, we for two',
      'polaris/test/checks/deploymentMissingReplicas/failure.yaml#0':
        'v1 has no kind Deployment: the API server refuses it',
    },
  },
  'disruption budgets': {
    labels: { polaris: ['missingPodDisruptionBudget'] },
    rules: ['pod-disruption-budget-missing'],
    differ: {
      'polaris/test/checks/missingPodDisruptionBudget/failure*':
        'one replica: a budget over it could only keep nodes from being drained',
    },
  },
  'budgets that block': {
    labels: { 'kube-linter': ['pdb-max-unavailable'], polaris: ['pdbDisruptionsIsZero'] },
    rules: ['pod-disruption-budget-blocks-drain'],
    differ: {
      'polaris/test/checks/pdbDisruptionsIsZero/failure*':
        'v1 has no kind PodDisruptionBudget: the API server refuses it',
    },
  },
};
