import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerSettings } from './messages.js';
import type { Archive, Entries } from './server.js';
import type { Spool, Spooled } from './spool.js';
import { Tally } from './tally.js';
import { WorkerProcess } from './worker-process.js';

interface Waiting extends Spooled {
  /** How much of the ends of workers this entry may be to blame for. */
  faults: number;
}

/** An entry that ended this many workers is given up. */
const FAULTS = 3;
/** Milliseconds between two looks at what is left. */
const LOOK = 100;
/** Bytes that are sent at once: Node's 64 KiB cost twice the time for a large archive. */
const SEND_SIZE = 1 << 20;
/** Milliseconds for the list of chunks. Without it, chunks are sent once more. */
const PUBLISHING = 20_000;

/** Answers Nx out of what a worker restores, and gives what Nx sends to the worker: it lives on when the worker ends. */
export class Front implements Entries {
  readonly tally = new Tally();
  private readonly waiting = new Map<string, Waiting>();
  private readonly worker: WorkerProcess;
  private isEnding = false;

  constructor(
    settings: Omit<WorkerSettings, 'folder'>,
    private readonly spool: Spool,
    adopted: readonly Spooled[],
  ) {
    this.worker = new WorkerProcess(settings, spool.folder, {
      stored: (hash, isStored) => void this.stored(hash, isStored),
      problem: (text) => this.tally.problem(text),
      traffic: (up, down) => void (this.tally.traffic = { up, down }),
      restarted: (fault) => this.restarted(fault),
    });
    for (const entry of adopted) this.store(entry);
  }

  /** Entries that are not stored yet. */
  get left(): number {
    return this.waiting.size;
  }

  /** Bytes of these. */
  get leftBytes(): number {
    return this.spool.size;
  }

  async find(hash: string): Promise<Archive | undefined> {
    this.tally.asked++;
    const spooled = this.waiting.get(hash);
    const path = spooled?.path ?? (await this.worker.find(hash));
    const archive = path === undefined ? undefined : await this.open(path, spooled !== undefined);
    if (archive) this.tally.found++;
    return archive;
  }

  async keep(hash: string, body: Readable, length: number): Promise<void> {
    this.tally.sent++;
    if (this.waiting.has(hash)) return discard(body);
    const taken = await this.spool.take(hash, body, length);
    if ('refused' in taken) this.tally.problem(`keeping ${hash}: ${taken.refused}`);
    else this.store(taken);
  }

  /** Waits until all is stored, for at most some milliseconds, or until `signal` aborts. */
  async end(milliseconds: number, signal: AbortSignal, progress: () => void): Promise<void> {
    this.isEnding = true;
    void this.worker.end();
    const limit = performance.now() + milliseconds;
    while (this.waiting.size > 0 && performance.now() < limit && !signal.aborted) {
      progress();
      await sleep(LOOK);
    }
    // The list of chunks is published once the entries are stored.
    const rest = Math.min(PUBLISHING, limit - performance.now());
    if (this.tally.sent > 0 && rest > 0 && !signal.aborted)
      await Promise.race([this.worker.end(), sleep(rest, undefined, { ref: false })]);
  }

  async close(): Promise<void> {
    this.worker.close();
    await this.spool.close();
  }

  private store(entry: Spooled): void {
    this.waiting.set(entry.hash, { ...entry, faults: 0 });
    this.worker.store(entry.hash, entry.path);
  }

  private async stored(hash: string, isStored: boolean): Promise<void> {
    const entry = this.waiting.get(hash);
    if (!entry) return;
    this.waiting.delete(hash);
    if (isStored) this.tally.stored++;
    await this.spool.drop(entry);
  }

  private restarted(fault: number): void {
    for (const entry of this.waiting.values()) {
      entry.faults += fault;
      if (entry.faults >= FAULTS) void this.stored(entry.hash, false);
      else this.worker.store(entry.hash, entry.path);
    }
    if (this.isEnding) void this.worker.end();
  }

  /** Opens an archive, which nobody needs afterwards unless it is also to be stored. */
  private async open(path: string, isSpooled: boolean): Promise<Archive | undefined> {
    try {
      const file = await open(path);
      const { size } = await file.stat();
      const body = file.createReadStream({ highWaterMark: SEND_SIZE });
      if (!isSpooled) body.once('close', () => void rm(path, { force: true }).catch(() => undefined));
      return { size, body };
    } catch (error) {
      this.tally.problem(`opening an archive: ${(error as Error).message}`);
      return undefined;
    }
  }
}

async function discard(body: Readable): Promise<void> {
  body.resume();
  await once(body, 'end');
}
