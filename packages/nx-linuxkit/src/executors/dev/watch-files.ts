import { readdirSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadPlace } from '@nx-linuxkit/stages/dev';

/** Milliseconds without a change after which a save counts as done: editors write, rename and change modes. */
const QUIET_MS = 50;

/** Folders that hold no sources, and too many files to watch. */
const SKIPPED = ['node_modules', '.git', '.nx', '.linuxkit'];

/** Tells when a file of some folders has changed. */
export class FileWatch {
  private readonly watchers = new Map<string, FSWatcher>();
  private last = 0;
  private isChanged = false;
  private wake: () => void = () => undefined;

  /** Watches exactly these folders from now on. A folder that comes later is watched with the next call. */
  follow(places: readonly ReadPlace[]): void {
    const wanted = new Set(
      places.flatMap(({ folder, isDeep }) => (isDeep ? foldersBelow(folder) : [folder])),
    );
    for (const [folder, watcher] of this.watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    for (const folder of wanted) if (!this.watchers.has(folder)) this.add(folder);
  }

  /** Resolves when a file has changed since the last call did, and nothing has for a moment. */
  async changed(): Promise<void> {
    if (!this.isChanged) await new Promise<void>((resolve) => (this.wake = resolve));
    for (let since = 0; since < QUIET_MS; since = Date.now() - this.last) await sleep(QUIET_MS - since);
    this.isChanged = false;
  }

  close(): void {
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  private add(folder: string): void {
    try {
      const watcher = watch(folder, () => this.note());
      // A folder that was removed says so to the watcher of the one above it too.
      watcher.on('error', () => this.note());
      this.watchers.set(folder, watcher);
    } catch {
      // It went away meanwhile, which the folder above it reports.
    }
  }

  private note(): void {
    this.last = Date.now();
    this.isChanged = true;
    this.wake();
  }
}

function foldersBelow(folder: string): string[] {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  const inner = entries.filter((entry) => entry.isDirectory() && !SKIPPED.includes(entry.name));
  return [folder, ...inner.flatMap(({ name }) => foldersBelow(join(folder, name)))];
}
