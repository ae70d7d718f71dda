import type { KubeVersion } from '../k8s/version.ts';
import type { Severity } from './finding.ts';
import type { AnyFact } from './project.ts';
import type { AnyRule, Category, Messages, OptionsSpec, Preset, Target } from './rule.ts';

/**
 * What planning a run needs to know of a rule; the build writes it (`scripts/build-cold.ts`). Numbers are places in lists
 * that all rows share: category, severity, preset and target are words; -1 stands for every kind.
 */
export type RuleRow = readonly [
  id: string,
  category: number,
  severity: number,
  preset: number,
  on: number,
  chunk: number,
  kinds: number,
  facts?: readonly number[],
  rest?: RareProperties,
];

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
  private versions: readonly ListedCheck[] | undefined;

  constructor(
    row: RuleRow,
    words: readonly string[],
    kinds: readonly (readonly string[])[],
    facts: readonly AnyFact[],
    chunks: readonly ((id: string) => AnyRule)[],
  ) {
    const named = row[7];
    this.id = row[0];
    // The build has taken the words from rules, whose types they have.
    this.category = words[row[1]] as Category;
    this.severity = words[row[2]] as Severity;
    this.preset = words[row[3]] as Preset;
    this.on = words[row[4]] as Target;
    this.kinds = kinds[row[6]];
    this.facts = named === undefined || named.length === 0 ? undefined : named.map((fact) => facts[fact]!);
    this.rest = row[8] ?? NOTHING;
    this.load = chunks[row[5]]!;
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
    this.versions ??= (this.rest.since ?? SINCE_EVER).map((since, index) => new ListedCheck(since, this, index));
    return this.versions;
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

  get whole(): AnyRule {
    this.loaded ??= this.load(this.id);
    return this.loaded;
  }
}

class ListedCheck {
  readonly since: KubeVersion;
  private readonly rule: ListedRule;
  private readonly index: number;

  constructor(since: KubeVersion, rule: ListedRule, index: number) {
    this.since = since;
    this.rule = rule;
    this.index = index;
  }

  get check(): (subject: never, context: never) => void {
    return (subject, context) => this.rule.whole.checks[this.index]!.check(subject, context);
  }
}

const NOTHING: RareProperties = {};
const SINCE_EVER = ['1.0'] as const;
