import { writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { BlockStore } from '@nx-linuxkit/deflate';
import type { Store } from '@nx-linuxkit/oci';

/**
 * Compressed blocks of formats, in the store: a format that changes in a few places compresses these alone. Keeping is worth
 * nothing to this build, so one that fails is no fault of it.
 */
export function keptBlocks(store: Store): BlockStore {
  return {
    find: (key) => store.readDerived('blocks', key),
    async put(key, bytes) {
      const write = async (path: string) => {
        await writeFile(path, bytes);
        return { bytes: bytes.length, crc32: crc32(bytes) };
      };
      await store.put('blocks', key, write).catch(() => undefined);
    },
  };
}
