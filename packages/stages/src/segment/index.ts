import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeParts } from '../archive/make-parts.js';
import { writeSegment } from '../archive/write-segment.js';
import type { Context } from '../context.js';
import { bytes } from '../format-quantity.js';
import { shortImageName } from '../image-name.js';
import type { SegmentNode } from '../plan/os-plan.js';
import type { Seal, SealedFile } from '../seal.js';
import { isSegmentFacts, type SegmentFacts } from './facts.js';
import type { Stage } from '../stage.js';
import { placeSegment, type SegmentInput } from './place-segment.js';
import { completeParts, partsOf } from './planned-segment.js';
import { summarise } from './summary.js';

export type { SegmentFacts } from './facts.js';

/** An image's share of an initramfs, as a file. */
export interface Segment extends SealedFile, SegmentFacts {
  /** Relative to the workspace. */
  readonly path: string;
}

const FILE = 'segment.cpio';

/** A segment's bytes do not depend on the origin, which only the tar formats show. */
const NO_ORIGIN = { source: '', location: '' };

/** Makes the compressed cpio archives of one image at its place, one archive a layer. */
export const segment: Stage<SegmentInput, SegmentFacts, Segment> = {
  name: 'segment',
  subject: ({ node }) => shortImageName(node.image),
  folder: ({ node }) => segmentFolder(node),
  key: ({ node: { plan }, extracted: { image, hash } }) => [image.digest, hash, plan],

  /** Checks that the file is there. Its bytes are verified by whatever reads them. */
  async open({ node }, { folder, seal }) {
    if (!isSegmentFacts(seal.facts)) return undefined;
    const found = await stat(join(folder, FILE)).catch(() => undefined);
    return found?.isFile() && found.size === seal.files[FILE]?.size ? segmentOf(node, seal) : undefined;
  },

  async make(input, out, context) {
    const { node, extracted, layers } = input;
    const { at, compressor } = node.plan;
    const placed = await placeSegment(input, NO_ORIGIN, context);
    const plans = partsOf(placed);
    const image = { image: extracted.image, layers, tree: placed.image };
    const [parts, planned] = await makeParts(context.store, image, plans, compressor, context.activity, () =>
      completeParts(placed, plans),
    );
    const { file, ...written } = await writeSegment(out, FILE, parts, planned.generated, compressor);
    // The file moves with its folder, which changes neither inode nor times.
    await context.verified.wrote(join(out.path, FILE), file);
    const count = `${parts.length} parts, ${parts.filter(({ made }) => made).length} made`;
    return {
      facts: { ...written, summary: summarise(placed, planned) },
      result: (seal) => segmentOf(node, seal),
      summary: `${at || '/'} of ${node.image.id}: ${count}, ${bytes(file.size)}`,
    };
  },
};

/** Path of a segment's file, relative to the workspace. */
export function segmentPath(node: Pick<SegmentNode, 'root'>): string {
  return join(segmentFolder(node), FILE);
}

/** Folder of a segment's output, relative to the workspace. */
export function segmentFolder({ root }: Pick<SegmentNode, 'root'>): string {
  return join(root, 'segment');
}

/** Verifies the bytes of a segment. Its own task does so, because the task's output goes to Nx's cache. */
export async function isSegmentIntact(
  { path, ...sealed }: Segment,
  context: Pick<Context, 'outputPath' | 'verified'>,
): Promise<boolean> {
  const file = await open(context.outputPath(path));
  try {
    return await context.verified.holds(file, sealed);
  } finally {
    await file.close();
  }
}

function segmentOf(node: SegmentInput['node'], { files, facts }: Seal<SegmentFacts>): Segment {
  return { path: segmentPath(node), ...files[FILE], ...facts };
}
