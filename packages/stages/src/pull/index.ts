import { Fault } from '@nx-linuxkit/errors';
import { OciError, digestOf, type ImageSource } from '@nx-linuxkit/oci';
import { StageError } from '../error.js';
import { bytes } from '../format-quantity.js';
import { shortImageName } from '../image-name.js';
import type { ImageLayers } from '../layers/layers.js';
import { parseOciImage, type OciImage } from '../layers/oci-image.js';
import type { ImageNode, PulledImage } from '../plan/image-node.js';
import { readSealed } from '../seal.js';
import type { Stage } from '../stage.js';
import { imageDocuments } from './documents.js';

/** What a pull reads. */
export interface PullInput {
  readonly image: ImageNode & { readonly source: PulledImage };
  /** Where the image lies; opened when the store lacks something. */
  readonly source: () => Promise<ImageSource>;
  readonly layers: ImageLayers;
  /** What pins the image anew, as the beginning of a hint. */
  readonly repin: () => string;
}

const MANIFEST = 'manifest.json';
const CONFIG = 'config.json';

/**
 * Fetches an image by digest. Its manifest and config become the output. Its layers go to the store and are no output,
 * because a registry has them anyway and a remote cache would hold them twice.
 */
export const pull: Stage<PullInput, { readonly digest: string }, OciImage> = {
  name: 'pull',
  subject: ({ image }) => shortImageName(image),
  folder: ({ image }) => `${image.root}/pull`,
  key: ({ image }) => [image.source.digest, image.platform],

  async open({ image: { source } }, { seal, folder }) {
    const [manifest, config] = await Promise.all(
      [MANIFEST, CONFIG].map((name) => readSealed(folder, seal, name)),
    );
    if (!manifest || !config || digestOf(manifest) !== source.digest) return undefined;
    const image = parseOciImage(source.digest, manifest, config, source.from);
    return digestOf(config) === image.manifest.config.digest ? image : undefined;
  },

  async make({ image: { source, platform }, source: open, layers, repin }, out, { store, activity }) {
    const { manifest, config, image, fetched } = await fetch().catch((error: unknown) => {
      throw naming(source.from, error);
    });
    await out.write(MANIFEST, manifest);
    await out.write(CONFIG, config);
    const total = image.layers.reduce((sum, { blob }) => sum + blob.size, 0);
    return {
      facts: { digest: source.digest },
      result: () => image,
      summary: `${source.from}: ${image.layers.length} layers, ${bytes(total)}, ${bytes(fetched)} fetched`,
    };

    async function fetch() {
      const documents = await imageDocuments(store, source, platform, open, repin).catch((error: unknown) => {
        throw explainLost(source, error, repin);
      });
      const parsed = parseOciImage(source.digest, documents.manifest, documents.config, source.from);
      return { ...documents, image: parsed, fetched: await layers.bring(parsed.layers, activity) };
    }
  },
};

/** Puts the image's name before the message of an error about its layers, which name only themselves. */
function naming(from: string, error: unknown): unknown {
  if (!(error instanceof Fault) || error.message.includes(from)) return error;
  error.message = `${from}: ${error.message}`;
  return error;
}

/**
 * Says what to do where the locked image is gone. A daemon forgets an image when another image gets its name, a layout or an
 * archive is written anew, and a registry removes what no tag names.
 */
function explainLost({ from, digest, imageID }: PulledImage, error: unknown, repin: () => string): unknown {
  if (!(error instanceof OciError) || error.code !== 'not-found') return error;
  const lost = imageID
    ? `the Docker daemon no longer has ${from} as it is locked, ${imageID}`
    : `${from} is no longer there as it is locked, ${digest}`;
  return new StageError('missing-file', lost, {
    hint: `${repin()} if it was built anew, then build again.`,
    cause: error,
  });
}
