import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rules } from '../../src/rules/index.ts';
import { lintTexts } from '../../src/testing/rule-tester.ts';

const CORPORA = path.resolve(import.meta.dirname, '../../../shared/corpora');

interface Label {
  readonly corpus: string;
  readonly file: string;
  readonly doc: number;
  readonly rule: string;
  readonly expected: 'pass' | 'fail';
}

const ROOT = ['run-as-non-root-missing', 'run-as-root-explicit'];
const ESCALATION = ['privilege-escalation-allowed', 'privilege-escalation-not-disabled', 'privileged-container'];
const ADDED = ['capability-dangerous-added', 'capability-non-default-added', 'capability-added-beyond-restricted'];
const SECCOMP = ['seccomp-profile-missing', 'seccomp-unconfined'];
const HOST_PATH = ['host-path-volume', 'host-path-sensitive', 'container-runtime-socket-mounted'];

/** Checks of other linters about what the Pod Security Standards judge, and our rules about the same. */
const SAME: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  checkov: {
    CKV_K8S_4: ['psp-permissive-field'],
    CKV_K8S_6: ['psp-permissive-field'],
    CKV_K8S_20: ESCALATION,
    CKV_K8S_23: ROOT,
    CKV_K8S_25: ADDED,
    CKV_K8S_26: ['host-port'],
    CKV_K8S_29: ['pod-not-restricted'],
    CKV_K8S_31: SECCOMP,
    CKV_K8S_37: ['capabilities-not-dropped'],
    CKV_K8S_39: ['capability-dangerous-added'],
    CKV_K8S_40: ['low-user-id', ...ROOT],
  },
  'kube-linter': {
    'drop-net-raw-capability': ['capabilities-not-dropped'],
    'host-ipc': ['host-ipc'],
    'privilege-escalation-container': ESCALATION,
    'privileged-container': ['privileged-container'],
    'unsafe-proc-mount': ['proc-mount-unmasked'],
  },
  regolibrary: {
    'drop-capability-netraw': ['capabilities-not-dropped'],
    'host-ipc-privileges': ['host-ipc'],
    'host-network-access': ['host-network'],
    'host-pid-ipc-privileges': ['host-pid', 'host-ipc'],
    'insecure-capabilities': ['capability-dangerous-added'],
    'non-root-containers': ROOT,
    'pod-security-admission-applied-1': ['psa-enforce-label-missing'],
    'pod-security-admission-baseline-applied-1': ['psa-enforce-label-missing', 'psa-enforce-privileged'],
    'rule-allow-privilege-escalation': ESCALATION,
    'rule-privileged-container': ['privileged-container', 'capability-dangerous-added'],
    'set-hostprocess-true': ['windows-host-process'],
    'set-seccomp-profile': ['seccomp-profile-missing'],
    'set-sysctls-params': ['sysctl-not-safe'],
  },
  'gatekeeper-library': {
    k8spspallowprivilegeescalationcontainer: ['privilege-escalation-allowed', 'privilege-escalation-not-disabled'],
    k8spspapparmor: ['apparmor-unconfined'],
    k8spsphostnetworkingports: ['host-network', 'host-port'],
    k8spsphostprobeslifecycle: ['probe-host-set'],
    k8spspprivilegedcontainer: ['privileged-container'],
    k8spspselinuxv2: ['selinux-options-unsafe'],
  },
  polaris: {
    dangerousCapabilities: ['capability-dangerous-added'],
    hostPIDSet: ['host-pid'],
    hostPathSet: HOST_PATH,
    hostPortSet: ['host-port'],
    hostProcess: ['windows-host-process'],
    insecureCapabilities: ['capabilities-not-dropped'],
    privilegeEscalationAllowed: ESCALATION,
    procMount: ['proc-mount-unmasked'],
    runAsPrivileged: ['privileged-container'],
    runAsRootAllowed: ROOT,
  },
  'trivy-checks': {
    access_to_host_ports: ['host-port'],
    capabilities_no_drop_all: ['capabilities-not-dropped'],
    host_pid: ['host-pid'],
    non_core_volume_types: ['volume-type-restricted', ...HOST_PATH],
    non_default_proc_masks_set: ['proc-mount-unmasked'],
    privileged: ['privileged-container'],
    runs_with_UID_le_10000: ['low-user-id', ...ROOT],
    runtime_default_seccomp_profile_not_set: ['seccomp-unconfined'],
    selinux_custom_options_set: ['selinux-options-unsafe'],
    specific_capabilities_added: ADDED,
    unsafe_sysctl_options_set: ['sysctl-not-safe'],
  },
};

