import type { Target } from '../input/discover.ts';
import { now } from './clock.ts';
import type { Terminal } from './command.ts';

const QUIET_FOR = 1000;
const REDRAW_EVERY = 100;

/** A line on a terminal that says how far we are; it appears only where work takes longer than a second. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #active: boolean;
  readonly #total: number;
  readonly #started = now();
  #drawn = 0;
  #done = 0;

  constructor(terminal: Terminal, quiet: boolean, targets: readonly Target[]) {
    this.#terminal = terminal;
    this.#active = !quiet && terminal.stderrIsTTY;
    this.#total = targets.reduce((sum, { found }) => sum + found.length, 0);
  }

  step(): void {
    this.#done++;
    if (!this.#active) return;
    const time = now();
    if (time - this.#started < QUIET_FOR || time - this.#drawn < REDRAW_EVERY) return;
    this.#drawn = time;
    this.#terminal.err(`\r\u001b[K${this.#done} of ${this.#total} files`);
  }

  clear(): void {
    if (this.#drawn > 0) this.#terminal.err('\r\u001b[K');
    this.#drawn = 0;
  }
}
