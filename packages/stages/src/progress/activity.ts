import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bytes, partOf } from '../format-quantity.js';

/** What a stage says of its own progress while it makes something. It decides no byte. */
export interface Activity {
  /** Adds bytes that are to come. */
  expect(count: number): void;
  /** Adds bytes that have come. */
  count(count: number): void;
  /** Counts the size of a file, or of the files of a folder, as it is when a line is written. */
  grows(path: string): void;
}

/** For work that is too short to be reported, or that a caller does not want to hear of. */
export const SILENT: Activity = { expect: () => undefined, count: () => undefined, grows: () => undefined };

/** An activity that is going on. */
export class Running implements Activity {
  readonly started = performance.now();
  private expected = 0;
  private counted = 0;
  private readonly growing = new Map<string, number>();

  constructor(private readonly name: string) {}

  expect(count: number): void {
    this.expected += count;
  }

  count(count: number): void {
    this.counted += count;
  }

  grows(path: string): void {
    this.growing.set(path, 0);
  }

  /** Writes name and progress: `pull kernel 31/72 MB`, or the time where there is nothing to count. */
  describe(): string {
    const done = this.done();
    if (this.expected > 0) return `${this.name} ${partOf(Math.min(done, this.expected), this.expected)}`;
    if (done > 0) return `${this.name} ${bytes(done)}`;
    return `${this.name} ${Math.round((performance.now() - this.started) / 1000)} s`;
  }

  private done(): number {
    let sum = this.counted;
    for (const [path, before] of this.growing) {
      // A file that is done has another name; its size stays what it was.
      const size = Math.max(before, sizeOf(path));
      this.growing.set(path, size);
      sum += size;
    }
    return sum;
  }
}

function sizeOf(path: string): number {
  try {
    const found = statSync(path);
    if (!found.isDirectory()) return found.size;
    return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
  } catch {
    return 0;
  }
}
