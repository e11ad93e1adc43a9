import type { Digest } from '@nx-linuxkit/oci';
import { connectionOptions } from '../connection-options.js';
import { configuredMirrors } from '../debian-mirrors.js';
import type { Environment } from '../environment.js';
import { layersOnlyHere, type DebFile } from './made-layers.js';

/** The layers that a clean-up must leave: no mirror has what they are made of any more, or none answers. */
export async function irreplaceableLayers({
  store,
  settings,
  workspaceRoot,
}: Environment): Promise<ReadonlySet<Digest>> {
  const { openArchive, findMirrors, DebianError } = await import('@nx-linuxkit/debian');
  const open = async () =>
    openArchive({
      store,
      mirrors: (await configuredMirrors(settings)) ?? (await findMirrors()),
      http: connectionOptions(workspaceRoot, settings),
    });
  let archive: ReturnType<typeof open> | undefined;
  return layersOnlyHere(store, async (deb: DebFile) => {
    try {
      return await (await (archive ??= open())).has(deb, []);
    } catch (error) {
      if (error instanceof DebianError) return false;
      throw error;
    }
  });
}
