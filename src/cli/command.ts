/** What a command may touch of the outside world; the process itself is known to `main.ts` alone. */
export interface Terminal {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdoutIsTTY: boolean;
  readonly stderrIsTTY: boolean;
  /** How wide the terminal is. */
  readonly columns: number;
  /** Writes all of the text, however slow the reader. */
  out(text: string): void;
  err(text: string): void;
  readStdin(): Buffer;
}

/** A subcommand, loaded when it is asked for. Returns the exit status; throws `UsageError` for wrong use. */
export interface Command {
  /** The page that `--help` prints. */
  readonly help: string;
  run(argv: readonly string[], terminal: Terminal): number;
}

export { UsageError } from '../config/usage-error.ts';
