import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileSource, TarIndexer, Tree } from '@nx-linuxkit/tree';
import type { ByteSource, Inode, LayerEntry } from '@nx-linuxkit/tree';
import { DebianError } from '../errors.js';
import type { BlobStore } from '../store.js';
import { arMembers } from './ar.js';
import { decompress } from './decompress.js';

/** An open .deb. The contents of its files can be read until `close`. */
export interface Deb {
  readonly tree: Tree;
  close(): Promise<void>;
}

/**
 * Opens a .deb of the store (deb(5)). Its data.tar is also kept in the store, uncompressed so that any part of it can
 * be read; the .deb is verified whenever that has to be made. Throws `bad-format`.
 */
export async function openDeb(store: BlobStore, digest: `sha256:${string}`): Promise<Deb> {
  const key = digest.slice('sha256:'.length);
  const path = (await store.find('layer', `deb-${key}`)) ?? (await unpack(store, digest, `deb-${key}`));
  const { size } = await stat(path);
  const source = fileSource(path, { id: `deb:${key}`, size });
  const indexer = new TarIndexer();
  for await (const chunk of createReadStream(path, { highWaterMark: READ_SIZE }))
    indexer.write(chunk as Uint8Array);
  return { tree: treeOf(indexer.end(), source), close: () => source.close() };
}

/** Bytes of one read: enough that the number of system calls does not matter. */
const READ_SIZE = 1 << 20;

function unpack(store: BlobStore, digest: `sha256:${string}`, key: string): Promise<string> {
  return store.put('layer', key, async (temporary) => {
    let found = false;
    for await (const member of arMembers(store.read(digest), digest)) {
      if (!member.name.startsWith('data.tar')) continue;
      if (found) throw new DebianError('bad-format', `${digest} has two data.tar members`);
      found = true;
      await pipeline(
        Readable.from(decompress(member.name, member.body), { objectMode: false }),
        createWriteStream(temporary),
      );
    }
    if (!found) throw new DebianError('bad-format', `${digest} has no data.tar, so it is not a .deb`);
  });
}

/** Makes a tree of the entries. A .deb has no whiteouts, and a hard link shares the inode of its target. */
function treeOf(entries: readonly LayerEntry[], source: ByteSource): Tree {
  const tree = new Tree();
  for (const entry of entries) {
    if (entry.path === '') continue;
    const inode = entry.type === 'hardlink' ? tree.get(entry.target ?? '') : toInode(entry, source);
    if (!inode)
      throw new DebianError(
        'bad-format',
        `${entry.path} is a hard link to ${entry.target}, which is not there`,
      );
    tree.set(entry.path, inode);
  }
  return tree;
}

function toInode(entry: LayerEntry, source: ByteSource): Inode {
  const { mode, uid, gid, mtime, target, device, offset, size } = entry;
  const type = entry.type as Inode['type'];
  const content = type === 'file' && size > 0 ? { source, offset, size } : undefined;
  const xattrs =
    entry.xattrs &&
    new Map(Object.entries(entry.xattrs).map(([name, value]) => [name, Buffer.from(value, 'base64')]));
  return { type, mode, uid, gid, mtime, content, target, device, xattrs };
}
