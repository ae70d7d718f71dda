import { type Collected, defineFact, type Project } from '../../engine/project.ts';
import type { PodView } from '../../k8s/pod.ts';
import {
  BUILT_IN_CONFIGURATION,
  CONFIGURATION_KIND,
  type PodSecurityConfiguration,
  readPodSecurityConfiguration,
} from '../../k8s/pod-security/configuration.ts';
import { dependsOnVersion } from '../../k8s/pod-security/depends-on-version.ts';
import { evaluate, resolved, type Violation } from '../../k8s/pod-security/evaluate.ts';
import { LABEL_PREFIX, type Mode, policyOf, type ResolvedPolicy } from '../../k8s/pod-security/labels.ts';
import { type Level, type LevelVersion, NEWEST_POLICY, policyMinor } from '../../k8s/pod-security/level.ts';
import { POD_SECURITY_STANDARDS } from '../../k8s/pod-security/registry.ts';
import { subjectOf } from '../../k8s/pod-security/subject.ts';
import type { Resource } from '../../k8s/resource.ts';
import { minorOf } from '../../k8s/version.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';

/** The namespaces of the input, what each demands of its pods, and the workloads that live in them. */
export interface PodSecurityAdmission {
  readonly configuration: PodSecurityConfiguration;
  readonly namespaces: readonly NamespaceView[];
  /** In the order of the input; those without a namespace are nowhere. */
  workloadsOf(namespace: string): readonly Workload[];
}

export interface NamespaceView {
  readonly name: string;
  readonly resource: Resource;
  readonly labels: Readonly<Record<string, string>>;
  readonly policy: ResolvedPolicy;
  /**
   * Every manifest of this namespace demands the same. A base and its overlay may differ, and then nobody knows which
   * of them the cluster will see.
   */
  readonly certain: boolean;
}

export interface Workload {
  readonly resource: Resource;
  readonly runtimeClass: string | undefined;
  /** Which pod of the resource; most have one. */
  readonly index: number;
  readonly verdict: Verdict;
}

/** Failing checks by the newest policy. */
interface Verdict {
  readonly baseline: readonly string[];
  readonly restricted: readonly string[];
  /** Set where policies before the newest, down to 1.25, may judge the pod otherwise. */
  readonly varies?: true;
}

/** The same as the map phase keeps it: failing checks as bits, in the order of the registry. */
type Kept = readonly [baseline: number, restricted: number, varies: 0 | 1, runtimeClass?: string];

const workloads = defineFact<ReadonlyMap<string, readonly Workload[]>, readonly (Kept | null)[]>({
  name: 'pod-security-workloads',
  pods: true,
  collect: (resource) => resource.pods.map(keep),
  compute(_project, collected) {
    const byNamespace = new Map<string, Workload[]>();
    for (const { resource, data } of collected) {
      const { namespace } = resource.head;
      if (namespace === '') continue;
      const list = byNamespace.get(namespace) ?? [];
      byNamespace.set(namespace, list);
      data.forEach((verdict, index) => {
        if (verdict !== null) list.push({ resource, index, verdict: verdictOf(verdict), runtimeClass: verdict[3] });
      });
    }
    return byNamespace;
  },
});

const namespaceLabels = defineFact<
  readonly Collected<Readonly<Record<string, string>>>[],
  Readonly<Record<string, string>>
>({
  name: 'pod-security-labels',
  kinds: ['Namespace'],
  collect: (resource) => podSecurityLabels(resource.metadata.get('labels')),
  compute: (_project, collected) => collected,
});

const configuration = defineFact<PodSecurityConfiguration, PodSecurityConfiguration | null>({
  name: 'pod-security-configuration',
  kinds: [CONFIGURATION_KIND],
  collect: (resource) => readPodSecurityConfiguration(resource.root) ?? null,
  compute(_project, collected) {
    // Configurations of several clusters that differ say nothing about any one of them.
    const [first, ...others] = collected;
    const agreed = others.every(({ data }) => JSON.stringify(data) === JSON.stringify(first?.data));
    return (agreed ? first?.data : undefined) ?? BUILT_IN_CONFIGURATION;
  },
});

