import {
  applyLayers,
  parseImageTree,
  serialiseImageTree,
  type ImageTree,
  type LayerIndex,
  type Origin,
} from '@nx-linuxkit/tree';
import { StageError } from '../error.js';
import { imageName, shortImageName } from '../image-name.js';
import type { ImageLayers } from '../layers/layers.js';
import { inImage } from '../layers/name-layer.js';
import type { OciImage } from '../layers/oci-image.js';
import { boundGarbage } from '../many-files.js';
import type { ImageNode } from '../plan/image-node.js';
import { readSealed, sha256 } from '../seal.js';
import type { Stage } from '../stage.js';

/** What flattening an image reads. */
export interface ExtractInput {
  readonly node: ImageNode;
  readonly image: OciImage;
  readonly layers: ImageLayers;
}

/** An image with its flattened tree. */
export interface Extracted {
  readonly image: OciImage;
  /** sha256 of the tree's text: the tree's identity downstream. */
  readonly hash: string;
  /** Parses the tree anew for each place, whose origin it gets. File contents are read from the layers on demand. */
  tree(origin?: Origin): ImageTree;
}

const TREE = 'tree.json';

/**
 * Flattens an image's layers into an index of entries, which says where each file's bytes lie and holds none of them.
 */
export const extract: Stage<ExtractInput, object, Extracted> = {
  name: 'extract',
  subject: ({ node }) => shortImageName(node),
  folder: ({ node }) => `${node.root}/extract`,
  key: ({ image }) => [image.digest],

  async open(input, { folder, seal }) {
    const text = await readSealed(folder, seal, TREE);
    return text && extracted(input, text);
  },

  async make(input, out, { activity }) {
    const { node, image, layers } = input;
    await layers.bring(image.layers, activity);
    const indexes = await Promise.all(image.layers.map((layer) => layers.index(layer)));
    const tree = flatten(imageName(node), indexes);
    const text = serialiseImageTree(tree);
    await out.write(TREE, text);
    const summary = `${node.id}: ${tree.tree.size} entries of ${indexes.length} layers`;
    return { facts: {}, result: () => extracted(input, text), summary };
  },
};

function flatten(image: string, indexes: readonly LayerIndex[]): ImageTree {
  try {
    return applyLayers(indexes);
  } catch (error) {
    throw inImage(error, `image ${image}`);
  }
}

function extracted({ node, image, layers }: ExtractInput, text: Buffer): Extracted {
  boundGarbage(text.length);
  const open = (diffID: string) => {
    const layer = image.layers.find((candidate) => candidate.diffID === diffID);
    if (!layer) throw new StageError('bad-image', `${node.id} has no layer ${diffID}`);
    return layers.open(layer);
  };
  return { image, hash: sha256(text), tree: (origin) => parseImageTree(text, { open, origin }) };
}
