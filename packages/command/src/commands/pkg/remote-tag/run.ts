import {
  OciError,
  copyImage,
  formatReference,
  parseDocument,
  parseRegistryReference,
  type ImageSource,
} from '@nx-linuxkit/oci';
import { Sources } from '@nx-linuxkit/stages/standalone';
import { CommandError } from '../../../error.js';
import type { FlagValues } from '../../../flags/values.js';
import { openCache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';
import { pushStored } from '../../cache/push/push-stored.js';

/** Names an image of a registry once more. What both repositories need is taken through the cache. */
export async function run(values: FlagValues, given: readonly string[], around: Surroundings): Promise<void> {
  const [from, to, ...more] = given;
  if (from === undefined || to === undefined || more.length > 0) {
    throw new CommandError('bad-argument', `pkg remote-tag needs two names, got ${given.length}`, {
      hint: 'Write nx-linuxkit pkg remote-tag FROM TO.',
    });
  }
  const { environment } = await openCache(values, around);
  const [source, target] = [from, to].map((name) => parseRegistryReference(name));
  if (target.tag === undefined || target.digest !== undefined) {
    throw new CommandError('bad-argument', `expected a name with a tag, got ${to}`);
  }
  const sources = new Sources(environment);
  const opened = await sources.open(from);
  try {
    const digest = source.digest ?? (await opened.identify());
    const known = await identified(sources, to);
    if (known === digest) return around.log(`${formatReference(target)} is ${digest} already`);
    if (known !== undefined) around.log(`${formatReference(target)} was ${known}`);
    const isSame = source.registry === target.registry && source.repository === target.repository;
    if (!isSame) await copyImage(environment.store, opened, digest);
    const { tag } = target;
    await sources.withRepository(to, async (repository) => {
      if (!isSame) {
        await pushStored(environment.store, digest, repository, tag, { archTags: false, override: true });
      } else {
        const manifest = await opened.manifest(digest);
        await repository.push(tag, { mediaType: mediaTypeOf(manifest, digest), manifest, blobs: [] });
      }
    });
    around.log(`push ${formatReference(target)}: ${digest}`);
  } finally {
    await opened.close();
    await sources.close();
  }
}

function mediaTypeOf(bytes: Buffer, digest: string): string {
  const document = parseDocument(bytes, undefined, digest);
  return document.kind === 'index' ? document.index.mediaType : document.manifest.mediaType;
}

async function identified(sources: Sources, reference: string): Promise<string | undefined> {
  const source: ImageSource = await sources.open(reference);
  try {
    return await source.identify();
  } catch (error) {
    if (error instanceof OciError && error.code === 'not-found') return undefined;
    throw error;
  } finally {
    await source.close();
  }
}
