import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FromWorker, ToWorker, WorkerSettings } from './messages.js';

/** What the owner of a worker hears. */
export interface WorkerEvents {
  stored(hash: string, isStored: boolean): void;
  problem(text: string): void;
  traffic(up: number, down: number): void;
  /** A new worker is there, and knows of nothing. `fault` is how much the one before is to blame for its end, 0 to 1. */
  restarted(fault: number): void;
}

const WORKER = join(__dirname, '..', 'worker', 'worker.js');
/** Milliseconds before a worker is started again; doubled for each that ends soon. */
const PAUSE = { first: 50, last: 5000 };
/** Milliseconds of life after which a worker's end is not counted with those before. */
const LONG = 10_000;
/** Milliseconds. A worker has limits of its own; a file server that hangs has none. */
const LONGEST_FIND = 10 * 60_000;
/** Milliseconds without a sign of life after which a worker is ended. It gives one every second. */
const SILENCE = 30_000;

/** A worker, and after its end another one. While there is none, everything is a miss. */
export class WorkerProcess {
  private child?: ChildProcess;
  private readonly asked = new Map<number, (path: string | undefined) => void>();
  private ending: (() => void)[] = [];
  private lastId = 0;
  private started = 0;
  private failures = 0;
  private timer?: NodeJS.Timeout;
  private watchdog?: NodeJS.Timeout;
  private isClosed = false;
  private before = { up: 0, down: 0 };
  private now = { up: 0, down: 0 };

  constructor(
    private readonly settings: Omit<WorkerSettings, 'folder'>,
    private readonly folder: string,
    private readonly events: WorkerEvents,
  ) {
    this.start();
  }

  find(hash: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      const id = ++this.lastId;
      const timer = setTimeout(() => this.answer(id, undefined), LONGEST_FIND);
      this.asked.set(id, (path) => {
        clearTimeout(timer);
        resolve(path);
      });
      if (!this.send({ kind: 'find', id, hash })) this.answer(id, undefined);
    });
  }

  store(hash: string, file: string): void {
    this.send({ kind: 'store', hash, file });
  }

  /** Asks for all that waits to be sent, and waits until it is, or until the worker has ended. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      if (this.send({ kind: 'end' })) this.ending.push(resolve);
      else resolve();
    });
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    clearTimeout(this.watchdog);
    this.child?.kill('SIGKILL');
  }

  private start(): void {
    const folder = join(this.folder, `worker-${this.started++}`);
    const begun = performance.now();
    let child: ChildProcess;
    try {
      mkdirSync(folder, { recursive: true });
      const settings: WorkerSettings = { ...this.settings, folder };
      child = fork(WORKER, [JSON.stringify(settings)], {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        // Out of the terminal's group, whose Ctrl-C could reach a worker that has not begun to ignore it. Windows would open a window.
        detached: process.platform !== 'win32',
      });
    } catch (error) {
      return this.again(`cannot start a worker: ${(error as Error).message}`, begun, 1);
    }
    this.child = child;
    let last = '';
    child.stderr?.on('data', (text: Buffer) => (last = (last + text.toString()).slice(-2000)));
    child.on('message', (message) => this.receive(message as FromWorker));
    child.on('error', () => undefined);
    child.once('close', (code, signal) => {
      rmSync(folder, { recursive: true, force: true });
      if (this.isClosed) return;
      const why = /^\w*Error.*$/m.exec(last)?.[0] ?? (signal ? `signal ${signal}` : `status ${code}`);
      // A worker that somebody has killed did nothing wrong.
      this.again(`the worker ended: ${why}`, begun, signal === 'SIGKILL' ? 0.05 : 1);
    });
    this.watch();
  }

  /** Answers what was asked, and starts another worker after a pause. */
  private again(why: string, begun: number, fault: number): void {
    this.child = undefined;
    for (const id of this.asked.keys()) this.answer(id, undefined);
    this.hasEnded();
    this.before = { up: this.before.up + this.now.up, down: this.before.down + this.now.down };
    this.now = { up: 0, down: 0 };
    this.events.problem(why);
    this.failures = performance.now() - begun > LONG ? 0 : this.failures + 1;
    const pause = Math.min(PAUSE.last, PAUSE.first * 2 ** this.failures);
    clearTimeout(this.watchdog);
    this.timer = setTimeout(() => {
      this.start();
      this.events.restarted(fault);
    }, pause);
  }

  private receive(message: FromWorker): void {
    this.watch();
    switch (message.kind) {
      case 'found':
        return this.answer(message.id, message.path);
      case 'stored':
        return this.events.stored(message.hash, message.isStored);
      case 'ended':
        return this.hasEnded();
      case 'problem':
        return this.events.problem(message.text);
      case 'alive':
        this.now = message;
        return this.events.traffic(this.before.up + message.up, this.before.down + message.down);
    }
  }

  private hasEnded(): void {
    for (const resolve of this.ending.splice(0)) resolve();
  }

  private watch(): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.child?.kill('SIGKILL'), SILENCE);
    this.watchdog.unref();
  }

  private answer(id: number, path: string | undefined): void {
    this.asked.get(id)?.(path);
    this.asked.delete(id);
  }

  private send(message: ToWorker): boolean {
    const { child } = this;
    if (!child?.connected) return false;
    // An error means that the worker has ended, which `close` reports.
    child.send(message, () => undefined);
    return true;
  }
}
