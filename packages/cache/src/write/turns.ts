import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds of one wait, at most. */
const LONGEST_WAIT = 10_000;

/**
 * Runs tasks one at a time, each after a random wait, and in random order: of two machines that store the same entries at
 * the same time one comes first with this entry and the other one with that, and each finds those of the other.
 */
export class Turns {
  private readonly ready: (() => Promise<void>)[] = [];
  private readonly hurrying = new AbortController();
  private isRunning = false;
  private delayed = 0;

  constructor(private readonly longestWait = LONGEST_WAIT) {
    // Each task that waits listens.
    setMaxListeners(0, this.hurrying.signal);
  }

  /** The number of tasks that could run or do. */
  get active(): number {
    return this.ready.length + (this.isRunning ? 1 : 0);
  }

  /** The number of all tasks that have not ended. */
  get length(): number {
    return this.active + this.delayed;
  }

  /** Runs a task as soon as no other one runs. */
  run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.ready.push(() => task().then(resolve, reject));
      void this.next();
    });
  }

  /** Runs a task after a random wait. */
  async runLater<T>(task: () => Promise<T>): Promise<T> {
    const { signal } = this.hurrying;
    this.delayed++;
    await sleep(Math.random() * this.longestWait, undefined, { signal, ref: false }).catch(() => undefined);
    this.delayed--;
    return this.run(task);
  }

  /** Ends all waits, and from now on lets no task wait. */
  hurry(): void {
    this.hurrying.abort();
  }

  private async next(): Promise<void> {
    if (this.isRunning || this.ready.length === 0) return;
    this.isRunning = true;
    const [task] = this.ready.splice(Math.floor(Math.random() * this.ready.length), 1);
    await task();
    this.isRunning = false;
    void this.next();
  }
}
