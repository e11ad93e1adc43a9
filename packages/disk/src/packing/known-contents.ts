import { createHash } from 'node:crypto';
import type { BlockStore } from '@nx-linuxkit/deflate';
import type { Content } from '@nx-linuxkit/tree';

/** What packing has to know of a content: with it, no byte of the content is read. */
export interface ContentFacts {
  /** SHA-256 of each block; `ZEROS` for a block of zeros. */
  readonly digests: readonly Uint8Array[];
  /** CRC-32 of a content of one block; else 0. */
  readonly crc32: number;
}

const DIGEST = 32;
/** In the place of a digest: a block of zeros. */
export const ZEROS = new Uint8Array(DIGEST);
/** Offset and size of the content with 48 bits each, then the CRC-32, little-endian; the digests follow. */
const HEAD = 6 + 6 + 4;
/** Sources with such an id are named by their digest, so that the id means the same bytes in each build. */
const NAMED = /^sha256:[0-9a-f]{64}$/;

/** Facts of the contents of one source, by offset and size. */
type Facts = Map<string, ContentFacts>;

/**
 * Remembers the facts of contents from build to build, in the store, in one table for each source: an image that has not
 * changed is not read again.
 */
export class KnownContents {
  private readonly tables = new Map<string, Promise<Facts>>();
  private readonly changed = new Set<string>();

  /** `blockSize` is in bytes. Without a store nothing is remembered. */
  constructor(
    private readonly blockSize: number,
    private readonly kept?: BlockStore,
  ) {}

  /** Whether facts of a content can be kept: its name means the same bytes in each build. */
  canKnow({ source }: Content): boolean {
    return this.kept !== undefined && NAMED.test(source.id);
  }

  /** The facts of a content that an earlier build has read; else undefined. */
  async find(content: Content): Promise<ContentFacts | undefined> {
    if (!this.canKnow(content)) return undefined;
    return (await this.tableOf(content.source.id)).get(keyOfContent(content));
  }

  /** Notes the facts of a content. */
  async add(content: Content, facts: ContentFacts): Promise<void> {
    if (!this.canKnow(content)) return;
    const { id } = content.source;
    (await this.tableOf(id)).set(keyOfContent(content), facts);
    this.changed.add(id);
  }

  /** Keeps what is new. */
  async save(): Promise<void> {
    for (const id of this.changed) {
      await this.kept?.put(this.keyOf(id), encodeFacts(await this.tableOf(id)));
    }
    this.changed.clear();
  }

  private tableOf(id: string): Promise<Facts> {
    const table =
      this.tables.get(id) ??
      this.kept!.find(this.keyOf(id)).then(
        (bytes) => (bytes && decodeFacts(bytes, this.blockSize)) ?? new Map(),
      );
    this.tables.set(id, table);
    return table;
  }

  private keyOf(id: string): string {
    return createHash('sha256').update(`contents ${this.blockSize} ${id}\n`).digest('hex');
  }
}

const keyOfContent = ({ offset, size }: Content): string => `${offset} ${size}`;

function encodeFacts(facts: Facts): Buffer {
  const parts: Uint8Array[] = [];
  for (const [key, { digests, crc32 }] of facts) {
    const [offset, size] = key.split(' ').map(Number);
    const head = Buffer.alloc(HEAD);
    head.writeUIntLE(offset!, 0, 6);
    head.writeUIntLE(size!, 6, 6);
    head.writeUInt32LE(crc32, 12);
    parts.push(head, ...digests);
  }
  return Buffer.concat(parts);
}

/** Undefined for bytes of another shape. */
function decodeFacts(bytes: Buffer, blockSize: number): Facts | undefined {
  const facts: Facts = new Map();
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < HEAD) return undefined;
    const [offset, size] = [bytes.readUIntLE(at, 6), bytes.readUIntLE(at + 6, 6)];
    const crc32 = bytes.readUInt32LE(at + 12);
    at += HEAD;
    const end = at + Math.ceil(size / blockSize) * DIGEST;
    if (end > bytes.length) return undefined;
    const digests: Uint8Array[] = [];
    for (; at < end; at += DIGEST) digests.push(bytes.subarray(at, at + DIGEST));
    facts.set(`${offset} ${size}`, { digests, crc32 });
  }
  return facts;
}

/** Whether a digest stands for a block of zeros. */
export const isOfZeros = (digest: Uint8Array): boolean => Buffer.compare(digest, ZEROS) === 0;
