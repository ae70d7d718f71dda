import type { ContainerView } from '../k8s/container.ts';
import type { PodView } from '../k8s/pod.ts';
import type { Resource } from '../k8s/resource.ts';
import type { KubeVersion } from '../k8s/version.ts';
import type { Document } from '../yaml/document.ts';
import type { Change } from '../yaml/edit.ts';
import type { AnyNode } from '../yaml/node.ts';
import type { Severity } from './finding.ts';
import type { AnyFact, Fact, Project } from './project.ts';
import type { Site } from './site.ts';

/** What a rule looks at. A `document` is any YAML document, a `resource` one Kubernetes object of it. */
interface Subjects {
  readonly container: ContainerView;
  readonly pod: PodView;
  readonly resource: Resource;
  readonly document: Document;
  readonly project: Project;
}
export type Target = keyof Subjects;

export type Preset = 'recommended' | 'strict' | 'all';
export type World = 'open' | 'closed' | 'auto';

export type Category =
  | 'pod-security'
  | 'workload'
  | 'image'
  | 'secret'
  | 'service-account'
  | 'network'
  | 'ingress'
  | 'rbac'
  | 'identity'
  | 'control-plane'
  | 'node'
  | 'encryption'
  | 'audit'
  | 'admission'
  | 'policy-engine'
  | 'api'
  | 'supply-chain'
  | 'platform'
  | 'reliability'
  | 'attack-path'
  | 'suppression';

export type Messages = Readonly<Record<string, string>>;
type Holes<S extends string> = S extends `${string}{${infer K}}${infer R}` ? K | Holes<R> : never;
export type MessageData = Readonly<Record<string, string | number | boolean>>;

/** Where a finding points. A resource stands for its `metadata.name`, else its `kind`. */
export type Where = AnyNode | Resource | Site;

export interface More {
  readonly related?: readonly { readonly at: Where; readonly message: string }[];
  readonly fix?: FixProposal;
  /** Where the evidence makes this finding better or worse than the rule's own severity. */
  readonly severity?: Severity;
  /**
   * The first preset that holds this finding, where that is a wider one than the rule's own. A rule that the
   * configuration names reports everything.
   */
  readonly preset?: Preset;
  /** Narrows the finding to a part of the scalar: offsets into the written text of the node, quotes included. */
  readonly part?: { readonly start: number; readonly end: number };
  /** Points at the key instead of the value. */
  readonly atKey?: boolean;
}

/** What to write instead, as changes of meaning; the text edits are made from them when someone asks. */
export interface FixProposal {
  readonly title: string;
  readonly safety: 'safe' | 'hardening';
  /** Paths are relative to the document's root: use `steps` of a node or site. Called where somebody asks for edits. */
  readonly changes: readonly Change[] | (() => readonly Change[]);
}

type Extra<S extends string> = [Holes<S>] extends [never]
  ? [more?: More]
  : [more: More & { readonly data: Readonly<Record<Holes<S>, string | number>> }];

export interface RuleContext<M extends Messages = Messages, O = unknown> {
  readonly options: O;
  /** The target release and its minor number. */
  readonly version: KubeVersion;
  readonly minor: number;
  readonly world: World;
  /** A message with holes (`container "{name}" …`) makes its data mandatory. User text is quoted by the message. */
  report<K extends keyof M & string>(at: Where, message: K, ...extra: Extra<M[K]>): void;
}

export type Check<T extends Target, M extends Messages, O> = (subject: Subjects[T], context: RuleContext<M, O>) => void;

export interface VersionedCheck<T extends Target, M extends Messages, O> {
  /** The first release this form of the check is for. */
  readonly since: KubeVersion;
  readonly check: Check<T, M, O>;
}

/** In which control catalogs the rule has a number. */
export interface Frameworks {
  /** CIS Kubernetes Benchmark v1.12. */
  readonly cis?: readonly string[];
  /** NSA/CISA Kubernetes Hardening Guide v1.2, chapters as in `frameworks/nsa.ts`. */
  readonly nsa?: readonly string[];
  /** MITRE ATT&CK technique ids. */
  readonly mitre?: readonly string[];
  readonly pss?: 'baseline' | 'restricted';
  /** Why a critical or high rule has neither a CIS number nor a MITRE technique. */
  readonly unmapped?: string;
}

