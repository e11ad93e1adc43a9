import { createHash } from 'node:crypto';
import type { BlockStore } from '@nx-linuxkit/deflate';
import type { Content } from '@nx-linuxkit/tree';
import { DIGEST, FactTable, type ContentFacts } from './fact-table.js';

export type { ContentFacts } from './fact-table.js';

/** In the place of a digest: a block of zeros. */
export const ZEROS = new Uint8Array(DIGEST);
/** Sources with such an id are named by their digest, so that the id means the same bytes in each build. */
const NAMED = /^sha256:[0-9a-f]{64}$/;

/**
 * Remembers the facts of contents from build to build, in the store, in one table for each source: an image that has not
 * changed is not read again.
 */
export class KnownContents {
  private readonly tables = new Map<string, Promise<FactTable>>();
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
    return (await this.tableOf(content.source.id)).find(content);
  }

  /** Notes the facts of a content. */
  async add(content: Content, facts: ContentFacts): Promise<void> {
    if (!this.canKnow(content)) return;
    const { id } = content.source;
    (await this.tableOf(id)).add(content, facts);
    this.changed.add(id);
  }

  /** Keeps what is new. */
  async save(): Promise<void> {
    for (const id of this.changed) {
      await this.kept?.put(this.keyOf(id), (await this.tableOf(id)).encode());
    }
    this.changed.clear();
  }

  private tableOf(id: string): Promise<FactTable> {
    const table =
      this.tables.get(id) ??
      this.kept!.find(this.keyOf(id)).then(
        (bytes) => (bytes && FactTable.decode(bytes, this.blockSize)) ?? FactTable.empty(this.blockSize),
      );
    this.tables.set(id, table);
    return table;
  }

  private keyOf(id: string): string {
    return createHash('sha256').update(`contents ${this.blockSize} ${id}\n`).digest('hex');
  }
}

/** Whether a digest stands for a block of zeros. */
export const isOfZeros = (digest: Uint8Array): boolean => Buffer.compare(digest, ZEROS) === 0;
