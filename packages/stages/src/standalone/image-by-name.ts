import type { Environment, Log } from '../environment.js';
import type { ImageNode } from '../plan/image-node.js';
import { pinnedNode } from '../plan/plan-os.js';
import { mapReference } from '../plan/settings.js';
import { Sources } from '../sources.js';
import { findImage, type PinRequest } from './pin-references.js';

/** Finds the image that a reference stands for on a platform, as a build of a YAML that names it would. */
export async function imageByName(
  environment: Environment,
  reference: string,
  request: Omit<PinRequest, 'settings'>,
  log: Log,
): Promise<ImageNode> {
  const { settings, store } = environment;
  const sources = new Sources(environment);
  try {
    const mapped = mapReference(reference, settings.images);
    const locked = await findImage(mapped, { store, sources }, { ...request, settings }, log);
    return pinnedNode(mapped, locked, request.platform);
  } finally {
    await sources.close();
  }
}
