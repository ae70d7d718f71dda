import type { KubeVersion } from '../k8s/version.ts';
import type { Severity } from './finding.ts';
import type { AnyFact } from './project.ts';
import type { AnyRule, Category, Messages, OptionsSpec, Preset, Target } from './rule.ts';

/** What planning a run needs to know of a rule; the build writes it (`scripts/build-cold.ts`). */
export interface RuleRow {
  readonly id: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly preset: Preset;
  readonly on: Target;
  readonly kinds?: readonly string[];
  readonly facts?: readonly AnyFact[];
  readonly rest?: RareProperties;
}

/** What few rules have. */
interface RareProperties {
  readonly aliases?: readonly string[];
  readonly supersedes?: readonly string[];
  readonly yieldsTo?: readonly string[];
  readonly expectedOfControlPlane?: boolean;
  readonly defaults?: unknown;
  /** Where it is not one check for every release. */
  readonly since?: readonly KubeVersion[];
}

/**
 * A rule of which the program holds a row of a table: the rest of it is in a file that is read when the rule is run or
 * asked for its texts.
 */
export class ListedRule {
  readonly id: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly preset: Preset;
  readonly on: Target;
  readonly kinds: readonly string[] | undefined;
  readonly facts: readonly AnyFact[] | undefined;
  private readonly rest: RareProperties;
  private readonly load: (id: string) => AnyRule;
  private loaded: AnyRule | undefined;

  constructor({ id, category, severity, preset, on, kinds, facts, rest }: RuleRow, load: (id: string) => AnyRule) {
    this.id = id;
    this.category = category;
    this.severity = severity;
    this.preset = preset;
    this.on = on;
    this.kinds = kinds;
    this.facts = facts;
    this.rest = rest ?? NOTHING;
    this.load = load;
  }

  get aliases(): readonly string[] | undefined {
    return this.rest.aliases;
  }

  get supersedes(): readonly string[] | undefined {
    return this.rest.supersedes;
  }

  get yieldsTo(): readonly string[] | undefined {
    return this.rest.yieldsTo;
  }

  get expectedOfControlPlane(): boolean | undefined {
    return this.rest.expectedOfControlPlane;
  }

  get checks(): readonly { readonly since: KubeVersion; check(subject: never, context: never): void }[] {
    return (this.rest.since ?? SINCE_EVER).map((since, index) => ({
      since,
      check: (subject: never, context: never) => this.whole.checks[index]!.check(subject, context),
    }));
  }

  get options(): OptionsSpec<unknown> | undefined {
    const { defaults } = this.rest;
    if (defaults === undefined) return undefined;
    const schema = () => this.whole.options!.schema;
    return {
      defaults,
      get schema() {
        return schema();
      },
    };
  }

  get title(): string {
    return this.whole.title;
  }

  get messages(): Messages {
    return this.whole.messages;
  }

  private get whole(): AnyRule {
    this.loaded ??= this.load(this.id);
    return this.loaded;
  }
}

const NOTHING: RareProperties = {};
const SINCE_EVER = ['1.0'] as const;
