import { defineRule } from '../../engine/rule.ts';
import { credentialInField, hintOf } from '../../k8s/secret-patterns.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isPublicAddress } from './_address.ts';

export default defineRule({
  id: 'storage-class-insecure',
  title: 'Volumes in clear text, with credentials, or open to strangers',
  category: 'platform',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: ['StorageClass.storage.k8s.io', 'PersistentVolume', 'CSIDriver.storage.k8s.io'],
  messages: {
    unencrypted: 'encrypted is "false": volumes of the class lie on disks in clear text',
    'maybe-unencrypted':
      'encrypted is not set: whether volumes are encrypted is left to the setting of each AWS account and region',
    transit: 'encryptInTransit is "false": the volume is read and written over the network in clear text',
    smb1: 'SMB 1.0 neither encrypts nor keeps anyone on the way from changing what is read',
    credential: '{where} "{key}" holds a {kind} ({hint}): whoever may read the object has it',
    public: 'the NFS server {server} has a public address: NFS trusts addresses and does not encrypt',
    options: '{kind} is mounted without {options}: files that others left there may be set-uid programs and devices',
    recycle: 'Recycle is deprecated: a pod runs rm on the volume, which leaves what is beneath to the next owner',
    audience:
      'the CSI driver is handed tokens of every pod that mounts its volumes, and with the audience "" these are good for the API server',
  },
  check({ root, groupKind }, context) {
    const judgeCredentials = (fields: AnyNode, where: string): void => {
      for (const [key, node] of fields.entries() as readonly (readonly [string, AnyNode])[]) {
        const value = node.string;
        const kind = value === undefined ? undefined : credentialInField(key, value)?.kind;
        if (kind === undefined) continue;
        context.report(node, 'credential', { data: { where, key, kind, hint: hintOf(value!) }, severity: 'high' });
      }
    };
    /** Options of mount(8): a credential or an old dialect among them. */
    const judgeOptions = (list: AnyNode): void => {
      for (const item of list.items() as readonly AnyNode[]) {
        for (const option of item.string?.split(',') ?? []) {
          const [name = '', value] = option.split('=').map((each) => each.trim());
          if (name === 'vers' && value === '1.0') context.report(item, 'smb1');
          const kind = value === undefined ? undefined : credentialInField(MOUNT_WORDS[name] ?? name, value)?.kind;
          if (kind === undefined) continue;
          const data = { where: 'mount option', key: name, kind, hint: hintOf(value!) };
          context.report(item, 'credential', { data, severity: 'high' });
        }
      }
    };

    if (groupKind === 'CSIDriver.storage.k8s.io') {
      for (const request of root.at(['spec', 'tokenRequests']).items() as readonly AnyNode[]) {
        const audience: AnyNode = request.get('audience');
        if (audience.string === '') context.report(audience, 'audience');
        else if (request.isMap && !audience.present) context.report(request, 'audience');
      }
      return;
    }
    if (groupKind === 'StorageClass.storage.k8s.io') {
      const parameters: AnyNode = root.get('parameters');
      judgeCredentials(parameters, 'parameter');
      judgeOptions(root.get('mountOptions'));
      const provisioner = root.get('provisioner').string;
      if (provisioner !== 'ebs.csi.aws.com' && provisioner !== 'kubernetes.io/aws-ebs') return;
      // The driver takes names of parameters in any case.
      const encrypted = (parameters.entries() as readonly (readonly [string, AnyNode])[]).find(
        ([key]) => key.toLowerCase() === 'encrypted',
      )?.[1];
      if (encrypted === undefined) {
        context.report(parameters.present ? parameters : root.get('provisioner'), 'maybe-unencrypted', {
          severity: 'low',
          preset: 'strict',
          ...(parameters.present ? { atKey: true } : {}),
        });
      } else if (encrypted.string?.toLowerCase() === 'false') {
        context.report(encrypted, 'unencrypted', {
          fix: {
            title: 'Encrypt the volumes',
            safety: 'hardening',
            changes: [{ op: 'set', path: encrypted.steps, value: 'true' }],
          },
        });
      }
      return;
    }
    const spec: AnyNode = root.get('spec');
    const attributes: AnyNode = spec.at(['csi', 'volumeAttributes']);
    const options: AnyNode = spec.get('mountOptions');
    judgeCredentials(attributes, 'attribute');
    judgeCredentials(spec.at(['flexVolume', 'options']), 'option');
    judgeOptions(options);
    const driver = spec.at(['csi', 'driver']).string;
    const transit: AnyNode = attributes.get('encryptInTransit');
    if (driver === 'efs.csi.aws.com' && transit.string?.toLowerCase() === 'false') context.report(transit, 'transit');
    const server: AnyNode = driver === 'nfs.csi.k8s.io' ? attributes.get('server') : spec.at(['nfs', 'server']);
    if (isPublicAddress(server.string)) context.report(server, 'public', { data: { server: server.string! } });
    const reclaim: AnyNode = spec.get('persistentVolumeReclaimPolicy');
    if (reclaim.string === 'Recycle') context.report(reclaim, 'recycle', { severity: 'low', preset: 'strict' });
    const shared: AnyNode | undefined = spec.get('nfs').present
      ? spec.get('nfs')
      : driver === 'nfs.csi.k8s.io' || driver === 'smb.csi.k8s.io'
        ? spec.get('csi')
        : undefined;
    if (shared === undefined) return;
    const given = options.strings.flatMap((each) => each.split(',')).map((each) => each.trim());
    const wanted = ['nosuid', 'nodev'].filter((option) => !given.includes(option));
    if (wanted.length === 0) return;
    const kind = driver === 'smb.csi.k8s.io' ? 'the SMB share' : 'the NFS export';
    context.report(options.present ? options : shared, 'options', {
      data: { kind, options: wanted.join(' and ') },
      severity: 'info',
      preset: 'all',
      atKey: true,
    });
  },
  docs: {
    why: 'A volume outlives its pod and is often reachable without the cluster: from snapshots, from the storage network, from whatever mounts the same export. Credentials in a StorageClass or PersistentVolume are read by everyone who may list these.',
    fix: 'Set `encrypted: "true"` with a `kmsKeyId` of your own, give credentials by `csi.storage.k8s.io/…-secret-name`, mount shares with `nosuid` and `nodev` and SMB with `vers=3.1.1`, and name the audience that the driver needs in `tokenRequests`.',
    frameworks: { nsa: ['N5'], mitre: ['T1552'] },
    references: [
      'https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md',
      'https://kubernetes-csi.github.io/docs/token-requests.html',
      'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming',
    ],
    limits:
      'Of encryption at rest EBS alone is judged; other clouds encrypt by default, and what Ceph, Longhorn and their like do is a matter of their pools. `nosuid` and `nodev` are asked for in the preset all.',
    examples: {
      bad: [
        {
          title: 'disks in clear text',
          in: 'manifests',
          yaml: `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: fast
provisioner: ebs.csi.aws.com
parameters:
  type: gp3
  encrypted: "false" # finding: unencrypted
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: slow
provisioner: ebs.csi.aws.com
parameters: # finding: maybe-unencrypted
  type: st1`,
        },
        {
          title: 'shares',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: PersistentVolume
metadata:
  name: exports
spec:
  capacity: { storage: 1Gi }
  accessModes: [ReadWriteMany]
  persistentVolumeReclaimPolicy: Recycle # finding: recycle
  nfs: # finding: options
    server: 198.51.100.7 # finding: public
    path: /exports
---
apiVersion: v1
kind: PersistentVolume
metadata:
  name: share
spec:
  capacity: { storage: 1Gi }
  accessModes: [ReadWriteMany]
  mountOptions: # finding: options
    - vers=1.0 # finding: smb1
    - nosuid
    - username=files,password=Kx83jdmQ2vL # finding: credential
  csi:
    driver: smb.csi.k8s.io
    volumeHandle: share
---
apiVersion: v1
kind: PersistentVolume
metadata:
  name: efs
spec:
  capacity: { storage: 1Gi }
  accessModes: [ReadWriteMany]
  csi:
    driver: efs.csi.aws.com
    volumeHandle: fs-0123456789
    volumeAttributes:
      encryptInTransit: "false" # finding: transit`,
        },
        {
          title: 'tokens for the API server',
          in: 'manifests',
          yaml: `apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata:
  name: files.example.com
spec:
  tokenRequests:
    - audience: "" # finding: audience
    - expirationSeconds: 3600 # finding: audience`,
        },
      ],
      good: [
        {
          title: 'encrypted, with credentials by name',
          in: 'manifests',
          yaml: `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: fast
provisioner: ebs.csi.aws.com
parameters:
  type: gp3
  encrypted: "true"
  csi.storage.k8s.io/node-stage-secret-name: fast-credentials
  csi.storage.k8s.io/node-stage-secret-namespace: storage
---
apiVersion: v1
kind: PersistentVolume
metadata:
  name: exports
spec:
  capacity: { storage: 1Gi }
  accessModes: [ReadWriteMany]
  mountOptions: [nfsvers=4.2, nosuid, nodev]
  nfs:
    server: 10.0.0.7
    path: /exports
---
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata:
  name: files.example.com
spec:
  tokenRequests:
    - audience: files.example.com`,
        },
      ],
    },
  },
});

/** How mount.cifs calls them. */
const MOUNT_WORDS: Readonly<Record<string, string>> = { pass: 'password' };
