import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { envelopeOf } from '../archive/envelope.js';
import { makeParts } from '../archive/make-parts.js';
import { makeGenerated, type Part, type StoredPart } from '../archive/stored-part.js';
import { writeSegment } from '../archive/write-segment.js';
import type { Context } from '../context.js';
import { bytes } from '../format-quantity.js';
import { shortImageName } from '../image-name.js';
import type { SegmentNode } from '../plan/os-plan.js';
import type { Seal, SealedFile } from '../seal.js';
import { isSegmentFacts, type SegmentFacts } from './facts.js';
import type { Stage } from '../stage.js';
import { isAtRoot, placeSegment, type SegmentInput } from './place-segment.js';
import { generatedMembers, partsOf } from './planned-segment.js';
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

/** Makes the compressed share of one image at its place: one part a layer, and what rules add to a folder of its own. */
export const segment: Stage<SegmentInput, SegmentFacts, Segment> = {
  name: 'segment',
  subject: ({ node }) => shortImageName(node.image),
  folder: ({ node }) => segmentFolder(node),
  key: ({ node: { plan }, extracted: { image, hash } }) => [image.digest, hash, plan],

  /** Checks that the file is there, and as large as its parts. Its bytes are verified by whatever reads them. */
  async open({ node }, { folder, seal }) {
    if (!isSegmentFacts(seal.facts)) return undefined;
    const { front, endSize } = envelopeOf(node.plan.compressor);
    const expected = seal.facts.parts.reduce((sum, { size }) => sum + size, front.length + endSize);
    if (expected !== seal.files[FILE]?.size) return undefined;
    const found = await stat(join(folder, FILE)).catch(() => undefined);
    return found?.isFile() && found.size === seal.files[FILE]?.size ? segmentOf(node, seal) : undefined;
  },

  async make(input, out, context) {
    const { node, extracted, layers } = input;
    const { at, compressor } = node.plan;
    const placed = await placeSegment(input, NO_ORIGIN, context);
    const plans = partsOf(placed);
    const image = { image: extracted.image, layers, tree: placed.image };
    // What rules add at the root is in the own part of each system, because all images there get the same.
    const [parts, members] = await makeParts(context.store, image, plans, compressor, context.activity, () =>
      isAtRoot(node) ? [] : generatedMembers(placed, plans),
    );
    const generated = members.length > 0 ? [await makeGenerated(context.store, members, compressor)] : [];
    const all = [...parts, ...generated];
    const file = await writeSegment(out, FILE, all, compressor);
    // The file moves with its folder, which changes neither inode nor times.
    await context.verified.wrote(join(out.path, FILE), file);
    const count = `${parts.length} parts, ${parts.filter(({ made }) => made).length} made`;
    return {
      facts: { parts: all.map(factsOf), summary: summarise(placed) },
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

/** What others must know of a part. */
function factsOf({ id, size, plain, crc }: StoredPart): Part {
  return { id, size, plain, crc };
}

function segmentOf(node: SegmentInput['node'], { files, facts }: Seal<SegmentFacts>): Segment {
  return { path: segmentPath(node), ...files[FILE], ...facts };
}
