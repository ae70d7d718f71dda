import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { sysctlNamespace } from '../../k8s/pod-security/sysctl-namespace.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';
import { holds } from './_hardening.ts';

export default defineRule({
  id: 'security-context-contradiction',
  title: 'Combination that the API server or the kubelet refuses',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  on: 'pod',
  supersedes: ['run-as-root-explicit', 'process-namespace-shared'],
  messages: {
    escalation: 'allowPrivilegeEscalation: false cannot be combined with {other}: the API server refuses the pod',
    nonRoot: 'runAsUser: 0 cannot be combined with runAsNonRoot: true: the kubelet does not start container "{name}"',
    procMount:
      'procMount: Unmasked cannot be combined with the user namespace of the host: the API server demands hostUsers: false',
    hostUsers: '{field}: true cannot be combined with hostUsers: false: the API server refuses the pod',
    sharedPid: 'shareProcessNamespace: true cannot be combined with hostPID: true: the API server refuses the pod',
    profile: '{kind} type Localhost needs a localhostProfile: the API server refuses the pod',
    needless: 'localhostProfile cannot be combined with {kind} type {type}: the API server refuses the pod',
    profilePath:
      'localhostProfile "{value}" is not a path below the profiles of the node: the API server refuses the pod',
    windows: '{field} cannot be combined with os.name: windows: the API server refuses the pod',
    linux: 'windowsOptions cannot be combined with os.name: linux: the API server refuses the pod',
    sysctl: 'sysctl "{name}" cannot be combined with {field}: true: the API server refuses the pod',
    hostProcessNetwork:
      'hostProcess: true cannot be combined with a network of its own: the API server demands hostNetwork: true',
    hostProcessAll:
      'HostProcess containers cannot be combined with others: container "{name}" is none, and the API server refuses the pod',
    hostProcessPod:
      'hostProcess: {own} of container "{name}" cannot be combined with hostProcess: {pod} of the pod: the API server refuses it',
  },
  check(pod, context) {
    const { spec, securityContext, containers } = pod;
    if (holds(spec, 'os')) {
      if (pod.os === 'windows') refusedFor(WINDOWS_REFUSES_POD, WINDOWS_REFUSES_CONTAINER, 'windows');
      else if (pod.os === 'linux') refusedFor(LINUX_REFUSES_POD, LINUX_REFUSES_CONTAINER, 'linux');
    }
    if (holds(spec, 'hostUsers') && spec.get('hostUsers').boolean === false) {
      for (const field of ['hostPID', 'hostIPC', 'hostNetwork'] as const) {
        const node = spec.get(field);
        if (node.boolean !== true) continue;
        context.report(node, 'hostUsers', {
          data: { field },
          related: [{ at: spec.get('hostUsers'), message: 'hostUsers is false' }],
        });
      }
    }
    if (holds(spec, 'shareProcessNamespace')) {
      const shared = spec.get('shareProcessNamespace');
      if (shared.boolean === true && spec.get('hostPID').boolean === true) {
        context.report(shared, 'sharedPid', { related: [{ at: spec.get('hostPID'), message: 'hostPID is true' }] });
      }
    }
    profiles(securityContext);
    if (holds(securityContext, 'sysctls')) sysctls();
    let hostProcesses = holds(securityContext, 'windowsOptions');
    for (const container of containers) {
      look(container);
      hostProcesses ||= holds(container.securityContext, 'windowsOptions');
    }
    if (hostProcesses) hostProcess();

    function look(container: ContainerView): void {
      const own = container.securityContext;
      if (!own.isMap && !securityContext.isMap) return;
      const allowed = own.get('allowPrivilegeEscalation');
      if (allowed.boolean === false && (holds(own, 'privileged') || holds(own.get('capabilities'), 'add'))) {
        const privileged = own.get('privileged');
        const added = own.get('capabilities').get('add');
        const admin = added.items().find((item) => item.string === 'CAP_SYS_ADMIN');
        const other = privileged.boolean === true ? privileged : admin;
        if (other !== undefined) {
          context.report(allowed, 'escalation', {
            data: { other: other === privileged ? 'privileged: true' : 'the added capability "CAP_SYS_ADMIN"' },
            related: [{ at: other, message: 'the setting that it contradicts' }],
          });
        }
      }
      const user = container.effective('runAsUser');
      const nonRoot = user.number === 0 ? container.effective('runAsNonRoot') : user;
      if (nonRoot.boolean === true && !pod.probablyWindows) {
        context.report(user, 'nonRoot', {
          data: { name: container.name },
          related: [{ at: nonRoot, message: 'runAsNonRoot is true' }],
        });
      }
      const procMount = own.get('procMount');
      if (procMount.string === 'Unmasked' && context.minor >= 33 && !spec.get('hostUsers').string) {
        if (spec.get('hostUsers').boolean !== false) context.report(procMount, 'procMount');
      }
      profiles(own);
    }

    function profiles(holder: AnyNode): void {
      for (const kind of PROFILES) {
        if (!holds(holder, kind)) continue;
        const profile: AnyNode = holder.get(kind);
        if (!profile.isMap) continue;
        const type: string | undefined = profile.get('type').string;
        const localhost: AnyNode = profile.get('localhostProfile');
        if (type === 'Localhost') {
          const path = localhost.string;
          if (!localhost.present) context.report(localhost, 'profile', { data: { kind } });
          else if (path !== undefined && !isUnresolved(path) && isWrongPath(kind, path)) {
            context.report(localhost, 'profilePath', { data: { value: path } });
          }
        } else if (localhost.present && type !== undefined && !isUnresolved(type)) {
          context.report(localhost, 'needless', { data: { kind, type } });
        }
      }
    }

    function sysctls(): void {
      const hostNetwork = spec.get('hostNetwork').boolean === true;
      const hostIPC = spec.get('hostIPC').boolean === true;
      if (!hostNetwork && !hostIPC) return;
      for (const sysctl of securityContext.get('sysctls').items()) {
        const node = sysctl.get('name');
        const name = node.string;
        const namespace = name === undefined ? undefined : sysctlNamespace(name);
        const field =
          namespace === 'net' && hostNetwork ? 'hostNetwork' : namespace === 'ipc' && hostIPC ? 'hostIPC' : undefined;
        if (field === undefined) continue;
        context.report(node, 'sysctl', {
          data: { name: name!, field },
          related: [{ at: spec.get(field), message: `${field} is true` }],
        });
      }
    }

    function hostProcess(): void {
      const ofPod = hostProcessOf(securityContext);
      const own = containers.map((container) => hostProcessOf(container.securityContext));
      const differs = own.map(
        ({ boolean }) => boolean !== undefined && ofPod.boolean !== undefined && boolean !== ofPod.boolean,
      );
      own.forEach((node, index) => {
        if (!differs[index]) return;
        context.report(node, 'hostProcessPod', {
          data: { own: String(node.boolean), pod: String(ofPod.boolean), name: containers[index]!.name },
          related: [{ at: ofPod, message: 'the setting of the pod' }],
        });
      });
      const effective = own.map((node) => (node.present ? node.boolean : ofPod.boolean) === true);
      if (!effective.includes(true) || pod.partial) return;
      const other = effective.indexOf(false);
      if (other !== -1 && !differs.includes(true)) {
        context.report(own[other]!, 'hostProcessAll', { data: { name: containers[other]!.name } });
      }
      const hostNetwork = spec.get('hostNetwork');
      if (!hostNetwork.present || hostNetwork.boolean === false) {
        const cause = ofPod.boolean === true ? ofPod : own.find((node) => node.boolean === true)!;
        context.report(hostNetwork, 'hostProcessNetwork', {
          related: [{ at: cause, message: 'hostProcess is true' }],
        });
      }
    }

    function refusedFor(
      ofPod: readonly (readonly string[])[],
      ofContainer: readonly string[],
      message: 'windows' | 'linux',
    ): void {
      for (const path of ofPod) {
        const node = spec.at(path);
        if (!isSet(node)) continue;
        context.report(node, message, { data: { field: path.join('.') }, atKey: true });
      }
      for (const container of containers) {
        const { raw } = container.securityContext;
        if (!isMap(raw)) continue;
        for (const field of ofContainer) {
          if (raw[field] === undefined || raw[field] === null) continue;
          const node = container.securityContext.at([field]);
          context.report(node, message, { data: { field: `securityContext.${field}` }, atKey: true });
        }
      }
    }
  },
  docs: {
    why: 'Each of the two settings is legal, together they are not: the API server refuses the pod, or the kubelet does not start it. In a template nothing is said until the pods are made.',
    fix: 'Decide which of the two was meant and remove the other.',
    frameworks: { cis: ['5.6.3'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
      'https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/',
      'https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/',
    ],
    examples: {
      bad: [
        {
          title: 'privileged, but no escalation',
          in: 'container',
          yaml: 'securityContext:\n  privileged: true\n  allowPrivilegeEscalation: false # finding: escalation',
        },
        {
          title: 'root, but not root',
          in: 'container',
          yaml: 'securityContext:\n  runAsNonRoot: true\n  runAsUser: 0 # finding: nonRoot',
        },
        {
          title: 'the host, but a user namespace',
          in: 'pod',
          yaml: 'hostUsers: false\nhostPID: true # finding: hostUsers\nshareProcessNamespace: true # finding: sharedPid',
        },
        {
          title: 'an unmasked /proc without a user namespace',
          in: 'container',
          yaml: 'securityContext:\n  procMount: Unmasked # finding: procMount',
        },
        {
          title: 'profiles that are none',
          in: 'container',
          yaml: 'securityContext:\n  seccompProfile: # finding: profile\n    type: Localhost\n  appArmorProfile:\n    type: RuntimeDefault\n    localhostProfile: web # finding: needless',
        },
        {
          title: 'a profile outside the folder',
          in: 'container',
          yaml: 'securityContext:\n  seccompProfile:\n    type: Localhost\n    localhostProfile: /etc/web.json # finding: profilePath',
        },
        {
          title: 'Linux fields for Windows',
          in: 'pod',
          yaml: 'os:\n  name: windows\nhostPID: true # finding: windows\ncontainers:\n  - name: web\n    image: registry.example.com/web:1.0.0\n    securityContext:\n      runAsUser: 1000 # finding: windows',
        },
        {
          title: 'Windows fields for Linux',
          in: 'pod',
          yaml: 'os:\n  name: linux\nsecurityContext:\n  windowsOptions: # finding: linux\n    runAsUserName: ContainerUser',
        },
        {
          title: 'a sysctl of the network, but the network of the host',
          in: 'pod',
          yaml: 'hostNetwork: true\nsecurityContext:\n  sysctls:\n    - name: net.ipv4.tcp_syncookies # finding: sysctl\n      value: "1"',
        },
        {
          title: 'HostProcess in parts',
          in: 'pod',
          yaml: 'hostNetwork: true\nsecurityContext:\n  windowsOptions:\n    hostProcess: true\ncontainers:\n  - name: agent\n    image: registry.example.com/agent:1.0.0\n    securityContext:\n      windowsOptions:\n        hostProcess: false # finding: hostProcessPod',
        },
        {
          title: 'HostProcess without the network of the host, beside another container',
          in: 'pod',
          yaml: 'hostNetwork: false # finding: hostProcessNetwork\ncontainers:\n  - name: agent\n    image: registry.example.com/agent:1.0.0\n    securityContext:\n      windowsOptions:\n        hostProcess: true\n  - name: web # finding: hostProcessAll\n    image: registry.example.com/web:1.0.0',
        },
      ],
      good: [
        {
          title: 'what goes together',
          in: 'pod',
          yaml: 'hostUsers: false\nsecurityContext:\n  runAsNonRoot: true\n  runAsUser: 10001\n  seccompProfile:\n    type: Localhost\n    localhostProfile: profiles/web.json\ncontainers:\n  - name: web\n    image: registry.example.com/web:1.0.0\n    securityContext:\n      allowPrivilegeEscalation: false\n      procMount: Unmasked',
        },
        {
          title: 'Windows',
          in: 'pod',
          yaml: 'os:\n  name: windows\nhostNetwork: true\nsecurityContext:\n  runAsNonRoot: true\n  windowsOptions:\n    hostProcess: true',
        },
      ],
    },
  },
});

const PROFILES = ['seccompProfile', 'appArmorProfile'] as const;

// What API validation forbids for an operating system: pkg/apis/core/validation, validateWindows and validateLinux.
const WINDOWS_REFUSES_POD: readonly (readonly string[])[] = [
  ['hostPID'],
  ['hostIPC'],
  ['hostUsers'],
  ['shareProcessNamespace'],
  ...[
    'appArmorProfile',
    'seLinuxOptions',
    'seccompProfile',
    'fsGroup',
    'fsGroupChangePolicy',
    'sysctls',
    'runAsUser',
    'runAsGroup',
    'supplementalGroups',
    'supplementalGroupsPolicy',
    'seLinuxChangePolicy',
  ].map((field) => ['securityContext', field]),
];
const WINDOWS_REFUSES_CONTAINER: readonly string[] = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
];
const LINUX_REFUSES_POD: readonly (readonly string[])[] = [['securityContext', 'windowsOptions']];
const LINUX_REFUSES_CONTAINER: readonly string[] = ['windowsOptions'];

/** hostPID and hostIPC have no unset state, and an empty list of sysctls is none. */
function isSet(node: AnyNode): boolean {
  if (!node.present) return false;
  if (node.key === 'hostPID' || node.key === 'hostIPC') return node.boolean === true;
  return node.key !== 'sysctls' || (node.isList && node.items().length > 0);
}

function isWrongPath(kind: 'seccompProfile' | 'appArmorProfile', path: string): boolean {
  if (kind === 'appArmorProfile') return path !== path.trim() || path === '';
  return path.startsWith('/') || path.split('/').includes('..');
}

function hostProcessOf(holder: AnyNode): AnyNode {
  return holder.get('windowsOptions').get('hostProcess');
}
