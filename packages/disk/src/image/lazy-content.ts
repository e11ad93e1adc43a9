import type { ByteSource, Content } from '@nx-linuxkit/tree';

/**
 * A content of `size` bytes that `produce` computes anew on each read: the directories and tables of large trees would
 * otherwise all be in memory at once. `id` must change with everything that `produce` depends on.
 */
export function lazyContent(id: string, size: number, produce: () => Uint8Array): Content {
  const source: ByteSource = {
    id,
    size,
    async *read(start, end) {
      yield produce().subarray(start, end);
    },
  };
  return { source, offset: 0, size };
}
