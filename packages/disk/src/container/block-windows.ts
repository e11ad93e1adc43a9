import type { Content } from '@nx-linuxkit/tree';
import { lendSlice } from '../image/image.js';
import { cut } from '../image/leaves.js';

/** Blocks that are read at once where one is loaded: those beside it are mostly loaded as well. */
const WINDOW = 16;
/** Windows in memory: at least those of the runs that are packed side by side. */
const WINDOWS = 6;

/** Reads blocks of a content on demand. Memory: six windows of 16 blocks. */
export class Windows {
  private readonly read = new Map<number, Promise<Buffer>>();

  constructor(
    private readonly content: Content,
    private readonly size: number,
  ) {}

  async block(index: number): Promise<Buffer> {
    const start = (index % WINDOW) * this.size;
    return (await this.window(Math.floor(index / WINDOW))).subarray(start, start + this.size);
  }

  private window(index: number): Promise<Buffer> {
    const known = this.read.get(index);
    if (known) return known;
    const [start, length] = [index * WINDOW * this.size, WINDOW * this.size];
    const bytes = readWhole(cut(this.content, start, Math.min(start + length, this.content.size)));
    this.read.set(index, bytes);
    if (this.read.size > WINDOWS) this.read.delete(this.read.keys().next().value!);
    return bytes;
  }
}

async function readWhole(content: Content): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(content.size);
  let at = 0;
  for await (const chunk of lendSlice(content)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
