import type { MachineExit, RunningMachine } from './boot.js';
import { ConsoleMatcher, nameOf } from './console-matcher.js';
import { ConsoleText } from './console-text.js';
import { MachineError, type MachineErrorCode } from './error.js';
import { type HttpTarget, pollHttp } from './http-check.js';
import type { BootTestOptions, ConsolePattern } from './options.js';

export interface Timing {
  /** The pattern or URL. */
  readonly what: string;
  /** Wall seconds since QEMU was started. */
  readonly seconds: number;
  /** The guest's uptime by the latest kernel time stamp on the console, where it prints them. */
  readonly uptime?: number;
}

/** What a failure shows of the console. */
const LAST_LINES = 40;
const DEFAULT_TIMEOUT = 120;

/** After the first of these the kernel boots on with half a root file system; after the second, not at all. */
const ALWAYS_BAD: readonly ConsolePattern[] = ['Initramfs unpacking failed', 'Kernel panic - not syncing'];

/** One boot under observation: gathers what has been seen, and judges it after each event. */
export class BootWatch {
  readonly timings: Timing[] = [];
  private readonly started = performance.now();
  private readonly limit: number;
  private readonly matcher: ConsoleMatcher;
  private readonly text = new ConsoleText();
  private readonly chunks: string[] = [];
  /** HTTP checks that have not passed, and what the latest answer lacked. */
  private readonly unanswered: Map<HttpTarget, string>;
  private bad: string | undefined;
  private exit: MachineExit | undefined;
  private late = false;

  constructor(
    private readonly options: BootTestOptions,
    private readonly targets: readonly HttpTarget[],
  ) {
    this.limit = options.timeout ?? DEFAULT_TIMEOUT;
    this.unanswered = new Map(targets.map((target) => [target, 'no answer']));
    const forbidden = [...ALWAYS_BAD, ...(options.failOn ?? [])];
    this.matcher = new ConsoleMatcher(options.expect ?? [], options.order ?? 'given', forbidden, {
      onMatch: ({ pattern, uptime }) => this.record(nameOf(pattern), uptime),
      onForbidden: (line) => (this.bad ??= line.trim()),
      ...(options.onLine && { onLine: options.onLine }),
    });
  }

  get console(): string {
    return this.chunks.join('');
  }

  /** Resolves when all that is expected has been seen; rejects as soon as that cannot happen any more. */
  async outcome(machine: RunningMachine): Promise<void> {
    const stop = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const judge = () => this.judge(resolve, reject);
        timer = setTimeout(() => {
          this.late = true;
          judge();
        }, this.limit * 1000);
        this.readConsole(machine, judge);
        this.askHttp(stop.signal, judge);
        judge();
      });
    } finally {
      clearTimeout(timer);
      stop.abort();
    }
  }

  private readConsole(machine: RunningMachine, judge: () => void): void {
    const read = (text: string) => {
      this.chunks.push(text);
      this.matcher.write(text);
      judge();
    };
    machine.output?.on('data', (chunk: Uint8Array) => read(this.text.write(chunk)));
    void machine.exited.then((exit) => {
      this.exit = exit;
      if (this.options.powerOff && exit.code === 0) this.record('power-off');
      read(`${this.text.end()}\n`);
    });
  }

  private askHttp(signal: AbortSignal, judge: () => void): void {
    for (const target of this.targets) {
      const answered = pollHttp(target, signal, (why) => this.unanswered.set(target, why));
      void answered.then(() => {
        if (signal.aborted) return;
        this.unanswered.delete(target);
        this.record(target.url);
        judge();
      });
    }
  }

  private record(what: string, uptime?: number): void {
    const seconds = Math.round(performance.now() - this.started) / 1000;
    this.timings.push({ what, seconds, ...(uptime !== undefined && { uptime }) });
  }

  private judge(resolve: () => void, reject: (error: MachineError) => void): void {
    if (this.bad !== undefined) return reject(this.failure('boot-failed', `the console says: ${this.bad}`));
    const seen = this.matcher.missing.length === 0 && this.unanswered.size === 0;
    if (seen && (!this.options.powerOff || this.exit?.code === 0)) return resolve();
    if (this.exit) return reject(this.ended(this.exit));
    if (this.late) reject(this.failure('boot-timeout', `no ${this.missing()} within ${this.limit} s`));
  }

  private ended({ code, signal, stderr }: MachineExit): MachineError {
    if (code === 0) return this.failure('guest-ended', `the guest ended before ${this.missing()}`);
    return this.failure(
      'qemu-failed',
      `qemu ended with ${signal ?? `status ${code}`}: ${stderr || 'no message'}`,
    );
  }

  private missing(): string {
    const answers = [...this.unanswered].map(([{ url }, why]) => `answer from ${url} (last: ${why})`);
    const all = [...this.matcher.missing.map(nameOf), ...answers];
    return all.length > 0 ? all.join(', ') : 'power-off';
  }

  private failure(code: MachineErrorCode, message: string): MachineError {
    const lines = this.console.trimEnd().split('\n').slice(-LAST_LINES);
    const tail =
      lines.join('').trim() === '' ? 'the console stayed empty' : `last console lines:\n${lines.join('\n')}`;
    return new MachineError(code, `${message}\n${tail}`);
  }
}
