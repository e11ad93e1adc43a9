/** Milliseconds after which a place that used its budget up is asked again: a server for a team runs for weeks. */
const PAUSE = 60_000;

/**
 * How long a place that fails may hold a build up. Once the time that was lost with it adds up to the budget, nobody waits
 * for it any more.
 */
export class Budget {
  private lost = 0;
  private closedAt = -Infinity;

  /** `milliseconds` is the time that may be lost. */
  constructor(
    private readonly milliseconds: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isSpent(): boolean {
    if (this.lost < this.milliseconds) return false;
    if (this.now() - this.closedAt < PAUSE) return true;
    // One more failure closes it again.
    this.lost = this.milliseconds - 1;
    return false;
  }

  /** Runs a task, and counts its time if it fails. */
  async during<T>(task: () => Promise<T>): Promise<T> {
    const begun = this.now();
    try {
      return await task();
    } catch (error) {
      // A failure that takes no time still costs something, or one that is refused at once would be asked for ever.
      this.lost += Math.max(this.now() - begun, this.milliseconds / 20);
      this.closedAt = this.now();
      throw error;
    }
  }
}
