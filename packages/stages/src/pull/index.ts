import { OciError, digestOf } from '@nx-linuxkit/oci';
import type { Log } from '../environment.js';
import { StageError } from '../error.js';
import { bytes, duration } from '../format-quantity.js';
import { readImageFacts, type ImageFacts } from '../image-facts.js';
import { readSeal, readSealed, writeOutput } from '../output.js';
import type { Pipeline } from '../pipeline.js';
import type { ImageNode, PulledImage } from '../plan/os-plan.js';
import { keyOf } from '../plan/key.js';
import { stageVersion } from '../version.js';
import { imageDocuments } from './documents.js';

/** What the log and `stage.json` say of a pull. */
interface PullFacts {
  readonly digest: string;
}

/**
 * Fetches an image by digest: its manifest and config become the output, its layers go to the store, which is
 * no output, because a registry has them anyway and a remote cache would hold them twice.
 */
export async function pull(pipeline: Pipeline, image: ImageNode, log: Log): Promise<ImageFacts> {
  const folder = pipeline.path(image.root, 'pull');
  const { digest, from } = image.source as PulledImage;
  const key = keyOf([stageVersion('pull'), digest, image.platform]);
  const known = await readPulled(folder, key, digest);
  if (known) return known;

  const started = performance.now();
  const fetch = async () => {
    const { manifest, config } = await imageDocuments(pipeline, image);
    const facts = readImageFacts(digest, manifest, config);
    return { manifest, config, facts, costs: await bringLayers(pipeline, image, facts) };
  };
  const { manifest, config, facts, costs } = await fetch().catch((error: unknown) => {
    throw explainLost(image.source as PulledImage, error);
  });
  await writeOutput<PullFacts>(folder, key, async (out) => {
    await out.write('manifest.json', manifest);
    await out.write('config.json', config);
    return { digest };
  });
  const total = facts.layers.reduce((sum, { blob }) => sum + blob.size, 0);
  log(
    `pull ${from}: ${facts.layers.length} layers, ${bytes(total)}, ` +
      `${bytes(costs.fetched)} fetched, ${duration(started)}`,
  );
  return facts;
}

/** All layers of an image into the store, side by side. */
export async function bringLayers(pipeline: Pipeline, image: ImageNode, { layers }: ImageFacts) {
  const costs = { fetched: 0 };
  const brought = layers.map((layer) => pipeline.layers.bring(layer, () => pipeline.source(image), costs));
  // All of them, also when one fails: a write that goes on behind an error would outlive the task.
  const failed = (await Promise.allSettled(brought)).find(({ status }) => status === 'rejected');
  if (failed) throw (failed as PromiseRejectedResult).reason;
  return costs;
}

/** A daemon forgets an image when another gets its name: there is no registry to ask instead. */
function explainLost({ from, imageID }: PulledImage, error: unknown): unknown {
  if (!imageID || !(error instanceof OciError) || error.code !== 'not-found') return error;
  return new StageError(
    'missing-file',
    `the Docker daemon no longer has ${from} as it is locked, ${imageID}`,
    {
      hint: 'If it was built anew, run `nx lock` with --update to take what is there now, and build again.',
      cause: error,
    },
  );
}

async function readPulled(folder: string, key: string, digest: string): Promise<ImageFacts | undefined> {
  const seal = await readSeal(folder, key);
  if (!seal) return undefined;
  const [manifest, config] = await Promise.all(
    ['manifest.json', 'config.json'].map((name) => readSealed(folder, seal, name)),
  );
  if (!manifest || !config || digestOf(manifest) !== digest) return undefined;
  const facts = readImageFacts(digest, manifest, config);
  return digestOf(config) === facts.manifest.config.digest ? facts : undefined;
}
