import { readFile, writeFile } from 'node:fs/promises';
import type { Store } from '@nx-linuxkit/oci';
import {
  TarIndexer,
  parseLayerIndex,
  readContent,
  serialiseLayerIndex,
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
  if (known) return parseLayerIndex(await readFile(known, 'utf8'));
  const indexer = new TarIndexer({ base: offset });
  for await (const chunk of readContent(tar)) indexer.write(chunk);
  const index: LayerIndex = { diffID: source.id, size: layerSize, entries: indexer.end() };
  await store.put('index', key, (path) => writeFile(path, serialiseLayerIndex(index)));
  return index;
}
