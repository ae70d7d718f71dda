import { isMap } from '../../yaml/value.ts';
import type { Resource } from '../resource.ts';
import { schemasOf } from './bundle.ts';
import type { Definition } from './definitions.ts';
import { apiState } from './lifecycle.ts';
import { kindEntry } from './scope.ts';
import { type Fault, validate } from './walk.ts';

/**
 * Where an object of one of Kubernetes' own kinds is not what its type says, in the target release. Nothing for other
 * kinds, nor for versions that the release does not serve: the lifecycle rules speak of those.
 */
export function faultsOf(resource: Resource, minor: number): readonly Fault[] {
  const known = memo.get(resource);
  if (known !== undefined && known.minor === minor) return known.faults;
  const faults = find(resource, minor);
  memo.set(resource, { minor, faults });
  return faults;
}

/**
 * The type of the object's kind in the target release. A version that the release no longer serves is held to the one
 * that took its place where both have the same fields.
 */
export function definitionOf(resource: Resource, minor: number): Definition | undefined {
  const { group, version, kind } = resource.head;
  if (kindEntry(group, kind) === undefined) return undefined;
  const schemas = schemasOf(minor);
  const definition = schemas.kind(group === '' ? version : `${group}/${version}`, kind);
  if (definition !== undefined) return definition;
  const state = apiState(group, version, kind, minor);
  if (state?.is !== 'removed' || state.replacement?.pure !== true) return undefined;
  return schemas.kind(state.replacement.apiVersion, state.replacement.kind);
}

/** Half a dozen rules ask about the same object one after the other. Not state: what is kept follows from its key. */
const memo = new WeakMap<Resource, { readonly minor: number; readonly faults: readonly Fault[] }>();

const NONE: readonly Fault[] = [];

function find(resource: Resource, minor: number): readonly Fault[] {
  const definition = definitionOf(resource, minor);
  const root = resource.root.raw;
  return definition === undefined || !isMap(root) ? NONE : validate(root, definition, schemasOf(minor));
}
