import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ContextEntry } from '@nx-linuxkit/dockerfile/plan';
import type { Store } from '@nx-linuxkit/oci';
import { dockerArchive, type ArchivedImage } from '../export/docker-archive.js';
import type { PackageInputs } from '../plan/dockerfile/package-inputs.js';
import { savedImageName } from '../plan/dockerfile/saved-images.js';
import type { BuiltOn } from './built-on.js';

/**
 * Lets `use` build with a context that has the archives of `depends.docker-images`. They lie in the store's temporary folder
 * until `use` has ended.
 */
export async function withSavedImages<T>(
  { context, package: { savedImages } }: PackageInputs,
  store: Store,
  find: (reference: string) => BuiltOn,
  use: (context: readonly ContextEntry[]) => Promise<T>,
): Promise<T> {
  if (!savedImages) return use(context);
  const { references, target, isFolder } = savedImages;
  const images = references.map((reference) => archivedImage(reference, find(reference)));
  const archives = isFolder
    ? references.map((reference, i) => [posix.join(target, savedImageName(reference)), [images[i]]] as const)
    : [[target, images] as const];
  const entries: ContextEntry[] = [];
  try {
    for (const [path, contents] of archives) {
      const source = await store.temp();
      const entry = { path, type: 'file', source, size: 0, isExecutable: false } as const;
      entries.push(entry);
      await pipeline(Readable.from(dockerArchive(contents)), createWriteStream(source));
      entries[entries.length - 1] = { ...entry, size: (await stat(source)).size };
    }
    return await use(merged(context, [...foldersOf(entries), ...entries]));
  } finally {
    for (const { source } of entries) await rm(source, { force: true });
  }
}

/** A name without a tag stands for no image in an archive. */
function archivedImage(reference: string, { image, layers }: BuiltOn): ArchivedImage {
  const [name] = reference.split('@');
  const hasTag = name.lastIndexOf(':') > name.lastIndexOf('/');
  return {
    parts: { document: async () => image, blob: (descriptor) => layers.blob(descriptor) },
    ...(hasTag && { name }),
  };
}

function foldersOf(entries: readonly ContextEntry[]): ContextEntry[] {
  const paths = new Set<string>();
  for (const { path } of entries) {
    for (let above = posix.dirname(path); above !== '.'; above = posix.dirname(above)) paths.add(above);
  }
  return [...paths].map((path) => ({ path, type: 'dir', source: '', size: 0, isExecutable: false }));
}

function merged(context: readonly ContextEntry[], added: readonly ContextEntry[]): ContextEntry[] {
  const all = new Map([...added, ...context].map((entry) => [entry.path, entry]));
  return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
