import { createCipheriv, createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { push, type PushRequest, type PushResult } from '../push.js';
import type { FakeFault } from './fake.js';

/** Bytes that do not compress and do not repeat; they are the same on every run. */
export function noise(size: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

export const MIB = 2 ** 20;

/** A disk of some MiB: data at its start, in its middle and at its end, zeros between. */
export function disk(seed: string, size = 12 * MIB): Buffer {
  const bytes = Buffer.alloc(size);
  noise(3 * MIB, seed).copy(bytes, 0);
  noise(100_000, 'the same in all').copy(bytes, 6 * MIB);
  noise(10_000, `${seed} end`).copy(bytes, size - 10_000);
  return bytes;
}

/**
 * Limits of time for requests that meet a fault: one that hangs has to be given up, and on a busy machine no other one
 * may be.
 */
export function limits({ how }: FakeFault, delays: readonly number[] = [1]): PushRequest['client'] {
  return { delays, ...(how === 'hang' && { idleTimeout: 1500 }) };
}

/** Pushes of one system from one folder. */
export class Pushes {
  readonly folder = mkdtempSync(join(tmpdir(), 'clouds-spec-'));
  readonly lines: string[] = [];
  #next = 0;

  constructor(private readonly common: Pick<PushRequest, 'platform' | 'format'> & Partial<PushRequest>) {}

  /** Writes a disk as a file, and returns its path. */
  file(bytes: Buffer): string {
    const path = join(this.folder, `disk-${this.#next++}`);
    writeFileSync(path, bytes);
    return path;
  }

  request(file: string, change: Partial<PushRequest> = {}): PushRequest {
    return {
      system: 'my-os',
      architecture: 'amd64',
      env: {},
      state: join(this.folder, 'state'),
      log: (line) => void this.lines.push(line),
      pollInterval: 5,
      client: { delays: [1, 2, 3] },
      ...this.common,
      file,
      ...change,
    };
  }

  push(bytes: Buffer, change: Partial<PushRequest> = {}): Promise<PushResult | undefined> {
    return push(this.request(this.file(bytes), change));
  }

  /** Files that a push has left in its folder. */
  notes(): string[] {
    const folder = join(this.folder, 'state');
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
