import type { Where } from '@nx-linuxkit/errors';
import {
  OciError,
  parsePlatform,
  parseReference,
  type LockedImage,
  type OciErrorCode,
} from '@nx-linuxkit/oci';
import type { Sources } from '../sources.js';

/** Errors after which the next target of a reference is tried: registries refuse to say whether an image exists. */
const ABSENT: readonly OciErrorCode[] = ['not-found', 'unauthorized', 'forbidden'];

/**
 * Gives the digests that a reference has now, at the first of its targets that has it. With several targets the result
 * says which one it was. Throws the OciError of the last target.
 */
export async function resolveReference(
  sources: Sources,
  targets: readonly string[],
  platform: string,
  { docker }: { readonly docker?: boolean },
): Promise<LockedImage> {
  for (const [i, target] of targets.entries()) {
    try {
      const inDaemon = docker ? await resolveInDaemon(sources, target, platform) : undefined;
      const image = inDaemon ?? (await resolveAt(sources, target, platform));
      return i === 0 ? image : { ...image, from: target };
    } catch (error) {
      const isLast = i === targets.length - 1;
      if (isLast || !(error instanceof OciError) || !ABSENT.includes(error.code)) throw error;
    }
  }
  throw new Error('a reference has no target');
}

/** Gives an error about an image the place in the YAML that names the image. */
export function locate(error: unknown, where: Where): unknown {
  if (!(error instanceof OciError) || error.where) return error;
  return new OciError(error.code, error.message, { where, hint: error.hint, cause: error.cause });
}

/** As `linuxkit build --docker`: asks the daemon before the place where the reference points. */
export async function resolveInDaemon(
  sources: Sources,
  reference: string,
  platform: string,
): Promise<LockedImage | undefined> {
  if (parseReference(reference).transport !== 'registry') return undefined;
  try {
    return await resolveAt(sources, `docker-daemon:${reference}`, platform);
  } catch (error) {
    const absent =
      error instanceof OciError && ['not-found', 'platform-mismatch', 'unreachable'].includes(error.code);
    if (absent) return undefined;
    throw error;
  }
}

/** The digests that a reference has now, at the place that it names. */
export async function resolveAt(sources: Sources, reference: string, platform: string): Promise<LockedImage> {
  const parsed = parseReference(reference);
  const source = await sources.open(reference);
  try {
    const { digest, index, imageID } = await source.resolve(parsePlatform(platform));
    return {
      digest,
      ...(index ? { index } : {}),
      ...(parsed.transport === 'docker-daemon' ? { imageID } : {}),
    };
  } finally {
    await source.close();
  }
}
