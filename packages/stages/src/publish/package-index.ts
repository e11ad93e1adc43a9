import type { Environment, Log } from '../environment.js';
import { packageProjectName } from '../plan/dockerfile/package-file.js';
import { targetName } from '../plan/target-names.js';
import { packageTag, refuseDirty } from './package-tag.js';
import { writeIndexes } from './write-index.js';

/** Whose index to write. */
export interface PackageIndexRequest {
  /** The package's folder, or the file of a variant, relative to the workspace. */
  readonly place: string;
  /** A further tag whose index is written, such as `v1.0`. */
  readonly release?: string;
}

/**
 * Writes the index of a package's tag anew in the registry, of all images there that have the tag `<tag>-<architecture>`.
 * Throws StageError `unsupported` for a release of files that are not committed, `unknown-image` where there is no image,
 * and OciError.
 */
export async function writePackageIndex(
  environment: Environment,
  { place, release }: PackageIndexRequest,
  log: Log,
): Promise<void> {
  const named = await packageTag(environment, place);
  if (release !== undefined) refuseDirty(named, place);
  const { reference, tag } = named;
  const push = `nx ${targetName('push', environment.settings)} ${packageProjectName(place)} --archTags`;
  const hint = `Push the package first, for each architecture: \`${push}\`.`;
  await writeIndexes(
    environment,
    { reference, tags: [tag, ...(release === undefined ? [] : [release])], hint },
    log,
  );
}
