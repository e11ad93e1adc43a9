import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BlockStore } from '@nx-linuxkit/deflate';
import { bytesContent } from '@nx-linuxkit/tree';
import { noise, scratch } from '../__tests__/tools.js';
import { CONTAINERS, type ContainerFormat } from '../container/index.js';
import { fileEntries } from '../file-entries.js';
import { makeImage } from '../image/image.js';
import { MIB } from '../image/units.js';
import { writeSquashfs } from '../squashfs/writer.js';
import { packBlocks, type Packed } from './pack-blocks.js';

const dir = scratch();

class MemoryStore implements BlockStore {
  readonly runs = new Map<string, Buffer>();
  /** Bytes that were put since the last call of `putBytes`. */
  private put_ = 0;

  async find(key: string): Promise<Buffer | undefined> {
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    return this.runs.get(key);
  }

  async put(key: string, bytes: Buffer): Promise<void> {
    this.runs.set(key, bytes);
    this.put_ += bytes.length;
  }

  putBytes(): number {
    const bytes = this.put_;
    this.put_ = 0;
    return bytes;
  }
}

const texts = new Map<string, Buffer>();
/** Bytes that compress to about a half. */
function text(size: number, seed: string): Buffer {
  const name = `${seed} of ${size}`;
  const made = texts.get(name) ?? Buffer.from(noise(size / 2, seed).toString('hex'));
  texts.set(name, made);
  return made;
}

/** A root of small files and large ones of the given size; `env` is a small one at its beginning. */
const root = (env: string, size = MIB) =>
  fileEntries({
    'a/config.json': env,
    ...Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`b/${i}`, text(1000 + i * 10, `small ${i}`)]),
    ),
    ...Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`c/${i}`, text(size, `large ${i}`)])),
  });

/** A disk with a payload of which `env` is a part. */
const disk = (env: string) =>
  makeImage(10 * MIB, [
    { offset: 1 * MIB, content: bytesContent(text(3 * MIB, 'kernel')) },
    { offset: 5 * MIB, content: bytesContent(Buffer.concat([text(3 * MIB, 'initrd'), Buffer.from(env)])) },
  ]);

type Write = (path: string, env: string, kept?: BlockStore) => Promise<void>;
const container =
  (format: ContainerFormat): Write =>
  (path, env, kept) =>
    CONTAINERS[format](disk(env), path, undefined, kept);
const FORMATS: Record<string, Write> = {
  squashfs: (path, env, kept) => writeSquashfs(root(env), path, { kept }),
  'qcow2-compressed': container('qcow2-compressed'),
  vmdk: container('vmdk'),
  ova: container('ova'),
  gcp: container('gcp'),
};

describe.each(Object.entries(FORMATS))('%s', (name, write) => {
  const path = join(dir, name);
  const made = async (env: string, kept?: BlockStore) => {
    await write(path, env, kept);
    return readFileSync(path);
  };

  it('has the same bytes with and without a store, and packs little anew for a small change of another length', async () => {
    const store = new MemoryStore();
    const first = await made('A=1', store);
    const whole = store.putBytes();
    expect(first.equals(await made('A=1'))).toBe(true);
    expect((await made('A=1', store)).equals(first)).toBe(true);
    expect(store.putBytes()).toBe(0);

    const changed = await made('A=12345', store);
    expect(changed.equals(await made('A=12345'))).toBe(true);
    expect(store.putBytes()).toBeLessThan(whole / 3);
  });
});

it('only the block of a run that has changed is packed anew, wherever it lies', async () => {
  const SIZE = 96;
  const blocksOf = (changed = -1) =>
    Array.from({ length: SIZE }, (_, i) => Buffer.from(`block ${i}${i === changed ? ' changed' : ''}`));
  let packs = 0;
  const packer = {
    method: 'test',
    keepsPlain: true,
    // Every third block stays as it is.
    pack: async (plain: Buffer) => {
      packs += 1;
      return Buffer.concat([Buffer.from('p'), plain.subarray(plain.length % 3 === 0 ? 0 : 2)]);
    },
  };
  const results = async (blocks: readonly Buffer[], kept?: BlockStore) => {
    async function* items() {
      for (const plain of blocks) yield { plain };
    }
    const packed: string[] = [];
    for await (const item of packBlocks(items(), packer, kept)) packed.push(`${item.packed} ${item.isPlain}`);
    return packed;
  };
  const anew: number[] = [];
  for (let changed = 0; changed < SIZE; changed += 1) {
    const store = new MemoryStore();
    await results(blocksOf(), store);
    const expected = await results(blocksOf(changed));
    packs = 0;
    expect(await results(blocksOf(changed), store)).toEqual(expected);
    anew.push(packs);
  }
  expect(Math.min(...anew)).toBe(1);
  expect(anew.filter((count) => count === 1).length).toBeGreaterThan(SIZE * 0.9);
});

