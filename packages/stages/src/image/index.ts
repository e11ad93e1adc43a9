import { join } from 'node:path';
import type { Architecture } from '@nx-linuxkit/debian';
import { parsePlatform, type ImageSource } from '@nx-linuxkit/oci';
import { connectionOptions, type ConnectionSettings } from '../connection-options.js';
import { configuredMirrors } from '../debian-mirrors.js';
import { bytes } from '../format-quantity.js';
import { shortImageName } from '../image-name.js';
import type { OciImage } from '../layers/oci-image.js';
import { packageHash } from '../plan/package-hash.js';
import type { ImageNode, PackageImage } from '../plan/image-node.js';
import type { Settings } from '../plan/settings.js';
import type { TargetNaming } from '../plan/target-names.js';
import { IMAGE_ARCHIVE } from '../sources.js';
import type { Stage } from '../stage.js';
import { openArchive } from './open-archive.js';
import { relockHint } from './relock.js';

/** What making a package's image reads. */
export interface ImageInput {
  readonly image: ImageNode & { readonly source: PackageImage };
  readonly settings: Pick<Settings, 'debianMirror'> & ConnectionSettings & TargetNaming;
  /** Opens the archive that this stage writes. */
  readonly source: () => Promise<ImageSource>;
  /** Closes the archive, so that `source` opens the one that has replaced it. */
  readonly forget: () => Promise<void>;
}

/** Makes the image of a package: one OCI archive, whose bytes depend on nothing but the package's folder. */
export const image: Stage<ImageInput, { readonly digest: string }, OciImage> = {
  name: 'image',
  subject: ({ image }) => shortImageName(image),
  folder: (input) => `${input.image.root}/image`,
  key: ({ image: { source, platform } }, { path }) => [
    packageHash(path(source.folder)),
    platform,
    ...(source.records === false ? ['without records'] : []),
  ],
  open: (input, { seal }) => openArchive(input, seal.facts.digest),

  async make({ image: { id, source, platform }, settings, forget }, out, { store, path, activity }) {
    await forget();
    // Loaded here, because most builds have no package to make.
    const { buildImage } = await import('@nx-linuxkit/debian');
    const { digest, size } = await buildImage(path(source.folder), {
      architecture: parsePlatform(platform).architecture as Architecture,
      output: join(out.path, IMAGE_ARCHIVE),
      store,
      records: source.records,
      progress: activity,
      mirrors: await configuredMirrors(settings),
      http: connectionOptions(path('.'), settings),
      relock: relockHint(source.folder, id, platform, settings),
      shownAs: source.folder,
    });
    await out.adopt(IMAGE_ARCHIVE);
    return { facts: { digest }, summary: `${source.folder}: ${digest.slice(7, 19)}, ${bytes(size)}` };
  },
};
