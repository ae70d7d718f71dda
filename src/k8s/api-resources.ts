import { KINDS } from './schema/kinds-table.ts';
import { type KubeVersion, minorOf } from './version.ts';

/** A resource of Kubernetes' own as the API serves it: by the plural name that RBAC rules use. */
export interface ApiResource {
  readonly group: string;
  /** `deployments`. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Served by the target release. */
  readonly served: boolean;
}

/** Kubernetes' own resources for a release, and the virtual ones that only the authorizer knows. */
export class ApiResources {
  readonly #byName = new Map<string, ApiResource[]>();
  readonly #byKind = new Map<string, ApiResource>();
  readonly #groups = new Set<string>();

  constructor(version: KubeVersion) {
    const minor = minorOf(version);
    for (const groupKind of Object.keys(KINDS)) {
      const entry = KINDS[groupKind]!;
      if (entry.startsWith('-')) continue;
      const dot = groupKind.indexOf('.');
      const kind = dot === -1 ? groupKind : groupKind.slice(0, dot);
      const group = dot === -1 ? '' : groupKind.slice(dot + 1);
      this.add({
        group,
        resource: pluralOf(kind),
        kind,
        namespaced: entry.startsWith('n'),
        served: isServed(entry, minor),
      });
    }
    for (const [group, resource, namespaced] of VIRTUAL) {
      this.add({ group, resource, kind: '', namespaced, served: true });
    }
  }

  /** The resources of this name, in every group that has one. */
  named(resource: string): readonly ApiResource[] {
    return this.#byName.get(resource) ?? [];
  }

  /** Whether the API server itself serves the group, or once did. */
  hasGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  /** What somebody meant who wrote a kind (`Deployment`), a singular (`pod`) or another case (`Pods`). */
  meant(text: string): ApiResource | undefined {
    const lower = text.toLowerCase();
    return this.#byKind.get(lower) ?? (lower === text ? undefined : this.named(lower)[0]);
  }

  private add(resource: ApiResource): void {
    const same = this.#byName.get(resource.resource);
    if (same === undefined) this.#byName.set(resource.resource, [resource]);
    else same.push(resource);
    this.#groups.add(resource.group);
    const kind = resource.kind.toLowerCase();
    const known = this.#byKind.get(kind);
    if (kind !== '' && (known === undefined || !known.served)) this.#byKind.set(kind, resource);
  }
}

/** `NetworkPolicy` → `networkpolicies`, `Ingress` → `ingresses`. */
export function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower === 'endpoints') return lower;
  if (/(?:s|x|ch|sh)$/.test(lower)) return `${lower}es`;
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return `${lower}s`;
}

/** What rules may name although nothing of the kind is stored. */
const VIRTUAL: readonly (readonly [group: string, resource: string, namespaced: boolean])[] = [
  ['', 'users', false],
  ['', 'groups', false],
  ['authentication.k8s.io', 'users', false],
  ['authentication.k8s.io', 'groups', false],
  ['authentication.k8s.io', 'nodes', false],
  ['authentication.k8s.io', 'serviceaccounts', true],
  ['authentication.k8s.io', 'uids', false],
  ['authentication.k8s.io', 'userextras', false],
  ['certificates.k8s.io', 'signers', false],
  ['metrics.k8s.io', 'pods', true],
  ['metrics.k8s.io', 'nodes', false],
  ['events.k8s.io', 'events', true],
];

function isServed(entry: string, minor: number): boolean {
  return entry
    .split(' ')
    .slice(1)
    .some((version) => {
      const [, introduced, , removed] = /^[^:]+:(\d+)(?:,(\d*))?(?:,(\d+))?/.exec(version) ?? [];
      return Number(introduced ?? 0) <= minor && (removed === undefined || minor < Number(removed));
    });
}
