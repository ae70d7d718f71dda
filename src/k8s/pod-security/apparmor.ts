import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';
import type { ContainerView } from '../container.ts';
import type { PodView } from '../pod.ts';
import { APPARMOR_ANNOTATION_PREFIX, APPARMOR_FIELD_SINCE } from './checks/app-armor-profile.ts';

/** One AppArmor annotation of a pod. */
export interface AppArmorAnnotation {
  readonly key: string;
  /** The name behind the prefix, which should be that of a container. */
  readonly container: string;
  /** A missing value is the empty string; undefined where it is of another type. */
  readonly value: string | undefined;
  readonly node: AnyNode;
}

export function appArmorAnnotations(pod: PodView): readonly AppArmorAnnotation[] {
  const annotations = pod.metadata.get('annotations');
  const { raw } = annotations;
  if (!isMap(raw)) return NONE;
  let found: AppArmorAnnotation[] | undefined;
  for (const key of Object.keys(raw)) {
    if (!key.startsWith(APPARMOR_ANNOTATION_PREFIX)) continue;
    const node: AnyNode = annotations.get(key);
    const value = node.raw === null ? '' : node.string;
    found ??= [];
    found.push({ key, container: key.slice(APPARMOR_ANNOTATION_PREFIX.length), value, node });
  }
  return found ?? NONE;
}

/** What is in force for a container, and the node that decides; undefined where the runtime's default is. */
export interface AppArmorSetting {
  readonly node: AnyNode;
  readonly source: 'annotation' | 'field';
  readonly unconfined: boolean;
}

/**
 * Of an API server that knows the field: the container's own, else its annotation, which the server copies into the
 * empty field, else the pod's. Before that: the annotation alone.
 */
export function appArmorOf(
  container: ContainerView,
  annotations: readonly AppArmorAnnotation[],
  server: number,
): AppArmorSetting | undefined {
  const fields = server >= APPARMOR_FIELD_SINCE;
  if (fields) {
    const own = fieldSetting(container.securityContext.get('appArmorProfile'));
    if (own !== undefined) return own;
  }
  const annotation = annotations.find((each) => each.container === container.node.get('name').string);
  if (annotation?.value !== undefined && isAppArmorAnnotation(annotation.value) && annotation.value !== '') {
    return { node: annotation.node, source: 'annotation', unconfined: annotation.value === 'unconfined' };
  }
  return fields ? fieldSetting(container.pod.securityContext.get('appArmorProfile')) : undefined;
}

/** The values that the API server accepts. */
export function isAppArmorAnnotation(value: string): boolean {
  return value === '' || value === 'runtime/default' || value === 'unconfined' || value.startsWith('localhost/');
}

/** The field that means the same as an annotation; undefined for a value that is no profile. */
export function appArmorField(
  annotation: string,
): { readonly type: string; readonly localhostProfile?: string } | undefined {
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  const profile = annotation.startsWith('localhost/') ? annotation.slice('localhost/'.length) : '';
  return profile === '' ? undefined : { type: 'Localhost', localhostProfile: profile };
}

const NONE: readonly AppArmorAnnotation[] = [];

function fieldSetting(profile: AnyNode): AppArmorSetting | undefined {
  if (!profile.present) return undefined;
  const type = profile.get('type');
  return { node: type, source: 'field', unconfined: type.string === 'Unconfined' };
}
