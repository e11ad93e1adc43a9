import { TimeoutError } from './network-error.js';

/** How slow a server may be. */
export interface PaceOptions {
  /**
   * Milliseconds without a byte after which a connection counts as dead; default: 60,000. It is also the period over
   * which `minimumRate` is measured.
   */
  readonly idleTimeout?: number;
  /** Bytes per second that the body of an answer must bring; 0 for no limit. Default: 1024. */
  readonly minimumRate?: number;
  /** Milliseconds for one document or blob with all attempts; default: three hours. */
  readonly transferTimeout?: number;
}

/** Milliseconds. A registry may first have to fetch a blob itself, which takes no longer than this. */
const IDLE_TIMEOUT = 60_000;
/** Bytes per second. A modem of 1990 was faster, so that only a server that holds its clients back is this slow. */
const MINIMUM_RATE = 1024;
/** Milliseconds. In three hours a line of 1 MB/s brings 10 GB, which is the largest layer that most registries accept. */
const TRANSFER_TIMEOUT = 3 * 60 * 60 * 1000;
/** Milliseconds; Node takes a longer time for none at all. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Limits of time for requests. */
export class Pace {
  readonly idleTimeout: number;
  private readonly minimumRate: number;
  private readonly transferTimeout: number;

  constructor(options: PaceOptions) {
    this.idleTimeout = options.idleTimeout ?? IDLE_TIMEOUT;
    this.minimumRate = options.minimumRate ?? MINIMUM_RATE;
    this.transferTimeout = options.transferTimeout ?? TRANSFER_TIMEOUT;
  }

  /** Returns when a document or blob that is asked for now has to be complete, on the clock of `performance.now`. */
  deadline(): number {
    return performance.now() + this.transferTimeout;
  }

  /** Calls `expired` once nothing arrived for too long or the deadline is over. */
  timer(deadline: number, expired: (error: TimeoutError) => void): NodeJS.Timeout {
    const left = Math.max(0, deadline - performance.now());
    const [wait, error] =
      left < this.idleTimeout
        ? [left, TimeoutError.late(this.transferTimeout)]
        : [this.idleTimeout, TimeoutError.silent(this.idleTimeout)];
    return setTimeout(() => expired(error), Math.min(wait, LONGEST_TIMER));
  }

  /** Watches the rate of one body. The returned function is told the bytes that came and the milliseconds waited. */
  meter(): (bytes: number, waited: number) => void {
    let [bytes, waited] = [0, 0];
    return (more, milliseconds) => {
      [bytes, waited] = [bytes + more, waited + milliseconds];
      if (waited < this.idleTimeout) return;
      if (bytes * 1000 < this.minimumRate * waited) throw TimeoutError.slow(bytes, waited, this.minimumRate);
      [bytes, waited] = [0, 0];
    };
  }
}
