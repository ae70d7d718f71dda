import type { AnyNode } from '../../yaml/node.ts';

export const TEMPLATE_KIND = 'ConstraintTemplate.templates.gatekeeper.sh';
export const CONSTRAINT_GROUP = 'constraints.gatekeeper.sh';
export const TARGET = 'admission.k8s.gatekeeper.sh';

/** The Rego of a template: of each engine entry its own module and its libraries. */
export interface RegoSource {
  readonly rego: AnyNode;
  readonly libs: readonly AnyNode[];
  readonly version: 'v0' | 'v1';
}

export function regoSources(root: AnyNode): readonly RegoSource[] {
  const sources: RegoSource[] = [];
  for (const target of root.at(['spec', 'targets']).items() as readonly AnyNode[]) {
    const rego: AnyNode = target.get('rego');
    if (rego.string !== undefined && rego.string !== '') {
      sources.push({ rego, libs: target.get('libs').items(), version: 'v0' });
    }
    for (const code of target.get('code').items() as readonly AnyNode[]) {
      const source: AnyNode = code.get('source');
      if (code.get('engine').string !== 'Rego' || source.get('rego').string === undefined) continue;
      const version = source.get('version').string === 'v1' ? 'v1' : 'v0';
      sources.push({ rego: source.get('rego'), libs: source.get('libs').items(), version });
    }
  }
  return sources;
}

/** The schema of `spec.parameters` of the template's constraints. */
export function parameterSchema(root: AnyNode): AnyNode {
  return root.at(['spec', 'crd', 'spec', 'validation', 'openAPIV3Schema']);
}

/** The schema is structural: what it does not name is refused. v1beta1 takes untyped schemas unless it is told not to. */
export function isStructural(root: AnyNode, version: string): boolean {
  const legacy = root.at(['spec', 'crd', 'spec', 'validation', 'legacySchema']).boolean;
  return version === 'v1' ? legacy !== true : legacy === false;
}

/** Schemas within a schema that have parts and no type. */
export function untypedSchemas(schema: AnyNode): readonly AnyNode[] {
  const found: AnyNode[] = [];
  const visit = (node: AnyNode, depth: number): void => {
    if (!node.isMap || depth > 100) return;
    const free =
      node.get('x-kubernetes-preserve-unknown-fields').boolean === true ||
      node.get('x-kubernetes-int-or-string').boolean === true;
    if (!node.get('type').present && !free) found.push(node);
    for (const [, each] of node.get('properties').entries()) visit(each as AnyNode, depth + 1);
    visit(node.get('items'), depth + 1);
    visit(node.get('additionalProperties'), depth + 1);
  };
  visit(schema, 0);
  return found;
}