it('a squashfs takes what it has packed also after a file was added between others', async () => {
  const store = new MemoryStore();
  const more = [
    ...root('A=1', 2 * MIB),
    ...fileEntries({ 'b/200a': text(5000, 'added'), 'c/2a': text(MIB, 'added') }),
  ];
  const sorted = more.sort((a, b) => (a.path < b.path ? -1 : 1));
  await writeSquashfs(root('A=1', 2 * MIB), join(dir, 'before'), { kept: store });
  const whole = store.putBytes();
  await writeSquashfs(
    sorted.filter(({ path }, i) => path !== sorted[i - 1]?.path),
    join(dir, 'after'),
    { kept: store },
  );
  expect(store.putBytes()).toBeLessThan(whole / 2);
});

/** The same root out of sources that are named by their digest, as layers are; each read is counted. */
function countedRoot(env: string) {
  const reads = { count: 0 };
  const entries = root(env).map((entry) => {
    const { content } = entry.inode;
    if (!content) return entry;
    const id = `sha256:${createHash('sha256').update(`${entry.path} ${env}`).digest('hex')}`;
    const read = (start: number, end: number) => {
      reads.count += 1;
      return content.source.read(start, end);
    };
    const source = { id, size: content.source.size, read };
    return { ...entry, inode: { ...entry.inode, content: { ...content, source } } };
  });
  return { entries, reads };
}

describe('a squashfs of contents that an earlier build has packed', () => {
  const path = join(dir, 'known');
  const made = async (kept?: BlockStore, env = 'A=1') => {
    const { entries, reads } = countedRoot(env);
    await writeSquashfs(entries, path, { kept });
    return { bytes: readFileSync(path), reads: reads.count };
  };

  it('is made without reading them, and has the same bytes', async () => {
    const store = new MemoryStore();
    const plain = await made();
    const first = await made(store);
    expect(first.reads).toBe(plain.reads);
    const again = await made(store);
    expect(again.reads).toBe(0);
    for (const { bytes } of [first, again]) expect(bytes.equals(plain.bytes)).toBe(true);
  });

  it.each([
    ['cut', (run: Buffer) => run.subarray(0, -1)],
    ['empty', () => Buffer.alloc(0)],
  ])('has the same bytes where all that was kept is %s', async (_, damage) => {
    const store = new MemoryStore();
    const { bytes } = await made(store);
    for (const [key, run] of store.runs) store.runs.set(key, damage(run));
    expect((await made(store)).bytes.equals(bytes)).toBe(true);
  });

  it('has the same bytes where the facts of contents are kept and no packed block is', async () => {
    const store = new MemoryStore();
    const { bytes } = await made(store);
    for (const [key, run] of store.runs) if (run.length > 4096) store.runs.delete(key);
    expect((await made(store)).bytes.equals(bytes)).toBe(true);
  });
});

/** A disk whose payload is a content of named parts, as an initrd is; bytes that are read of them are counted. */
function countedDisk(env: string) {
  const reads = { bytes: 0 };
  const payload = [
    text(3 * MIB, 'first'),
    Buffer.concat([text(2 * MIB, 'second'), Buffer.alloc(MIB), text(70_002, 'its end')]),
    Buffer.from(env),
    text(MIB, 'third'),
  ];
  const parts = payload.map((bytes) => {
    const { source, ...content } = bytesContent(bytes);
    const read = (start: number, end: number) => {
      reads.bytes += end - start;
      return source.read(start, end);
    };
    return { source: { ...source, read }, ...content };
  });
  const { source, ...content } = bytesContent(Buffer.concat(payload));
  const whole = { source: { ...source, id: `payload with ${env}`, parts }, ...content };
  const image = makeImage(content.size + 4 * MIB, [{ offset: 2 * MIB + 512, content: whole }]);
  return { image, reads };
}

