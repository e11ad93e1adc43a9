import {
  ImageNames,
  OciError,
  formatReference,
  parsePlatform,
  parseRegistryReference,
} from '@nx-linuxkit/oci';
import type { Environment, ImageNode } from '@nx-linuxkit/stages/standalone';
import type { FlagValues } from '../../../flags/values.js';
import type { Cache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';
import type { NamedPackage } from '../given-packages.js';
import type { PublishedImages } from './published-images.js';

/**
 * The images of a package that have to be made. An image that was made here is among them: making it again costs nothing if
 * nothing has changed, and the name would not tell. One that only the registry has is left out, with `--pull` after it was
 * copied into the cache.
 */
export async function missingImages(
  named: NamedPackage,
  platforms: readonly string[],
  values: FlagValues,
  { environment, layouts }: Cache,
  registry: PublishedImages,
  around: Surroundings,
): Promise<readonly ImageNode[]> {
  const { discardOutput, planGivenPackage, wasMadeHere } = await import('@nx-linuxkit/stages/standalone');
  const pull = values.on('ignore-cached');
  const plan = (on: readonly string[]) =>
    planGivenPackage(environment, named.package, on, { packagesFrom: __filename, pull, layouts }, around.log);
  if (values.on('force')) {
    const nodes = await plan(platforms);
    if (!values.on('dry-run')) for (const node of nodes) await discardOutput(environment, node);
    return nodes;
  }
  const { reference } = named.name;
  const wanted: string[] = [];
  for (const platform of platforms) {
    const isOwn = !isContentTag(named, values) || wasMadeHere(environment, named.package, platform);
    if (isOwn) wanted.push(platform);
    else if (await isInCache(environment, reference, platform)) {
      around.log(`${reference} for ${platform} is in the cache`);
    } else if (!(await registry.has(reference, platform))) wanted.push(platform);
  }
  return plan(wanted);
}

/** Whether the cache has an image of this name, of whatever made it. */
async function isInCache({ store }: Environment, reference: string, platform: string): Promise<boolean> {
  const { storedSource } = await import('@nx-linuxkit/stages/standalone');
  const name = formatReference(parseRegistryReference(reference));
  const found = await new ImageNames(store).get(name);
  if (!found) return false;
  const source = await storedSource(store, found.digest, name);
  try {
    await source.resolve(parsePlatform(platform));
    return true;
  } catch (error) {
    if (error instanceof OciError) return false;
    throw error;
  } finally {
    await source.close();
  }
}

/** A tag that a hash of git is part of stands for one content. Any other may be older than the folder. */
function isContentTag({ name }: NamedPackage, values: FlagValues): boolean {
  const isOwn = ['hash', 'hash-path', 'dev', 'force-dirty'].some((flag) => values.has(flag));
  return !isOwn && !name.isDirty && /[0-9a-f]{40}/.test(name.tag);
}
