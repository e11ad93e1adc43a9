import {
  ImageNames,
  formatReference,
  parseReference,
  type LockedImage,
  type RegistryReference,
  type Store,
} from '@nx-linuxkit/oci';
import type { Lock } from '@nx-linuxkit/oci/lock';
import type { Log } from '../environment.js';
import { fewAtATime } from '../few-at-a-time.js';
import { duration } from '../format-quantity.js';
import { locate, resolveAt, resolveInDaemon } from '../lock/resolve-reference.js';
import { referencesToLock, whereIs } from '../plan/references.js';
import type { OsInputs } from '../plan/read-plan.js';
import type { Settings } from '../plan/settings.js';
import type { Sources } from '../sources.js';
import { keepDocuments, namedInStore, takeFromLayout } from './fetch-image.js';

/** Where images may come from, and which. */
export interface PinRequest {
  readonly settings: Settings;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** Asks the registry also for names that the store knows. */
  readonly pull?: boolean;
  /** Folders of other programs' layouts, whose images count as pulled. */
  readonly layouts?: readonly string[];
}

/**
 * Pins every reference of a system for one platform: to what the lock beside the YAML says, else to the image that a
 * Docker daemon has if the settings say so, else to the one of that name in the store or in a layout, else to the one in
 * the registry, which then has its name in the store. As LinuxKit does it, a name that is known is not looked up again.
 * Throws OciError at the place of the reference.
 */
export async function pinReferences(
  { os, lock, map }: Pick<OsInputs, 'os' | 'lock' | 'map'>,
  { store, sources }: { readonly store: Store; readonly sources: Sources },
  request: PinRequest,
  log: Log,
): Promise<Lock> {
  const { settings, platform } = request;
  const pin = async (reference: string): Promise<LockedImage> => {
    const locked = lock.images[reference]?.[platform];
    if (locked) return locked;
    try {
      return await findImage(map.target(reference), { store, sources }, request, log);
    } catch (error) {
      throw locate(error, whereIs(os, reference));
    }
  };
  const references = referencesToLock(os, settings, map, platform);
  const pinned = await fewAtATime(
    references,
    async (reference) => [reference, { [platform]: await pin(reference) }] as const,
  );
  return { lockfileVersion: 1, images: Object.fromEntries(pinned) };
}

/** Finds one image for a platform, wherever it is. */
export async function findImage(
  reference: string,
  { store, sources }: { readonly store: Store; readonly sources: Sources },
  { settings, platform, pull = false, layouts = [] }: PinRequest,
  log: Log,
): Promise<LockedImage> {
  const started = performance.now();
  const parsed = parseReference(reference);
  if (parsed.transport !== 'registry') return resolveAt(sources, reference, platform);
  const inDaemon = settings.docker ? await resolveInDaemon(sources, reference, platform) : undefined;
  if (!inDaemon && !pull) {
    const known = await knownImage(store, parsed, platform, layouts, log);
    if (known) return known;
  }
  const image = inDaemon ?? (await fetched(store, sources, reference, parsed, platform));
  log(`find ${reference} for ${platform}: ${image.digest}, ${duration(started)}`);
  return image;
}

async function knownImage(
  store: Store,
  parsed: RegistryReference,
  platform: string,
  layouts: readonly string[],
  log: Log,
): Promise<LockedImage | undefined> {
  const name = formatReference(parsed);
  const inStore = await namedInStore(store, name, platform);
  if (inStore) return inStore;
  for (const layout of layouts) {
    const taken = await takeFromLayout(store, layout, name, platform);
    if (!taken) continue;
    await nameIt(store, name, taken);
    log(`find ${name} for ${platform}: ${taken.digest}, in ${layout}`);
    return taken;
  }
  return undefined;
}

async function fetched(
  store: Store,
  sources: Sources,
  reference: string,
  parsed: RegistryReference,
  platform: string,
): Promise<LockedImage> {
  const source = await sources.open(reference);
  try {
    const { locked } = await keepDocuments(store, source, platform);
    await nameIt(store, formatReference(parsed), locked);
    return locked;
  } finally {
    await source.close();
  }
}

/** Names the index where there is one, as the name stands for the image of every platform. */
function nameIt(store: Store, name: string, { digest, index }: LockedImage): Promise<void> {
  return new ImageNames(store).set({ name, digest: index ?? digest });
}
