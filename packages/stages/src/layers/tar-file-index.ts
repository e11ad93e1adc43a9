import { readFile, writeFile } from 'node:fs/promises';
import type { Store } from '@nx-linuxkit/oci';
import {
  LayerIndexText,
  TarIndexer,
  parseLayerIndex,
  readContent,
  type Content,
  type LayerIndex,
} from '@nx-linuxkit/tree';

/** Bumped when the index takes another form; part of its name in the store. */
const VERSION = 1;

/**
 * Indexes a tar that is itself a file of a layer, as a kernel's modules are: the members are listed as if they were
 * entries of that layer. The index is kept in the store, because every change of a system asks for it, and reading 60
 * MB of modules takes longer than everything else that a small change needs.
 */
export async function tarFileIndex(store: Store, tar: Content, layerSize: number): Promise<LayerIndex> {
  const { source, offset, size } = tar;
  const key = `${source.id.replace(':', '-')}-${offset}-${size}-${VERSION}`;
  const known = await store.find('index', key);
  if (known) return parseLayerIndex(await readFile(known));
  const pieces = new Map<number, Buffer>();
  const text = new LayerIndexText((piece, position) => pieces.set(position, piece));
  const indexer = new TarIndexer({ base: offset, take: (entry) => text.add(entry) });
  for await (const chunk of readContent(tar)) indexer.write(chunk);
  indexer.end();
  text.finish({ diffID: source.id, size: layerSize });
  const bytes = Buffer.concat([...pieces].sort(([a], [b]) => a - b).map(([, piece]) => piece));
  await store.put('index', key, (path) => writeFile(path, bytes));
  return parseLayerIndex(bytes);
}
