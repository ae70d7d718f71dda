import { defineRule } from '../../engine/rule.ts';
import type { ComponentView } from '../../k8s/control-plane/component-view.ts';
import type { Flag } from '../../k8s/control-plane/flags.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { clean, type Mount, mountOf } from '../../k8s/control-plane/mounts.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { presetOf, staticPod } from './_component.ts';
import { isInImage, readsConfiguration, readsFile } from './_files.ts';

export default defineRule({
  id: 'control-plane-file-not-mounted',
  title: 'File that the component needs is not in its container',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    unmounted: '{flags} in "{folder}", which no volumeMount of {component} holds: it cannot start',
    'no-volume': '--{flag}={path} lies in mount "{mount}", and the pod has no volume of that name',
    kind: '--{flag}={path} cannot be read: {fault}',
    created:
      '--{flag}={path} is mounted with type FileOrCreate: where it is missing an empty file is made, and {component} refuses it',
    'read-only': '--{flag}={path} cannot be written: mount "{mount}" is read-only',
    lost: '--{flag}={path} is lost with the container: {why}',
    socket: 'KMS endpoint {path} is not mounted into kube-apiserver',
    plugin: 'file {path} of admission plugin {plugin} is in no volumeMount of kube-apiserver',
  },
  check(project, context) {
    const { components, fileOf } = project.fact(controlPlane);
    for (const view of components) {
      if (!view.mounts.complete) continue;
      const { component, mounts } = view;
      const unmounted = new Map<string, Flag[]>();
      for (const name of view.names) {
        for (const flag of readsFile(name) ? view.all(name) : []) {
          const path = pathOf(view, flag);
          if (path === undefined || isInImage(path)) continue;
          const mount = mountOf(mounts, path);
          if (mount === undefined) {
            const folder = path.slice(0, path.lastIndexOf('/'));
            unmounted.set(folder, [...(unmounted.get(folder) ?? []), flag]);
            continue;
          }
          const { node, ...place } = flag.place;
          const related = mount.node === undefined ? [] : [{ at: mount.node, message: 'the mount' }];
          const data = { flag: name, path: flag.value, mount: mount.name, component };
          const wider = presetOf(view);
          const volume = mounts.volumes.get(mount.name);
          if (volume === undefined) {
            context.report(node, 'no-volume', { ...place, ...wider, data, related });
            continue;
          }
          const fault = kindFault(mount, volume.hostPathType, path);
          if (fault !== undefined)
            context.report(node, 'kind', { ...place, ...wider, data: { ...data, fault }, related });
          else if (readsConfiguration(name) && mount.mountPath === path && volume.hostPathType === 'FileOrCreate') {
            context.report(node, 'created', { ...place, ...wider, data, related });
          }
        }
      }
      for (const [folder, flags] of unmounted) {
        const { node, ...place } = flags[0]!.place;
        const others = flags.length - 1;
        const named =
          flags.length === 1
            ? 'is'
            : others === 1
              ? 'and one more flag name files'
              : `and ${others} more flags name files`;
        const text = `--${flags[0]!.name}${flags.length === 1 ? `=${flags[0]!.value}` : ''} ${named}`;
        const related = mounts.mountsNode.present ? [{ at: mounts.mountsNode, message: 'what is mounted' }] : [];
        const data = { flags: text, folder: folder === '' ? '/' : folder, component };
        context.report(node, 'unmounted', { ...place, ...presetOf(view), data, related });
      }
      for (const name of component === 'kube-apiserver'
        ? ['audit-log-path']
        : component === 'etcd'
          ? ['data-dir']
          : []) {
        const flag = view.flag(name);
        const path = flag === undefined || flag.value === '-' ? undefined : pathOf(view, flag);
        if (flag === undefined || path === undefined) continue;
        const mount = mountOf(mounts, path);
        const { node, ...place } = flag.place;
        const data = { flag: name, path: flag.value, mount: mount?.name ?? '' };
        if (mount?.readOnly === true) context.report(node, 'read-only', { ...place, ...presetOf(view), data });
        else if (mount === undefined || mounts.volumes.get(mount.name)?.isEmptyDir === true) {
          const why = mount === undefined ? 'no volumeMount holds it' : `volume "${mount.name}" is an emptyDir`;
          context.report(node, 'lost', { ...place, ...presetOf(view), data: { ...data, why }, severity: 'medium' });
        }
      }
      if (component !== 'kube-apiserver') continue;
      for (const { node, path } of socketsOf(fileOf(view, 'encryption-provider-config', ENCRYPTION)?.root)) {
        if (mountOf(mounts, path) !== undefined) continue;
        const at = view.flag('encryption-provider-config')!.node;
        const related = [{ at, message: 'read by this API server' }];
        context.report(node, 'socket', { data: { path }, severity: 'medium', related });
      }
      const admission = fileOf(view, 'admission-control-config-file', 'AdmissionConfiguration.apiserver.config.k8s.io');
      for (const plugin of (admission?.root.at(['plugins']).items() ?? []) as readonly AnyNode[]) {
        const node: AnyNode = plugin.get('path');
        const path = node.string;
        if (path === undefined || !path.startsWith('/') || mountOf(mounts, clean(path)) !== undefined) continue;
        const related = [{ at: view.flag('admission-control-config-file')!.node, message: 'read by this API server' }];
        context.report(node, 'plugin', { data: { path, plugin: plugin.get('name').string ?? '' }, related });
      }
    }
  },
  docs: {
    why: 'A static pod sees of its node only what is mounted. A flag that names a file which is not there keeps the component from starting, and with kube-apiserver the whole control plane is down, which is the usual end of switching audit or encryption on by hand. A log without a mount is gone with the container.',
    fix: `Add a hostPath volume and mount it, read-only for configuration:

\`\`\`yaml
    volumeMounts:
      - {name: audit-policy, mountPath: /etc/kubernetes/audit, readOnly: true}
      - {name: audit-log, mountPath: /var/log/kubernetes/audit}
  volumes:
    - {name: audit-policy, hostPath: {path: /etc/kubernetes/audit, type: Directory}}
    - {name: audit-log, hostPath: {path: /var/log/kubernetes/audit, type: DirectoryOrCreate}}
\`\`\`

With kubeadm, add \`extraVolumes\`.`,
    frameworks: { cis: ['1.2.16', '1.2.27'], nsa: ['L1'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#log-backend'],
    limits: 'Whether the file exists on the node is not known. Relative paths are not followed.',
    examples: {
      bad: [
        {
          title: 'an audit policy that is not mounted',
          in: 'manifests',
          yaml: staticPod(
            [
              '--audit-policy-file=/etc/kubernetes/audit/policy.yaml # finding: unmounted',
              '--audit-log-path=/var/log/kubernetes/audit.log # finding: lost',
              '--client-ca-file=/etc/kubernetes/pki/ca.crt',
            ],
            `      volumeMounts:
        - {name: pki, mountPath: /etc/kubernetes/pki, readOnly: true}
  volumes:
    - {name: pki, hostPath: {path: /etc/kubernetes/pki}}`,
          ),
        },
        {
          title: 'a mount that does not fit',
          in: 'manifests',
          yaml: staticPod(
            [
              '--audit-policy-file=/etc/kubernetes/audit.yaml # finding: created',
              '--audit-log-path=/var/log/audit/audit.log # finding: read-only',
              '--encryption-provider-config=/etc/kubernetes/enc/config.yaml # finding: kind',
              '--client-ca-file=/etc/kubernetes/pki/ca.crt # finding: no-volume',
            ],
            `      volumeMounts:
        - {name: pki, mountPath: /etc/kubernetes/pki, readOnly: true}
        - {name: policy, mountPath: /etc/kubernetes/audit.yaml, readOnly: true}
        - {name: enc, mountPath: /etc/kubernetes/enc, readOnly: true}
        - {name: log, mountPath: /var/log/audit, readOnly: true}
  volumes:
    - {name: policy, hostPath: {path: /etc/kubernetes/audit.yaml, type: FileOrCreate}}
    - {name: enc, hostPath: {path: /etc/kubernetes/enc.yaml, type: File}}
    - {name: log, hostPath: {path: /var/log/audit}}`,
          ),
        },
        {
          title: 'the socket of a KMS plugin',
          in: 'manifests',
          path: 'encryption.yaml',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - kms:
          apiVersion: v2
          name: vault
          endpoint: unix:///run/kms/vault.sock # finding: socket
      - identity: {}
---
${staticPod(
  ['--encryption-provider-config=/etc/kubernetes/encryption.yaml'],
  `      volumeMounts:
        - {name: enc, mountPath: /etc/kubernetes/encryption.yaml, readOnly: true}
  volumes:
    - {name: enc, hostPath: {path: /etc/kubernetes/encryption.yaml, type: File}}`,
)}`,
        },
      ],
      good: [
        {
          title: 'policy and log mounted',
          in: 'manifests',
          yaml: staticPod(
            [
              '--audit-policy-file=/etc/kubernetes/audit/policy.yaml',
              '--audit-log-path=/var/log/kubernetes/audit/audit.log',
            ],
            `      volumeMounts:
        - {name: audit-policy, mountPath: /etc/kubernetes/audit, readOnly: true}
        - {name: audit-log, mountPath: /var/log/kubernetes/audit}
  volumes:
    - {name: audit-policy, hostPath: {path: /etc/kubernetes/audit, type: Directory}}
    - {name: audit-log, hostPath: {path: /var/log/kubernetes/audit, type: DirectoryOrCreate}}`,
          ),
        },
        {
          title: 'kubeadm, with a volume of its own',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer:
  extraArgs:
    - {name: audit-policy-file, value: /etc/kubernetes/audit/policy.yaml}
    - {name: audit-log-path, value: /var/log/kubernetes/audit/audit.log}
  extraVolumes:
    - {name: policy, hostPath: /etc/kubernetes/audit, mountPath: /etc/kubernetes/audit, readOnly: true, pathType: Directory}
    - {name: log, hostPath: /var/log/kubernetes/audit, mountPath: /var/log/kubernetes/audit, pathType: DirectoryOrCreate}`,
        },
      ],
    },
  },
});

const ENCRYPTION = 'EncryptionConfiguration.apiserver.config.k8s.io';

/** The absolute path that a flag names; undefined where it names none, or kubeadm itself wrote it. */
function pathOf(view: ComponentView, flag: Flag): string | undefined {
  if (flag.origin === 'kubeadm' || !flag.known || !flag.value.startsWith('/')) return undefined;
  // kubeadm runs kubelets outside of containers.
  if (view.origin === 'kubeadm' && view.component === 'kubelet') return undefined;
  return clean(flag.value);
}

function kindFault(mount: Mount, type: string | undefined, path: string): string | undefined {
  const isFile = mount.mountPath === path;
  if (mount.subPath !== undefined) return undefined;
  if (!isFile && (type === 'File' || type === 'FileOrCreate')) return `mount "${mount.name}" is a file, no directory`;
  if (isFile && (type === 'Directory' || type === 'DirectoryOrCreate'))
    return `mount "${mount.name}" is a directory, no file`;
  return undefined;
}

function socketsOf(root: AnyNode | undefined): readonly { readonly node: AnyNode; readonly path: string }[] {
  const entries = (root?.get('resources').items() ?? []) as readonly AnyNode[];
  const providers = entries.flatMap((entry) => entry.get('providers').items() as readonly AnyNode[]);
  return providers.flatMap((provider) => {
    const node: AnyNode = provider.at(['kms', 'endpoint']);
    const path = /^unix:\/\/(\/.*)$/.exec(node.string ?? '')?.[1];
    return path === undefined ? [] : [{ node, path: clean(path) }];
  });
}
