import { defineFact } from '../../engine/project.ts';
import { readRego } from '../../k8s/gatekeeper/rego.lazy.ts';
import {
  CONSTRAINT_GROUP,
  isStructural,
  parameterSchema,
  regoSources,
  TEMPLATE_KIND,
} from '../../k8s/gatekeeper/template.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';

const CONFIG_KIND = 'Config.config.gatekeeper.sh';
const SYNC_KIND = 'SyncSet.syncset.gatekeeper.sh';

interface Gvk {
  /** `apps/v1`. */
  readonly version: string;
  readonly kind: string;
}

type Kept =
  | {
      readonly is: 'template';
      readonly kind: string;
      readonly structural: boolean;
      readonly schema: boolean;
      readonly reads: readonly Gvk[];
    }
  | { readonly is: 'constraint' }
  | { readonly is: 'sync'; readonly kinds: readonly Gvk[] };

export interface Template {
  readonly resource: Resource;
  /** The kind of its constraints. */
  readonly kind: string;
  readonly structural: boolean;
  readonly hasSchema: boolean;
  /** What it reads of data.inventory. */
  readonly reads: readonly Gvk[];
}

/** What the input holds of Gatekeeper's. */
export interface Gatekeeper {
  readonly templates: readonly Template[];
  readonly constraints: readonly Resource[];
  /** Config and SyncSet objects, and what these copy into data.inventory. */
  readonly syncs: readonly { readonly resource: Resource; readonly kinds: readonly Gvk[] }[];
  templateOf(kind: string): Template | undefined;
}

export const gatekeeperFact = defineFact<Gatekeeper, Kept>({
  name: 'gatekeeper',
  kinds: [TEMPLATE_KIND, `*.${CONSTRAINT_GROUP}`, CONFIG_KIND, SYNC_KIND],
  collect({ root, head, groupKind }) {
    if (groupKind === TEMPLATE_KIND) {
      const reads = regoSources(root).flatMap(({ rego, version }) => {
        const text = rego.string ?? '';
        return text.includes('data.inventory') ? readRego(text, false, version).inventory : [];
      });
      return {
        is: 'template',
        kind: root.at(['spec', 'crd', 'spec', 'names', 'kind']).string ?? '',
        structural: isStructural(root, head.version),
        schema: parameterSchema(root).isMap,
        reads,
      };
    }
    if (head.group === CONSTRAINT_GROUP) return { is: 'constraint' };
    const list = root.at(groupKind === CONFIG_KIND ? ['spec', 'sync', 'syncOnly'] : ['spec', 'gvks']);
    const kinds = (list.items() as readonly AnyNode[]).flatMap((entry) => {
      const group = entry.get('group').string ?? '';
      const version = entry.get('version').string;
      const kind = entry.get('kind').string;
      return version === undefined || kind === undefined
        ? []
        : [{ version: group === '' ? version : `${group}/${version}`, kind }];
    });
    return { is: 'sync', kinds };
  },
  compute(_project, collected) {
    const templates: Template[] = [];
    const constraints: Resource[] = [];
    const syncs: { resource: Resource; kinds: readonly Gvk[] }[] = [];
    for (const { resource, data } of collected) {
      if (data.is === 'constraint') constraints.push(resource);
      else if (data.is === 'sync') syncs.push({ resource, kinds: data.kinds });
      else {
        const { kind, structural, schema, reads } = data;
        templates.push({ resource, kind, structural, hasSchema: schema, reads });
      }
    }
    const byKind = new Map(templates.map((template) => [template.kind, template]));
    return { templates, constraints, syncs, templateOf: (kind) => byKind.get(kind) };
  },
});
