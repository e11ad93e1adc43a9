import { existsSync } from 'node:fs';
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, type Digest, type Store } from '@nx-linuxkit/oci';

/** A .deb as a lock pins it. */
export interface DebFile {
  /** Path below a mirror's URL. */
  readonly path: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** bytes */
  readonly size: number;
}

/** Layers in the store that were made here, and what they can be made of again. */
export interface MadeLayers {
  readonly layers: readonly Digest[];
  readonly debs: readonly DebFile[];
}

/** The folder of the notes in a store: a file for each image. */
export const NOTES = 'made';

/** Notes what the layers of an image are made of, so that a clean-up can tell whether they can be made again. */
export async function noteMadeLayers(store: Store, image: Digest, made: MadeLayers): Promise<void> {
  const folder = join(store.dir, NOTES);
  const temporary = await store.temp();
  await makeFolder(folder);
  await writeFile(temporary, `${JSON.stringify(made)}\n`);
  await rename(temporary, join(folder, `${image.replace('sha256:', '')}.json`));
}

/**
 * The layers that only this store has: a .deb of theirs is at no mirror any more, or no mirror answers. Notes whose layers the
 * store lacks are removed. `isPublished` asks mirrors for a .deb.
 */
export async function layersOnlyHere(
  store: Store,
  isPublished: (deb: DebFile) => Promise<boolean>,
): Promise<ReadonlySet<Digest>> {
  const folder = join(store.dir, NOTES);
  const answers = new Map<string, Promise<boolean>>();
  const ask = (deb: DebFile) => {
    const answer = answers.get(deb.sha256) ?? isPublished(deb);
    answers.set(deb.sha256, answer);
    return answer;
  };
  const only = new Set<Digest>();
  for (const name of await readdir(folder).catch(() => [])) {
    const note = await readNote(join(folder, name));
    const held: Digest[] = [];
    // Not by `store.has`, which would count as a use.
    for (const layer of note?.layers ?? []) if (existsSync(store.blobPath(layer))) held.push(layer);
    if (!note || held.length === 0) {
      await rm(join(folder, name), { force: true });
      continue;
    }
    const isThere = await Promise.all(note.debs.map(ask));
    if (!isThere.every(Boolean)) held.forEach((layer) => only.add(layer));
  }
  return only;
}

/** The layers of all notes, for a clean-up that asks no mirror. */
export async function notedLayers(store: Store): Promise<readonly Digest[]> {
  const folder = join(store.dir, NOTES);
  const names = await readdir(folder).catch(() => []);
  const notes = await Promise.all(names.map((name) => readNote(join(folder, name))));
  return notes.flatMap((note) => note?.layers ?? []);
}

/** Undefined for a note that cannot be read: it was cut short by a power loss. */
async function readNote(path: string): Promise<MadeLayers | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as MadeLayers;
  } catch {
    return undefined;
  }
}