export const podSecurityAdmission = defineFact<PodSecurityAdmission, never>({
  name: 'pod-security-admission',
  kinds: [],
  uses: [workloads, namespaceLabels, configuration],
  compute(project) {
    const configured = project.fact(configuration);
    const byNamespace = project.fact(workloads);
    const labelled = project.fact(namespaceLabels).map(({ resource, data }) => ({
      name: resource.head.name,
      resource,
      labels: data,
      policy: policyOf(data, configured.defaults),
    }));
    const copies = new Map<string, Set<string>>();
    for (const { name, policy } of labelled) {
      const demands = copies.get(name);
      if (demands === undefined) copies.set(name, new Set([JSON.stringify(policy)]));
      else demands.add(JSON.stringify(policy));
    }
    return {
      configuration: configured,
      namespaces: labelled.map((namespace) => ({ ...namespace, certain: copies.get(namespace.name)!.size === 1 })),
      workloadsOf: (namespace) => byNamespace.get(namespace) ?? [],
    };
  },
});

/** The six labels of a namespace as the API server holds them: a label without a value is the empty string. */
export function podSecurityLabels(labels: AnyNode): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  if (!isMap(labels.raw)) return found;
  for (const key of Object.keys(labels.raw)) {
    const value = labels.raw[key];
    if (key.startsWith(LABEL_PREFIX) && (typeof value === 'string' || value === null)) found[key] = value ?? '';
  }
  return found;
}

/** Ids of the checks that a workload fails; the tree is fetched only for a policy that may judge otherwise. */
export function failedChecks(workload: Workload, demand: LevelVersion, project: Project): readonly string[] {
  if (demand.level === 'privileged') return [];
  const server = minorOf(project.version);
  const minor = policyMinor(demand.version, server);
  const newest =
    Math.min(NEWEST_POLICY, server) >= 30 && minor >= 25 && (!workload.verdict.varies || minor === NEWEST_POLICY);
  if (newest) return workload.verdict[demand.level];
  return violationsOf(workload, demand, project).map(({ check }) => check);
}

/** With their nodes: for reporting. */
export function violationsOf(
  workload: Workload,
  { level, version }: LevelVersion,
  project: Project,
): readonly Violation[] {
  const pod = workload.resource.pods[workload.index];
  return pod === undefined ? [] : resolved(evaluate(level, version, pod, minorOf(project.version)));
}

/** The strictest level that all of them meet by the newest policy; undefined where there is none to ask. */
export function commonLevel(all: readonly Workload[], project: Project): Level | undefined {
  if (all.length === 0) return undefined;
  for (const level of ['restricted', 'baseline'] as const) {
    if (all.every((workload) => failedChecks(workload, { level, version: 'latest' }, project).length === 0))
      return level;
  }
  return 'privileged';
}

/** Not looked at by admission at all. */
export function isExempt(
  workload: Workload,
  { exemptNamespaces, exemptRuntimeClasses }: PodSecurityConfiguration,
): boolean {
  return (
    exemptNamespaces.includes(workload.resource.head.namespace) ||
    (workload.runtimeClass !== undefined && exemptRuntimeClasses.includes(workload.runtimeClass))
  );
}

export function describeDemand(namespace: string, mode: Mode, { level }: LevelVersion): string {
  const verb = { enforce: 'enforces', audit: 'audits', warn: 'warns of' }[mode];
  return `namespace "${namespace}" ${verb} "${level}"`;
}

/** Null for a pod of which only a part is written here. */
function keep(pod: PodView): Kept | null {
  if (pod.partial) return null;
  const restricted = failingBits(pod, 'restricted');
  const baseline = restricted === 0 ? 0 : failingBits(pod, 'baseline');
  const varies = dependsOnVersion(subjectOf(pod)) ? 1 : 0;
  const runtimeClass = pod.spec.get('runtimeClassName').string;
  return runtimeClass === undefined ? [baseline, restricted, varies] : [baseline, restricted, varies, runtimeClass];
}

function failingBits(pod: PodView, level: Level): number {
  const { checks } = POD_SECURITY_STANDARDS;
  let bits = 0;
  let at = 0;
  // Violations come in the order of the registry.
  for (const { check } of resolved(evaluate(level, 'latest', pod))) {
    while (checks[at]!.id !== check) at++;
    bits |= 1 << at;
  }
  return bits;
}

function verdictOf([baseline, restricted, varies]: Kept): Verdict {
  const verdict = { baseline: idsOf(baseline), restricted: idsOf(restricted) };
  return varies === 1 ? { ...verdict, varies: true } : verdict;
}

function idsOf(bits: number): readonly string[] {
  return POD_SECURITY_STANDARDS.checks.filter((_, at) => (bits & (1 << at)) !== 0).map(({ id }) => id);
}
