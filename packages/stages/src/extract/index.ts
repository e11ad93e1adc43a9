import {
  applyLayers,
  parseImageTree,
  serialiseImageTree,
  type ByteSource,
  type ImageTree,
  type Origin,
} from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import { StageError } from '../error.js';
import { duration } from '../format-quantity.js';
import type { Layer } from '../layers/layers.js';
import { readSeal, readSealed, sha256, writeOutput } from '../output.js';
import type { Pipeline } from '../pipeline.js';
import { keyOf } from '../plan/key.js';
import type { ImageNode } from '../plan/os-plan.js';
import { bringLayers } from '../pull/index.js';
import { stageVersion } from '../version.js';

/** An image's flattened tree, as text, so that each who places it gives it the origin of that place. */
export interface Extracted {
  /** sha256 of the text: the tree's identity downstream. */
  readonly hash: string;
  tree(origin?: Origin): ImageTree;
}

const TREE = 'tree.json';

/** Flattens an image's layers into an index of entries: where each file's bytes lie, no bytes. */
export async function extract(pipeline: Pipeline, image: ImageNode, log: Log): Promise<Extracted> {
  const folder = pipeline.path(image.root, 'extract');
  const facts = await pipeline.facts(image, log);
  const key = keyOf([stageVersion('extract'), facts.manifestDigest]);
  const open = layerOpener(pipeline, image, facts.layers);

  const seal = await readSeal(folder, key);
  const known = seal && (await readSealed(folder, seal, TREE));
  if (known) return asExtracted(known.toString('utf8'), open);

  const started = performance.now();
  await bringLayers(pipeline, image, facts);
  const indexes = await Promise.all(facts.layers.map((layer) => pipeline.layers.index(layer)));
  const text = serialiseImageTree(applyLayers(indexes));
  await writeOutput(folder, key, async (out) => {
    await out.write(TREE, text);
    return {};
  });
  const entries = indexes.reduce((sum, index) => sum + index.entries.length, 0);
  log(`extract ${image.id}: ${entries} entries of ${indexes.length} layers, ${duration(started)}`);
  return asExtracted(text, open);
}

type Open = (diffID: string) => ByteSource;

function asExtracted(text: string, open: Open): Extracted {
  return { hash: sha256(text), tree: (origin) => parseImageTree(text, { open, origin }) };
}

function layerOpener(pipeline: Pipeline, image: ImageNode, layers: readonly Layer[]): Open {
  return (diffID) => {
    const layer = layers.find((candidate) => candidate.diffID === diffID);
    if (!layer) throw new StageError('bad-image', `${image.id} has no layer ${diffID}`);
    return pipeline.layers.open(layer, () => pipeline.source(image));
  };
}
