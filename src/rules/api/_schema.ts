import type { Resource } from '../../k8s/resource.ts';
import type { Definition } from '../../k8s/schema/definitions.ts';
import { isSecurityField } from '../../k8s/schema/security-fields.ts';
import type { Fault } from '../../k8s/schema/walk.ts';
import type { AnyNode } from '../../yaml/node.ts';

/** The node that a fault is about. */
export function nodeOf(resource: Resource, fault: Fault): AnyNode {
  return resource.root.at(fault.path);
}

/** `core.v1.SecurityContext` → `SecurityContext`. */
export function typeName(definition: Definition): string {
  return definition.name.slice(definition.name.lastIndexOf('.') + 1);
}

/** A field whose loss takes a control away: the last key of the path, or the one above it (`seccompProfile.type`). */
export function concernsSecurity(path: readonly (string | number)[]): boolean {
  const keys = path.filter((step) => typeof step === 'string');
  return keys.slice(-2).some(isSecurityField);
}
