import { qemuFailure, type MachineExit, type RunningMachine } from './boot.js';
import { ConsoleMatcher, nameOf } from './console-matcher.js';
import { ConsoleText } from './console-text.js';
import { MachineError, type MachineErrorCode } from './error.js';
import { type HttpTarget, pollHttp } from './http-check.js';
import type { BootTestOptions, ConsolePattern } from './options.js';

/** The time at which a pattern or an HTTP answer was seen. */
export interface Timing {
  /** The pattern in quotes or slashes, the URL, or `power-off`. */
  readonly what: string;
  /** Seconds of wall time since QEMU was started. */
  readonly seconds: number;
  /** Seconds of the guest's uptime: the latest kernel time stamp on the console, if the kernel prints any. */
  readonly uptime?: number;
}

/** Number of console lines in the message of a failure: enough for the kernel's call trace. */
const LAST_LINES = 40;
/** Seconds. An emulated boot takes about 15 on an idle machine. */
const DEFAULT_TIMEOUT = 120;

/** A failed unpacking leaves half a root file system, on which the kernel boots on. A panic ends the boot. */
const ALWAYS_BAD: readonly ConsolePattern[] = ['Initramfs unpacking failed', 'Kernel panic - not syncing'];

/** Observes one boot: records what is seen, and decides after each event whether the boot has passed or failed. */
export class BootWatch {
  readonly timings: Timing[] = [];
  private readonly started = performance.now();
  private readonly limit: number;
  private readonly matcher: ConsoleMatcher;
  private readonly text = new ConsoleText();
  private readonly chunks: string[] = [];
  /** HTTP checks that have not passed yet, and why the latest attempt did not pass. */
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

  /** Resolves when all that is expected has been seen; rejects as soon as this is no longer possible. */
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
    machine.output.on('data', (chunk: Uint8Array) => read(this.text.write(chunk)));
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

  private ended(exit: MachineExit): MachineError {
    if (exit.code === 0) return this.failure('guest-ended', `the guest ended before ${this.missing()}`);
    const { code, message, hint } = qemuFailure(exit);
    return this.failure(code, message, hint);
  }

  private missing(): string {
    const answers = [...this.unanswered].map(([{ url }, why]) => `answer from ${url} (last: ${why})`);
    const all = [...this.matcher.missing.map(nameOf), ...answers];
    return all.length > 0 ? all.join(', ') : 'power-off';
  }

  private failure(code: MachineErrorCode, message: string, hint?: string): MachineError {
    const lines = this.console.trimEnd().split('\n').slice(-LAST_LINES);
    const tail =
      lines.join('').trim() === '' ? 'the console stayed empty' : `last console lines:\n${lines.join('\n')}`;
    return new MachineError(code, `${message}\n${tail}`, { hint });
  }
}
