import { bytes } from '../format-quantity.js';

/** Milliseconds before the first line: a short pull says nothing. */
const PATIENCE = 3_000;
/** Milliseconds between lines. A person at a terminal wants to see movement; a CI log wants to stay short. */
const INTERVAL = { terminal: 2_000, log: 20_000 };

/**
 * Reports a long pull while it goes on, in whole lines without cursor movement, so that a TUI and a log show them
 * too.
 */
export class PullProgress {
  private received = 0;
  private said = performance.now() + PATIENCE;

  constructor(
    private readonly name: string,
    private readonly say: (line: string) => void,
    private readonly interval = process.stderr.isTTY ? INTERVAL.terminal : INTERVAL.log,
  ) {}

  add(count: number): void {
    this.received += count;
    const now = performance.now();
    if (now < this.said) return;
    this.said = now + this.interval;
    this.say(`pull ${this.name}: ${bytes(this.received)} so far`);
  }
}
