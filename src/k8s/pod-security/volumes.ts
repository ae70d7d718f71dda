import type { ValueMap } from '../../yaml/value.ts';

/** Sources that the level restricted lets a pod name itself. */
export const RESTRICTED_VOLUME_SOURCES: readonly string[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** The other sources that the API knows, in the order in which admission names the first one it finds. */
export const FORBIDDEN_VOLUME_SOURCES: readonly string[] = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
];

/**
 * The source for which the level restricted refuses a volume; undefined where it does not. A volume without a source
 * is an emptyDir by default, and a key that the API does not know is no source: it is dropped on reading.
 */
export function forbiddenSource(volume: ValueMap): string | undefined {
  for (const source of RESTRICTED_VOLUME_SOURCES) {
    if (volume[source] !== undefined && volume[source] !== null) return undefined;
  }
  for (const source of FORBIDDEN_VOLUME_SOURCES) {
    if (volume[source] !== undefined && volume[source] !== null) return source;
  }
  return undefined;
}

export function volumeName(volume: ValueMap, index: number): string {
  const name = volume['name'];
  return typeof name === 'string' ? `volume "${name}"` : `volume [${index}]`;
}
