import type { AnyNode } from '../../yaml/node.ts';
import { isList, isMap, newMap, type Value, type ValueMap } from '../../yaml/value.ts';
import { type ContainerList, ContainerView, containerKind } from '../container.ts';
import type { PodView } from '../pod.ts';
import { NEWEST_POLICY } from './level.ts';

/**
 * A pod as the checks read it: plain values after the API server's defaults, and the views to come back to the nodes.
 *
 * A field of the wrong type is neither good nor bad here: the API server refuses the object before admission sees it
 * (`undecodable` lists such fields). A struct of the wrong type is an empty one with its `opaque` mark set, so that
 * nothing is called missing in it.
 */
export interface Subject {
  readonly view: PodView;
  readonly annotations: ValueMap;
  readonly securityContext: ValueMap;
  readonly opaque: boolean;
  /** initContainers, containers, ephemeralContainers. */
  readonly containers: readonly Member[];
  readonly volumes: readonly Value[];
  readonly hostNetwork: boolean;
  readonly hostPID: boolean;
  readonly hostIPC: boolean;
  /** `os.name: windows`, the only mark of a Windows pod that admission looks at. */
  readonly windows: boolean;
  /** `hostUsers: false`: the pod runs in a user namespace of its own. */
  readonly userNamespace: boolean;
  /** hostPort is filled in from containerPort: in a Pod of the host network, not in a template. */
  readonly hostPortsDefaulted: boolean;
  /** The release of the API server, which decides what fields exist. */
  readonly server: number;
}

export interface Member {
  readonly view: ContainerView;
  readonly name: string;
  readonly value: ValueMap;
  readonly securityContext: ValueMap;
  readonly opaque: boolean;
}

export const EMPTY: ValueMap = newMap();

export function subjectOf(view: PodView, server: number = NEWEST_POLICY): Subject {
  const { spec } = view;
  const securityContext = view.securityContext.raw;
  const annotations = view.metadata.get('annotations').raw;
  const volumes = spec.get('volumes').raw;
  const hostNetwork = spec.get('hostNetwork').raw === true;
  return {
    view,
    annotations: isMap(annotations) ? annotations : EMPTY,
    securityContext: isMap(securityContext) ? securityContext : EMPTY,
    opaque: isOpaque(securityContext),
    containers: membersOf(view),
    volumes: isList(volumes) ? volumes : [],
    hostNetwork,
    hostPID: spec.get('hostPID').raw === true,
    hostIPC: spec.get('hostIPC').raw === true,
    windows: view.isWindows,
    userNamespace: spec.get('hostUsers').raw === false,
    hostPortsDefaulted: hostNetwork && view.resource.groupKind === 'Pod',
    server,
  };
}

export function isAbsent(value: Value | undefined): value is null | undefined {
  return value === undefined || value === null;
}

/** Present, but no mapping where the API has a struct. */
export function isOpaque(value: Value | undefined): boolean {
  return !isAbsent(value) && !isMap(value);
}

/** The struct at a key; undefined where it is absent or of another type. */
export function structAt(map: ValueMap, key: string): ValueMap | undefined {
  const value = map[key];
  return isMap(value) ? value : undefined;
}

export function listAt(map: ValueMap, key: string): readonly Value[] {
  const value = map[key];
  return isList(value) ? value : [];
}

/** A string of a struct or list as Go decodes it: absent and null are ''; undefined where it is of another type. */
export function textOf(value: Value | undefined): string | undefined {
  return isAbsent(value) ? '' : typeof value === 'string' ? value : undefined;
}

function membersOf(view: PodView): readonly Member[] {
  const members: Member[] = [];
  for (const container of hasNullContainer(view) ? containersWithNull(view) : view.containers) {
    const value = isMap(container.node.raw) ? container.node.raw : EMPTY;
    const securityContext = value['securityContext'];
    members.push({
      view: container,
      name: typeof value['name'] === 'string' ? value['name'] : '',
      value,
      securityContext: isMap(securityContext) ? securityContext : EMPTY,
      opaque: isOpaque(securityContext),
    });
  }
  return members;
}

const LISTS: readonly ContainerList[] = ['initContainers', 'containers', 'ephemeralContainers'];

/** `- ` with nothing behind it is a container without any field to the API server, which is more than nothing. */
function hasNullContainer({ spec }: PodView): boolean {
  for (const list of LISTS) {
    const { raw } = spec.get(list);
    if (isList(raw) && raw.includes(null)) return true;
  }
  return false;
}

function containersWithNull(view: PodView): readonly ContainerView[] {
  const listed = LISTS.flatMap((list) =>
    (view.spec.get(list) as AnyNode)
      .items()
      .filter((node) => node.isMap || node.raw === null)
      .map((node) => new ContainerView(view, list, containerKind(list, node as AnyNode), node as AnyNode)),
  );
  return [...listed, ...view.containers.slice(listed.filter(({ node }) => node.isMap).length)];
}
