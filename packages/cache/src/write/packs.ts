import { rm } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { ChunkIndex } from '../chunks/chunk-index.js';
import { rowsOf, type PackList } from '../chunks/index-blob.js';
import type { Blob, Place } from '../place/place.js';
import { OpenPack } from './open-pack.js';

/**
 * Bytes. A registry takes this in one request, ten thousand entries need few packs, and other writers know one soon. Each
 * pack has another size between the two, so that writers which began together do not go on in step.
 */
const FULL = { least: 8 << 20, most: 24 << 20 };

/** A pack whose chunks can be used. */
export interface KnownPack {
  /** Where it is, or is going to be. */
  readonly place: Place;
  /** Settles once the pack is there. */
  readonly blob: Promise<Blob>;
}

/** The packs that are known, by number: those of the published lists, and those that this process makes. */
export class Packs {
  readonly index = new ChunkIndex();
  private readonly known: KnownPack[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly unpublished = new Map<number, PackList>();
  private current?: { readonly pack: OpenPack; readonly settle: (blob: Promise<Blob>) => void };
  private made = 0;
  private full = 0;

  constructor(
    private readonly place: Place,
    private readonly folder: string,
    /** Called when a pack is there. */
    private readonly onSent: () => void,
  ) {}

  get(number: number): KnownPack {
    return this.known[number];
  }

  /** Bytes in the pack that is not full yet. */
  get openSize(): number {
    return this.current?.pack.size ?? 0;
  }

  /** Adds a pack of a published list, unless it is known. */
  add(list: PackList, place: Place): void {
    const key = `${list.digest} ${place.name}`;
    if (this.numbers.has(key)) return;
    const number =
      this.known.push({ place, blob: Promise.resolve({ digest: list.digest, size: list.size }) }) - 1;
    this.numbers.set(key, number);
    for (const { name, offset, length } of rowsOf(list))
      this.index.add(name, { pack: number, offset, length });
  }

  /** Forgets a pack, so that its chunks are sent again. A later list may bring it back. */
  drop(number: number): void {
    this.index.drop(number);
    this.unpublished.delete(number);
    for (const [key, known] of this.numbers) if (known === number) this.numbers.delete(key);
  }

  /** Forgets the packs with these digests, wherever they are. */
  dropAll(digests: ReadonlySet<string>): void {
    for (const [key, number] of this.numbers) if (digests.has(key.split(' ')[0])) this.drop(number);
  }

  /** Makes sure that there is a pack for new chunks. */
  async open(): Promise<void> {
    if (this.current) return;
    let settle: (blob: Promise<Blob>) => void = () => undefined;
    const blob = new Promise<Blob>((resolve) => (settle = resolve));
    // The entries that need the pack report its error.
    blob.catch(() => undefined);
    const number = this.known.push({ place: this.place, blob }) - 1;
    this.full = FULL.least + Math.random() * (FULL.most - FULL.least);
    this.current = { pack: await OpenPack.create(number, join(this.folder, `pack-${this.made++}`)), settle };
  }

  /** The pack for new chunks. */
  pack(): OpenPack {
    if (!this.current) throw new Error('no pack is open');
    return this.current.pack;
  }

  /** Writes what is in memory, and begins another pack if this one is full. */
  async settle(): Promise<void> {
    try {
      await this.pack().drain();
    } catch (error) {
      await this.abandon(error);
      throw error;
    }
    if (this.pack().size < this.full) return;
    await this.close();
    await this.open();
  }

  /** Removes the open pack. */
  async discard(): Promise<void> {
    await this.current?.pack.discard();
    this.current = undefined;
  }

  /** Gives up the open pack, which the disk did not take, with all entries that need it. */
  private async abandon(error: unknown): Promise<void> {
    const { current } = this;
    this.current = undefined;
    if (!current) return;
    this.drop(current.pack.number);
    current.settle(Promise.reject(error));
    await current.pack.discard();
  }

  /**
   * Closes the pack for new chunks, and sends it. Nothing is packed meanwhile, because another writer may be sending it;
   * to cut and to compress takes much less time than to send.
   */
  async close(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    if (!current) return;
    if (current.pack.size === 0) return current.pack.discard();
    const sent = this.send(current.pack);
    current.settle(sent);
    // The entries that need the pack report its error.
    await sent.catch(() => undefined);
  }

  /** The lists of packs that were sent since the last call. */
  takeUnpublished(): readonly PackList[] {
    const lists = [...this.unpublished.values()];
    this.unpublished.clear();
    return lists;
  }

  private async send(pack: OpenPack): Promise<Blob> {
    try {
      const { digest, size, rows, path } = await pack.close();
      await this.place.putBlob({ digest, size }, () => createReadStream(path));
      this.numbers.set(`${digest} ${this.place.name}`, pack.number);
      this.unpublished.set(pack.number, { digest, size, rows });
      await rm(path, { force: true });
      this.onSent();
      return { digest, size };
    } catch (error) {
      this.drop(pack.number);
      await pack.discard();
      throw error;
    }
  }
}
