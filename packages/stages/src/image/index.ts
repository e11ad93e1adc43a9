import type { Architecture } from '@nx-linuxkit/debian';
import { parsePlatform } from '@nx-linuxkit/oci';
import { connectionOptions, type ConnectionSettings } from '../connection-options.js';
import { configuredMirrors } from '../debian-mirrors.js';
import { packageHash } from '../plan/package-hash.js';
import type { Settings } from '../plan/settings.js';
import type { TargetNaming } from '../plan/target-names.js';
import { imageStage } from './made-image.js';
import type { DebFile } from './made-layers.js';
import type { MadeInput, Recipe } from './recipe.js';
import { relockHint } from './relock.js';

/** What making an image of `contents` reads. */
export interface ContentsInput extends MadeInput {
  readonly settings: Pick<Settings, 'debianMirror'> & ConnectionSettings & TargetNaming;
}

/** Makes an image of Debian packages, files and links, whose bytes depend on nothing but the package's folder and `records`. */
export const contents: Recipe<ContentsInput> = {
  key: ({ image: { source, platform } }, { path }) => [
    packageHash(path(source.folder)),
    platform,
    ...(source.records === false ? ['without records'] : []),
  ],

  async build({ image: { id, source, platform }, settings }, archive, { store, path, activity }) {
    // Loaded here, because most builds have no package to make.
    const { buildImage } = await import('@nx-linuxkit/debian');
    const { digest, size, debs, packages, isPublished } = await buildImage(path(source.folder), {
      architecture: parsePlatform(platform).architecture as Architecture,
      output: archive,
      store,
      records: source.records,
      progress: activity,
      mirrors: await configuredMirrors(settings),
      http: connectionOptions(path('.'), settings),
      relock: relockHint(source.folder, id, platform, settings),
      shownAs: source.folder,
    });
    return { digest, size, debs: debs.map(debFile), packages, isRepeatable: await isPublished() };
  },
};

function debFile({ path, sha256, size }: DebFile): DebFile {
  return { path, sha256, size };
}

/** The stage `image` of a package with `contents`. */
export const image = imageStage(contents);
