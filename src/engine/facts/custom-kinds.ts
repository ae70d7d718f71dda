import type { Resource } from '../../k8s/resource.ts';
import { groupKind } from '../../k8s/resource.ts';
import { knownKind } from '../../k8s/schema/scope.ts';
import { defineFact } from '../project.ts';

/** The kinds that CustomResourceDefinitions of the input make, and the objects that are of no kind of Kubernetes' own. */
export interface CustomKinds {
  /** By GroupKind. */
  readonly kinds: ReadonlyMap<string, CustomKind>;
  readonly resources: readonly Resource[];
}

export interface CustomKind {
  readonly definition: Resource;
  readonly namespaced: boolean;
  readonly versions: readonly CustomVersion[];
}

export interface CustomVersion {
  readonly name: string;
  readonly served: boolean;
  /** Where its schema stands in the CustomResourceDefinition; undefined where it has none. */
  readonly schema: readonly (string | number)[] | undefined;
  /** Fields that the schema does not name are kept: only CustomResourceDefinitions of v1beta1 could say so. */
  readonly keepsUnknown: boolean;
}

interface Kept {
  readonly kind: string;
  readonly namespaced: boolean;
  readonly versions: readonly CustomVersion[];
}

export const customKindsFact = defineFact<CustomKinds, Kept | 'resource'>({
  name: 'custom-kinds',
  collect({ root, head, groupKind: kindOf }) {
    if (kindOf !== 'CustomResourceDefinition.apiextensions.k8s.io') {
      return head.group === '' || knownKind(head.group, head.kind) ? undefined : 'resource';
    }
    const spec = root.get('spec');
    const group = spec.get('group').string;
    const kind = spec.get('names').get('kind').string;
    if (group === undefined || kind === undefined) return undefined;
    const keepsUnknown = head.version !== 'v1' && spec.get('preserveUnknownFields').boolean !== false;
    const shared = spec.at(['validation', 'openAPIV3Schema']).isMap
      ? ['spec', 'validation', 'openAPIV3Schema']
      : undefined;
    const versions: CustomVersion[] = spec
      .get('versions')
      .items()
      .flatMap((version, index) => {
        const name = version.get('name').string;
        if (name === undefined) return [];
        const own = ['spec', 'versions', index, 'schema', 'openAPIV3Schema'];
        const schema = version.at(['schema', 'openAPIV3Schema']).isMap ? own : shared;
        return [{ name, served: version.get('served').boolean !== false, schema, keepsUnknown }];
      });
    const single = spec.get('version').string;
    if (versions.length === 0 && single !== undefined) {
      versions.push({ name: single, served: true, schema: shared, keepsUnknown });
    }
    return { kind: groupKind(group, kind), namespaced: spec.get('scope').string === 'Namespaced', versions };
  },
  compute(_, collected) {
    const kinds = new Map<string, CustomKind>();
    const resources: Resource[] = [];
    for (const { resource, data } of collected) {
      if (data === 'resource') resources.push(resource);
      else kinds.set(data.kind, { ...data, definition: resource });
    }
    return { kinds, resources };
  },
});
