/**
 * Runs tasks one at a time, in random order: two machines that store the same entries then begin with different ones, and
 * find those of each other.
 */
export class Turns {
  private readonly waiting: (() => Promise<void>)[] = [];
  private isRunning = false;

  /** The number of tasks that wait or run. */
  get length(): number {
    return this.waiting.length + (this.isRunning ? 1 : 0);
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push(() => task().then(resolve, reject));
      void this.next();
    });
  }

  private async next(): Promise<void> {
    if (this.isRunning || this.waiting.length === 0) return;
    this.isRunning = true;
    const [task] = this.waiting.splice(Math.floor(Math.random() * this.waiting.length), 1);
    await task();
    this.isRunning = false;
    void this.next();
  }
}
