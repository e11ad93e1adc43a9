import { copyFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningMachine } from '@nx-linuxkit/machine';
import { bootDisk, type UpdateWorkshop } from './update-workshop.js';
import { diskAfter, keptWrites, logged, readWrites, type DiskWrite, type Loss } from './write-log.js';

/** Bytes by which the machine's disk is larger than the one that was built. */
const GROWTH = 300 << 20;
/** Losses take turns: QEMU that is killed loses nothing; a disk that loses power forgets what it has not flushed, or tears a write. */
const LOSSES: readonly Loss[] = ['nothing', 'every other write', 'half of the last write'];

/** A part of what a machine writes, between two texts of its console. */
export interface Phase {
  readonly name: string;
  readonly begins: string;
  readonly ends: RegExp;
}

/** A point at which the power goes. */
export interface Cut {
  /** Place among the cuts of its phase, from 0. */
  readonly index: number;
  readonly loss: Loss;
  /** Writes before the cut; how many of all writes of the phase these are, for a title. */
  readonly count: number;
}

/** One whole run of a machine, and the disk as a power loss at any write of it leaves it. */
export class RecordedRun {
  private readonly starts = new Map<string, number>();
  private readonly ends = new Map<string, number>();
  private writes: readonly DiskWrite[] = [];

  private constructor(
    private readonly root: string,
    private readonly base: string,
    private readonly log: string,
  ) {}

  /** Runs a new machine with a larger disk than `built` until all phases have ended. Rejects if one does not come. */
  static async of(
    workshop: UpdateWorkshop,
    built: string,
    phases: readonly Phase[],
    limit: number,
  ): Promise<RecordedRun> {
    const path = (name: string) => join(workshop.root, name);
    const run = new RecordedRun(workshop.root, path('first.img'), path('writes.log'));
    copyFileSync(built, run.base);
    truncateSync(run.base, statSync(run.base).size + GROWTH);
    const disk = path('whole.img');
    copyFileSync(run.base, disk);
    // QEMU opens the log, and does not make it.
    writeFileSync(run.log, '');
    const say = (text: string, machine: RunningMachine) => {
      run.note(text, phases);
      if (run.ends.size === phases.length) void machine.stop();
    };
    const console = await bootDisk(disk, limit, say, logged(disk, run.log));
    rmSync(disk);
    run.writes = readWrites(run.log);
    for (const { name } of phases) {
      if (!run.ends.has(name)) throw new Error(`the machine does not come to ${name}:\n${console}`);
    }
    return run;
  }

  /** Notes how long the log is when a phase begins and ends. */
  private note(console: string, phases: readonly Phase[]): void {
    for (const { name, begins, ends } of phases) {
      if (!this.starts.has(name) && console.includes(begins)) this.starts.set(name, statSync(this.log).size);
      if (!this.ends.has(name) && ends.test(console)) this.ends.set(name, statSync(this.log).size);
    }
  }

  /** How many writes a phase has. */
  length(phase: string): number {
    return this.countAt(this.ends.get(phase)!) - this.countAt(this.starts.get(phase)!);
  }

  /** Cut `index` of `cuts` that are spread evenly over the writes of a phase. */
  cut(phase: string, index: number, cuts: number): Cut {
    const count =
      this.countAt(this.starts.get(phase)!) + Math.round(((index + 0.5) / cuts) * this.length(phase));
    return { index, loss: LOSSES[index % LOSSES.length]!, count };
  }

  /** Makes the disk as a cut leaves it, and gives its path. */
  disk({ count, loss }: Cut): string {
    const disk = join(this.root, `cut-${count}.img`);
    diskAfter(this.base, this.log, keptWrites(this.writes, count, loss), disk);
    return disk;
  }

  private countAt(logged: number): number {
    return this.writes.filter(({ from, size }) => from + size <= logged).length;
  }
}
