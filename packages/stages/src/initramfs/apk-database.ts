import { Tree, readContent, type ByteSource, type Content } from '@nx-linuxkit/tree';
import type { AssembledSegment } from './assembled-segment.js';

const DATABASE = 'lib/apk/db/installed';
/** Ends each database, so that the first package of the next one begins a paragraph. */
const SEPARATOR = Buffer.from('\n\n');

/**
 * Joins the package databases of all Alpine init images, because each would hide the one before. Undefined where
 * fewer than two images have one.
 */
export function mergeApkDatabases(segments: readonly AssembledSegment[]): Tree | undefined {
  const databases = segments
    .filter(({ node }) => node.plan.section === 'init')
    .map(({ placed: { tree } }) => tree.follow(DATABASE))
    .filter((inode) => inode?.type === 'file')
    .map((inode) => inode?.content);
  if (databases.length < 2) return undefined;
  const tree = new Tree();
  tree.set(DATABASE, {
    ...{ type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 },
    origin: { source: 'LINUXKIT.apkinit', location: 'init' },
    content: concatenated(databases),
  });
  return tree;
}

/** Reads all databases and slices the result: together they have a few hundred kilobytes. */
function concatenated(databases: readonly (Content | undefined)[]): Content {
  const size = databases.reduce((sum, content) => sum + (content?.size ?? 0) + SEPARATOR.length, 0);
  const source: ByteSource = {
    id: `apk ${databases.map((content) => content && [content.source.id, content.offset, content.size]).join(' ')}`,
    size,
    async *read(start, end) {
      const chunks: Uint8Array[] = [];
      for (const content of databases) {
        if (content) for await (const chunk of readContent(content)) chunks.push(chunk);
        chunks.push(SEPARATOR);
      }
      yield Buffer.concat(chunks).subarray(start, end);
    },
  };
  return { source, offset: 0, size };
}
