import { type SecretFault, secretFaults } from '../../k8s/identity/typed-secret.lazy.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';
import { defineFact } from '../project.ts';

export interface SecretEntry {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly faults: readonly SecretFault[];
}

export interface PullSecretUse {
  readonly resource: Resource;
  readonly namespace: string;
  readonly names: readonly string[];
  /** The path of the list from the resource. */
  readonly path: readonly (string | number)[];
}

export interface SecretTypes {
  readonly secrets: readonly SecretEntry[];
  readonly pullSecrets: readonly PullSecretUse[];
}

type Piece =
  | { readonly type: string; readonly faults: readonly SecretFault[] }
  | { readonly uses: readonly { readonly names: readonly string[]; readonly path: readonly (string | number)[] }[] };

/** Which Secrets there are, and which of them pods pull their images with. */
export const secretTypesFact = defineFact<SecretTypes, Piece>({
  name: 'secret-types',
  kinds: ['Secret', 'ServiceAccount'],
  pods: true,
  collect(resource) {
    if (resource.groupKind === 'Secret') {
      const { root, head } = resource;
      const type = root.at(['type']).string ?? 'Opaque';
      return { type, faults: secretFaults(root, type, head) };
    }
    const lists: AnyNode[] = [];
    if (resource.groupKind === 'ServiceAccount') lists.push(resource.root.get('imagePullSecrets'));
    else {
      for (const { spec } of resource.pods) {
        if (isMap(spec.raw) && spec.raw['imagePullSecrets'] !== undefined) lists.push(spec.get('imagePullSecrets'));
      }
    }
    // Nearly every pod ends here.
    if (lists.length === 0) return undefined;
    const uses = lists.flatMap((list) => {
      if (!list.present) return [];
      const names = (list.items() as readonly AnyNode[]).map((item): string => item.get('name').string ?? '');
      return [{ names, path: list.steps.slice(resource.root.steps.length) }];
    });
    return uses.length === 0 ? undefined : { uses };
  },
  compute(_project, collected) {
    const secrets: SecretEntry[] = [];
    const pullSecrets: PullSecretUse[] = [];
    for (const { resource, data } of collected) {
      const { namespace, name } = resource.head;
      if ('type' in data) secrets.push({ resource, namespace, name, ...data });
      else for (const use of data.uses) pullSecrets.push({ resource, namespace, ...use });
    }
    return { secrets, pullSecrets };
  },
});
