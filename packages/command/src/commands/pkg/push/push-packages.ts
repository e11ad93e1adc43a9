import { ImageNames, formatReference, parseRegistryReference, type Store } from '@nx-linuxkit/oci';
import { Sources, type Environment } from '@nx-linuxkit/stages/standalone';
import { CommandError } from '../../../error.js';
import type { FlagValues } from '../../../flags/values.js';
import type { Surroundings } from '../../../surroundings.js';
import { pushStored } from '../../cache/push/push-stored.js';
import type { PlannedBuild } from '../build/planned-build.js';
import type { NamedPackage } from '../given-packages.js';

/**
 * Pushes the images of the cache that the packages name, each with what it is made of before its name. Platforms that only
 * the registry has stay in the index.
 */
export async function pushPackages(
  environment: Environment,
  builds: readonly PlannedBuild[],
  values: FlagValues,
  { log }: Surroundings,
): Promise<void> {
  const archTags = !values.has('manifest') || values.on('manifest');
  const sources = new Sources(environment);
  try {
    for (const { named, images } of builds) {
      const { reference } = named.name;
      const digest = await digestOfName(environment.store, reference);
      const release = await releaseOf(named, values);
      if (digest === undefined && images.length === 0 && !values.on('nobuild')) {
        log(`${reference} is in the registry already`);
        if (release !== undefined) await tagRelease(sources, reference, release, log);
        continue;
      }
      if (digest === undefined) {
        throw new CommandError('bad-argument', `the cache has no image ${reference}`, {
          hint: 'Leave --nobuild out, so that it is built.',
        });
      }
      await sources.withRepository(reference, async (repository) => {
        const { tag } = named.name;
        const known = await repository.find(tag);
        if (known?.digest === digest) return log(`${reference} is in the registry already`);
        const options = { archTags, override: false };
        log(`push ${reference}: ${await pushStored(environment.store, digest, repository, tag, options)}`);
      });
      if (release !== undefined) await tagRelease(sources, reference, release, log);
    }
  } finally {
    await sources.close();
  }
}

async function digestOfName(store: Store, reference: string) {
  const name = formatReference(parseRegistryReference(reference));
  return (await new ImageNames(store).get(name))?.digest;
}

/** The version that is asked for, else the tag that git has at HEAD, as LinuxKit takes it. */
async function releaseOf(
  { package: { described } }: NamedPackage,
  values: FlagValues,
): Promise<string | undefined> {
  const given = values.text('release') || undefined;
  if (given !== undefined) return given;
  const { tagsAtHead } = await import('@nx-linuxkit/stages/standalone');
  const tags = await tagsAtHead(described.folder).catch(() => []);
  return tags.length === 1 ? tags[0] : undefined;
}

/** Gives what the registry has under a name a further tag. One that is there stays as it is: a release does not change. */
async function tagRelease(
  sources: Sources,
  reference: string,
  release: string,
  log: (line: string) => void,
): Promise<void> {
  await sources.withRepository(reference, async (repository) => {
    if (await repository.find(release))
      return log(`${repository.name}:${release} is in the registry already, and stays as it is`);
    const { tag = 'latest' } = parseRegistryReference(reference);
    const { bytes, contentType } = await repository.manifest(tag);
    const mediaType = contentType ?? mediaTypeOf(bytes);
    const digest = await repository.push(release, { mediaType, manifest: bytes, blobs: [] });
    log(`push ${repository.name}:${release}: ${digest}`);
  });
}

function mediaTypeOf(bytes: Buffer): string {
  return (JSON.parse(bytes.toString('utf8')) as { mediaType: string }).mediaType;
}
