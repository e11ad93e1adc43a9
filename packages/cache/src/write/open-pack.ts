import { createHash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { NAME_BYTES } from '../chunks/chunk-name.js';
import { ROW_BYTES, type PackList } from '../chunks/index-blob.js';

/** A pack that is complete, with the list of its chunks. */
export interface PackFile extends PackList {
  readonly path: string;
}

/** A pack that is being written: records in a file, one after the other. */
export class OpenPack {
  private readonly hash = createHash('sha256');
  private waiting: Buffer[] = [];
  private readonly rows: Buffer[] = [];
  private length = 0;

  private constructor(
    readonly number: number,
    private readonly path: string,
    private readonly file: FileHandle,
  ) {}

  static async create(number: number, path: string): Promise<OpenPack> {
    return new OpenPack(number, path, await open(path, 'wx'));
  }

  /** Bytes so far. */
  get size(): number {
    return this.length;
  }

  /** Appends the record of a chunk, and returns its offset. */
  append(name: Buffer, record: Buffer): number {
    const row = Buffer.alloc(ROW_BYTES);
    name.copy(row);
    row.writeUInt32LE(record.length, NAME_BYTES);
    this.rows.push(row);
    this.hash.update(record);
    this.waiting.push(record);
    this.length += record.length;
    return this.length - record.length;
  }

  /** Writes what is in memory. */
  async drain(): Promise<void> {
    const bytes = Buffer.concat(this.waiting);
    this.waiting = [];
    await this.file.appendFile(bytes);
  }

  async close(): Promise<PackFile> {
    await this.drain();
    await this.file.close();
    const digest: PackList['digest'] = `sha256:${this.hash.digest('hex')}`;
    return { digest, size: this.length, rows: Buffer.concat(this.rows), path: this.path };
  }

  async discard(): Promise<void> {
    await this.file.close().catch(() => undefined);
    await rm(this.path, { force: true });
  }
}