/** Where we differ, and why. */
const ARGUED: Readonly<Record<string, string>> = {
  'checkov CKV_K8S_23 rootContainersFAILED-malformed-spec.yaml#0':
    'the spec is a list: a matter of the schema, and no pod to judge',
  'checkov CKV_K8S_26 DS-node-exporter-FAILED.yaml#0':
    'hostNetwork opens every port of the container anyway: host-network tells it',
  'checkov CKV_K8S_31 cronjob-seccomp-PASSED.yaml#0': 'the annotation is ignored since Kubernetes 1.27',
  'checkov CKV_K8S_40 rootContainersHighUIDFAILED.yaml#5':
    'runAsUser and securityContext of the wrong type: a matter of the schema',
  'checkov CKV_K8S_40 rootContainersHighUIDPASSED.yaml#3':
    'hostUsers: false keeps UIDs apart, and the image may still be root inside: told as low',
  'kube-linter drop-net-raw-capability drop-net-raw-capability.yml#0':
    'dropping NET_RAW alone keeps the other default capabilities: told as info',
  'kube-linter drop-net-raw-capability drop-net-raw-capability.yml#1':
    'dropping NET_RAW alone keeps the other default capabilities: told as info',
  'gatekeeper-library k8spspallowprivilegeescalationcontainer example_allowed_exempt.yaml#0':
    'exempt by a parameter of the constraint',
  'gatekeeper-library k8spspprivilegedcontainer example_allowed_exempt.yaml#0':
    'exempt by a parameter of the constraint',
  'gatekeeper-library k8spsphostnetworkingports example_allowed_in_range.yaml#0':
    'a range of ports that the constraint allows; Pod Security allows none',
  'gatekeeper-library k8spsphostnetworkingports example_allowed_no_ports.yaml#0':
    'the host network that the constraint allows; Pod Security does not',
  'gatekeeper-library k8spsphostnetworkingports example_allowed_out_of_range_exempted.yaml#0':
    'exempt by a parameter of the constraint',
  'polaris insecureCapabilities success.case.yaml#0': 'names some capabilities to drop; restricted asks for ALL',
  'polaris insecureCapabilities success.pod.yaml#0': 'names some capabilities to drop; restricted asks for ALL',
  'polaris insecureCapabilities success.yaml#0': 'names some capabilities to drop; restricted asks for ALL',
  'trivy-checks specific_capabilities_added specific_capabilities_added.bad0.yaml#0':
    'NET_BIND_SERVICE is the one capability that restricted allows',
};

describe.skipIf(!existsSync(CORPORA))('labels of other linters (skipped where ../shared/corpora is not)', () => {
  it('agree with our rules about the same, but for what is argued', () => {
    const differing = new Set<string>();
    const agreement = new Map<string, { of: number; agreed: number }>();
    for (const { corpus, file, doc, rule, expected } of labels()) {
      const ids = SAME[corpus]?.[rule];
      if (ids === undefined) continue;
      const text = readFileSync(path.join(CORPORA, corpus, file), 'utf8');
      const { findings } = lintTexts(
        rules.filter(({ id }) => ids.includes(id)),
        { [file]: text },
      );
      const fails = findings.some(({ document }) => document === doc);
      const topic = agreement.get(`${corpus} ${rule}`) ?? { of: 0, agreed: 0 };
      agreement.set(`${corpus} ${rule}`, topic);
      topic.of++;
      if (fails === (expected === 'fail')) topic.agreed++;
      else differing.add(`${corpus} ${rule} ${path.basename(file)}#${doc}`);
    }
    expect([...differing].sort()).toEqual(Object.keys(ARGUED).sort());
    const total = [...agreement.values()].reduce((sum, { of, agreed }) => [sum[0]! + agreed, sum[1]! + of], [0, 0]);
    console.log(`labels of shared topics: ${total[0]} of ${total[1]} agree, ${agreement.size} topics`);
    expect(total[1]).toBeGreaterThan(150);
  });
});

function labels(): readonly Label[] {
  const text = readFileSync(path.join(CORPORA, 'labels.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Label);
}