/** Lines that show the rule. `in` says where they belong; the harness completes a container or a pod. */
export interface Example {
  readonly title: string;
  readonly in: 'container' | 'pod' | 'manifests';
  /** A line that must yield a finding ends in `# finding` or `# finding: messageId`. */
  readonly yaml: string;
  readonly options?: unknown;
  /** The release to lint for; the newest where it is left out. */
  readonly since?: KubeVersion;
  readonly world?: World;
  /** The name of the file, where it matters: `etc/kubernetes/manifests/kube-apiserver.yaml`. */
  readonly path?: string;
}

/**
 * The rule's page. It is left out of the bundle that every run loads: reach it through `docsOf` in `engine/docs.ts`,
 * never as a property.
 */
export interface RuleDocs {
  /** Markdown: what an attacker gains, or what breaks. */
  readonly why: string;
  /** Markdown: what to write instead. */
  readonly fix: string;
  readonly frameworks: Frameworks;
  /** Ids of the same check elsewhere, by tool: `{ trivy: ['KSV-0017'], checkov: ['CKV_K8S_16'] }`. */
  readonly equivalents?: Readonly<Record<string, readonly string[]>>;
  /** Topic of the CKS curriculum it belongs to, where it is one. */
  readonly cks?: string;
  readonly references: readonly string[];
  /** What the rule does not see, said where users look. */
  readonly limits?: string;
  readonly examples: {
    readonly bad: readonly Example[];
    readonly good: readonly Example[];
    /**
     * Where container and pod examples mean the same, when that is not everywhere: workload kinds (`Deployment`) or
     * container lists (`containers`). The examples are replayed in these places alone.
     */
    readonly onlyIn?: readonly string[];
  };
}

/** Options of a rule: defaults, and a small JSON Schema (draft-07 subset: type, properties, items, enum) to hold them to. */
export interface OptionsSpec<O> {
  readonly defaults: O;
  readonly schema: object;
}

export interface Rule<T extends Target = Target, M extends Messages = Messages, O = unknown> {
  readonly id: string;
  /** One line without a full stop, at most 72 characters. */
  readonly title: string;
  readonly category: Category;
  readonly severity: Severity;
  /** The first preset that holds the rule: recommended ⊂ strict ⊂ all. */
  readonly preset: Preset;
  readonly on: T;
  /**
   * `Deployment.apps`, `Pod`, `*.constraints.gatekeeper.sh`; all kinds where it is left out. A project rule with kinds
   * is run where the input holds one of them (no patterns there).
   */
  readonly kinds?: readonly string[];
  /** Of a project rule: whether the input may give it something to say. Cheap, and asked before the rule is loaded. */
  when?(project: Project, options: O): boolean;
  /** Former ids: still accepted everywhere. */
  readonly aliases?: readonly string[];
  /** Static pods of the control plane, as kubeadm writes them, are so by design: nothing is said of them. */
  readonly expectedOfControlPlane?: boolean;
  /** Rules whose finding at the same node is dropped when this one speaks: one fault, one finding. */
  readonly supersedes?: readonly string[];
  /** Not run where all of these run: they say in detail what this rule sums up. A rule that the configuration names runs. */
  readonly yieldsTo?: readonly string[];
  /** The facts that a project rule asks for. One with a single fact is not run where that fact kept nothing. */
  readonly facts?: readonly AnyFact[];
  readonly messages: M;
  readonly options?: OptionsSpec<O>;
  /** Strictly increasing; the last one not newer than the target release is run. */
  readonly checks: readonly VersionedCheck<T, M, O>[];
  readonly docs: RuleDocs;
}

/** Discriminated by `on`, so that dispatch needs no cast; messages and options of a particular rule are its own matter. */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds rules of every message and option type.
export type AnyRule = { [T in Target]: Rule<T, any, any> }[Target];

type RuleInit<T extends Target, M extends Messages, O> = Omit<Rule<T, M, O>, 'checks'> &
  ({ readonly check: Check<T, M, O> } | Pick<Rule<T, M, O>, 'checks'>);

/** The one way to make a rule: fills in the short form and fixes the types. Laws over rules are in `test/laws.test.ts`. */
export function defineRule<const T extends Target, const M extends Messages, O = Record<string, never>>(
  init: RuleInit<T, M, O>,
): Rule<T, M, O> {
  if ('checks' in init) return init;
  // Added in place: copies of all rules would be a part of what it costs to start.
  const checks: Rule<T, M, O>['checks'] = [{ since: '1.0', check: init.check }];
  return Object.assign(init, { checks });
}

export type { Fact };