describe.each(['qcow2-compressed', 'vmdk', 'ova'] as const)('a %s of contents that are known', (format) => {
  const path = join(dir, `known ${format}`);
  const made = async (env: string, kept?: BlockStore) => {
    const { image, reads } = countedDisk(env);
    await CONTAINERS[format](image, path, undefined, kept);
    return { bytes: readFileSync(path), read: reads.bytes };
  };

  it('is made without reading them, but for blocks on their borders, and has the same bytes', async () => {
    const store = new MemoryStore();
    const plain = await made('A=1');
    const first = await made('A=1', store);
    const again = await made('A=1', store);
    expect(first.read).toBe(plain.read);
    expect(again.read).toBeLessThan(MIB / 2);
    for (const { bytes } of [first, again]) expect(bytes.equals(plain.bytes)).toBe(true);
  });

  it('reads around a change of another length, and behind it, alone', async () => {
    const store = new MemoryStore();
    await made('A=1', store);
    const { bytes, read } = await made('A=12345');
    const changed = await made('A=12345', store);
    expect(changed.bytes.equals(bytes)).toBe(true);
    expect(changed.read).toBeLessThan(read - 3 * MIB);
  });

  it('has the same bytes where only facts are kept, and where all that was kept is cut', async () => {
    const store = new MemoryStore();
    const { bytes } = await made('A=1', store);
    for (const [key, run] of store.runs) if (run.length > 8192) store.runs.delete(key);
    expect((await made('A=1', store)).bytes.equals(bytes)).toBe(true);
    for (const [key, run] of store.runs) store.runs.set(key, run.subarray(0, -1));
    expect((await made('A=1', store)).bytes.equals(bytes)).toBe(true);
  });
});

describe('packBlocks', () => {
  const halves = { method: 'halves', keepsPlain: true, pack: async (plain: Buffer) => half(plain) };
  const half = (plain: Buffer) => (plain.length > 4 ? plain.subarray(plain.length / 2) : Buffer.alloc(8));
  async function* items(sizes: readonly number[]) {
    for (const [i, size] of sizes.entries()) yield size === 0 ? { i } : { i, plain: noise(size, `${i}`) };
  }
  async function all<T extends object>(packed: AsyncIterable<Packed<T>>): Promise<Packed<T>[]> {
    const found: Packed<T>[] = [];
    for await (const item of packed) found.push(item);
    return found;
  }
  const sizes = [...Array.from({ length: 100 }, (_, i) => (i % 7) * 10), 0, 0];

  it('keeps the order, items without bytes, and blocks that do not become smaller', async () => {
    const expected = await all(packBlocks(items(sizes), halves));
    expect(expected.map(({ i }) => i)).toEqual(sizes.map((_, i) => i));
    const store = new MemoryStore();
    for (let run = 1; run <= 2; run += 1)
      expect(await all(packBlocks(items(sizes), halves, store))).toEqual(expected);
    const small = await all(packBlocks(items([4]), halves, store));
    expect(small[0].packed).toEqual(small[0].plain);
  });

  it.each([
    ['cut', (run: Buffer) => run.subarray(0, -1)],
    ['empty', () => Buffer.alloc(0)],
    ['longer', (run: Buffer) => Buffer.concat([run, Buffer.from('x')])],
  ])('a run that is %s is packed anew', async (_, damage) => {
    const store = new MemoryStore();
    const expected = await all(packBlocks(items(sizes), halves, store));
    for (const [key, run] of store.runs) store.runs.set(key, damage(run));
    expect(await all(packBlocks(items(sizes), halves, store))).toEqual(expected);
  });

  it('an error of the packer or the stream reaches the caller', async () => {
    const fails = { ...halves, pack: async () => Promise.reject(new Error('no room')) };
    await expect(all(packBlocks(items(sizes), fails, new MemoryStore()))).rejects.toThrow('no room');
  });
});
