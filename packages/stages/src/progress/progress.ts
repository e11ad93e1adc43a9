import { Running, type Activity } from './activity.js';

/** Milliseconds before something is reported, and between two lines at a terminal, where a person waits. */
const INTERVAL = 2_000;
/** Milliseconds between two lines of a log at most: each line takes twice as long as the one before it. */
const LONGEST = 32_000;
/** Activities that a line names. More than the machine has threads make no line clearer. */
const NAMED = 4;

/**
 * Reports what takes long, while it goes on: `pull kernel 31/72 MB, segment nginx 3.1/9.8 MB`. What takes less than two
 * seconds is not named. Each report is one whole line for all activities, without cursor movement, so that a terminal, a
 * terminal UI and a log show it alike; a log gets fewer of them as time goes on.
 */
export class Progress {
  private readonly running = new Set<Running>();
  private timer: NodeJS.Timeout | undefined;
  private interval = INTERVAL;

  constructor(
    private readonly say: (line: string) => void,
    private readonly place: 'terminal' | 'log',
  ) {}

  /** Runs work under a name, and reports what the work says of itself. */
  async during<T>(name: string, work: (activity: Activity) => Promise<T>): Promise<T> {
    const activity = new Running(name);
    this.running.add(activity);
    this.timer ??= this.schedule();
    try {
      return await work(activity);
    } finally {
      this.running.delete(activity);
      if (this.running.size === 0) this.rest();
    }
  }

  private schedule(): NodeJS.Timeout {
    return setTimeout(() => {
      this.report();
      this.timer = this.schedule();
    }, this.interval).unref();
  }

  private report(): void {
    const now = performance.now();
    const long = [...this.running].filter(({ started }) => now - started >= INTERVAL - 1);
    if (long.length === 0) return;
    const named = long.slice(0, NAMED).map((activity) => activity.describe());
    const more = long.length - named.length;
    this.say(`${named.join(', ')}${more > 0 ? `, and ${more} more` : ''}`);
    if (this.place === 'log') this.interval = Math.min(this.interval * 2, LONGEST);
  }

  private rest(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.interval = INTERVAL;
  }
}

/**
 * Progress on standard error of this process, because a task's own log is shown when the task is done. Standard error of a
 * task is a pipe to Nx, so that `CI`, which Nx goes by too, tells a log from a terminal.
 */
export function progressOnStderr(): Progress {
  return new Progress(
    (line) => console.error(line),
    /^(1|true)$/i.test(process.env.CI ?? '') ? 'log' : 'terminal',
  );
}
