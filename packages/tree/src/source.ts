import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { readFully, type GatherWriter } from './gather.js';
import type { ByteSource, Content } from './content.js';
import { TreeError } from './error.js';

/** A source over a file of the host. The file is opened by the first read and stays open until `close`. */
export interface FileSource extends ByteSource {
  lend(start: number, end: number): AsyncIterable<Uint8Array>;
  copy(start: number, end: number, output: GatherWriter, position: number): Promise<void>;
  /** Closes the file, once no read is under way. A later read opens it again. */
  close(): Promise<void>;
}

/** Bytes of one read of a large slice: large enough to keep a disk busy, small enough to hold many at once. */
const CHUNK = 2 ** 20;
/** Bytes that a small sequential read fetches ahead, so that many small files cost few reads. */
const READ_AHEAD = 2 ** 18;
/** A read counts as sequential up to this many bytes behind the last one: tar headers and padding lie between files. */
const GAP = 2 ** 14;

/**
 * A source over the first `size` bytes of a file of the host; `id` names these bytes. Close it after the last read.
 * Reads fail with `short-read` if the file is shorter or a range lies outside, and with Node's error if it cannot
 * be opened.
 */
export function fileSource(path: string, { id, size }: { id: string; size: number }): FileSource {
  return new HostFile(path, id, size);
}

class HostFile implements FileSource {
  private handle?: Promise<FileHandle>;
  private ahead: { start: number; bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };
  private lastEnd = 0;

  constructor(
    private readonly path: string,
    readonly id: string,
    readonly size: number,
  ) {}

  async *read(start: number, end: number): AsyncGenerator<Uint8Array> {
    checkRange(this, start, end);
    if (end - start <= READ_AHEAD) {
      if (end > start) yield await this.readSmall(start, end);
      return;
    }
    for (let at = start; at < end; at += CHUNK) yield await this.readExactly(at, Math.min(at + CHUNK, end));
  }

  async *lend(start: number, end: number): AsyncGenerator<Uint8Array> {
    if (end - start <= CHUNK) {
      yield* this.read(start, end);
      return;
    }
    checkRange(this, start, end);
    this.handle ??= open(this.path, 'r');
    yield* lendFile(await this.handle, this.path, start, end);
  }

  async copy(start: number, end: number, output: GatherWriter, position: number): Promise<void> {
    checkRange(this, start, end);
    this.handle ??= open(this.path, 'r');
    const { fd } = await this.handle;
    await output.range({ fd, endsEarly: (at) => endsEarly(this.path, at, end) }, start, end, position);
  }

  async close(): Promise<void> {
    const handle = this.handle;
    this.handle = undefined;
    await (await handle)?.close();
  }

  private async readSmall(start: number, end: number): Promise<Buffer> {
    const sequential = start >= this.lastEnd && start - this.lastEnd <= GAP;
    this.lastEnd = end;
    const held = this.slice(start, end);
    if (held) return held;
    if (!sequential) return await this.readNow(start, end);
    const bytes = await this.readExactly(start, Math.min(start + READ_AHEAD, this.size));
    this.ahead = { start, bytes };
    return bytes.subarray(0, end - start);
  }

  /** The slice out of the bytes that were read ahead, if it lies in them. */
  private slice(start: number, end: number): Buffer | undefined {
    const { start: from, bytes } = this.ahead;
    return start >= from && end <= from + bytes.length ? bytes.subarray(start - from, end - from) : undefined;
  }

  /** Reads by blocking calls: for so few bytes, waking a thread costs more than the read. */
  private async readNow(start: number, end: number): Promise<Buffer> {
    this.handle ??= open(this.path, 'r');
    const { fd } = await this.handle;
    const bytes = Buffer.allocUnsafe(end - start);
    readFully({ fd, endsEarly: (at) => endsEarly(this.path, at, end) }, bytes, start);
    return bytes;
  }

  private async readExactly(start: number, end: number): Promise<Buffer> {
    this.handle ??= open(this.path, 'r');
    const bytes = Buffer.allocUnsafe(end - start);
    await fill(await this.handle, this.path, bytes, start);
    return bytes;
  }
}

/**
 * Yields the bytes from `start` up to, not including, `end` of an open file. A chunk is valid only until the next one
 * is asked for: two buffers take turns, and one is filled while the reader uses the other. `path` is for messages.
 *
 * @throws TreeError `short-read` if the file ends before `end`.
 */
export async function* lendFile(
  handle: FileHandle,
  path: string,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  const memory = [Buffer.allocUnsafeSlow(CHUNK), Buffer.allocUnsafeSlow(CHUNK)];
  const read = (at: number, turn: number): Promise<Buffer> => {
    const chunk = fill(handle, path, memory[turn]!.subarray(0, Math.min(CHUNK, end - at)), at);
    // Marks a failure as handled: the reader may stop before it asks for this chunk.
    chunk.catch(() => undefined);
    return chunk;
  };
  let next = read(start, 0);
  try {
    for (let at = start, turn = 0; at < end; at += CHUNK) {
      const chunk = await next;
      turn = 1 - turn;
      if (at + CHUNK < end) next = read(at + CHUNK, turn);
      yield chunk;
    }
  } finally {
    // The caller may close the file once this returns, so no read may be under way.
    await next.catch(() => undefined);
  }
}

async function fill(handle: FileHandle, path: string, bytes: Buffer, start: number): Promise<Buffer> {
  for (let have = 0; have < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, have, bytes.length - have, start + have);
    if (bytesRead === 0) throw endsEarly(path, start + have, start + bytes.length);
    have += bytesRead;
  }
  return bytes;
}

function endsEarly(path: string, at: number, expected: number): TreeError {
  return new TreeError('short-read', `${path} ends at byte ${at}, expected at least ${expected}`, {
    hint: 'the file changed while it was read, or is damaged: run again',
  });
}

/** A source over bytes in memory, named by `id` or else by their SHA-256. Do not change the bytes afterwards. */
export function bytesSource(bytes: Uint8Array, id?: string): ByteSource {
  const source: ByteSource = {
    id: id ?? `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    size: bytes.length,
    async *read(start, end) {
      checkRange(source, start, end);
      if (end > start) yield bytes.subarray(start, end);
    },
  };
  return source;
}

/** A content of all the bytes, or of all of a string in UTF-8, named by its SHA-256. */
export function bytesContent(bytes: Uint8Array | string): Content {
  const source = bytesSource(typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes);
  return { source, offset: 0, size: source.size };
}

function checkRange({ id, size }: ByteSource, start: number, end: number): void {
  if (start < 0 || end < start || end > size) {
    throw new TreeError('short-read', `${id} has ${size} bytes, asked for ${start} to ${end}`);
  }
}
