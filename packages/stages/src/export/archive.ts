import type { Descriptor } from '@nx-linuxkit/oci';
import {
  DEFAULT_MTIME,
  Tree,
  bytesContent,
  writeTar,
  type ByteSource,
  type Content,
} from '@nx-linuxkit/tree';
import type { ImageParts } from './image-parts.js';

/** Yields a tar of files, whose names are sorted and whose times are fixed. */
export function archive(files: ReadonlyMap<string, Content>): AsyncIterable<Uint8Array> {
  const tree = new Tree();
  for (const [path, content] of files) {
    tree.set(path, { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: DEFAULT_MTIME, content });
  }
  return writeTar(tree.entries());
}

/** A blob as the content of a file. It is read whole, because only a whole blob can be verified. */
export function blobContent({ blob }: Pick<ImageParts, 'blob'>, descriptor: Descriptor): Content {
  const source: ByteSource = {
    id: descriptor.digest,
    size: descriptor.size,
    async *read() {
      yield* await blob(descriptor);
    },
  };
  return { source, offset: 0, size: descriptor.size };
}

/** A document that is written as JSON. */
export function jsonContent(value: unknown): Content {
  return bytesContent(JSON.stringify(value));
}
