import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../environment.js';
import { bytes, duration } from '../format-quantity.js';
import { readSeal, writeOutput, type SealedFile } from '../output.js';
import type { Pipeline } from '../pipeline.js';
import { keyOf } from '../plan/key.js';
import type { ImageNode, SegmentPlan } from '../plan/os-plan.js';
import type { Compressor } from '../plan/settings.js';
import { stageVersion } from '../version.js';
import { completeParts, partsOf } from './archives.js';
import { makeParts } from './make-parts.js';
import { place } from './place.js';
import { summarise, type SegmentSummary } from './summary.js';
import { writeSegment, type SegmentPart } from './write-segment.js';

/** An image's share of an initramfs, as a file. */
export interface Segment extends SealedFile {
  /** Relative to the workspace. */
  readonly path: string;
  /** What it begins with, in order. */
  readonly parts: readonly SegmentPart[];
  /** What follows them, if anything does, padding included. */
  readonly generated?: SealedFile;
  readonly summary: SegmentSummary;
}

const FILE = 'segment.cpio';

/** Contents do not depend on the origin, which only the tar format shows. */
const NO_ORIGIN = { source: '', location: '' };

/** Makes the compressed cpio archives of one image at its place, one archive a layer. */
export async function segment(
  pipeline: Pipeline,
  root: string,
  image: ImageNode,
  plan: SegmentPlan,
  log: Log,
): Promise<Segment> {
  const folder = pipeline.path(root, 'segment');
  const path = join(root, 'segment', FILE);
  const [facts, extracted] = await Promise.all([pipeline.facts(image, log), pipeline.extract(image, log)]);
  const key = keyOf([stageVersion('segment'), facts.manifestDigest, extracted.hash, plan]);

  const seal = await readSeal<Omit<Segment, keyof SealedFile | 'path'>>(folder, key);
  // Whoever reads the bytes verifies them; that they are there at all is cheap to know now.
  const found = seal && (await stat(join(folder, FILE)).catch(() => undefined));
  if (found && found.size === seal.files[FILE].size) return { path, ...seal.files[FILE], ...seal.facts };

  const started = performance.now();
  const placed = await place(pipeline, image, plan, NO_ORIGIN, log);
  const compressor = plan.compressor as Compressor;
  const plans = partsOf(placed);
  const [parts, planned] = await makeParts(pipeline, image, facts, placed.image, plans, compressor, () =>
    completeParts(placed, plans),
  );
  const written = await writeOutput(folder, key, async (out) => {
    const { file, ...contents } = await writeSegment(out, FILE, parts, planned.generated, compressor);
    // It moves with its folder, which changes neither inode nor times.
    await pipeline.verified.wrote(join(out.folder, FILE), file);
    return { ...contents, summary: summarise(placed, planned) };
  });
  const file = written.files[FILE];
  const made = `${parts.length} parts, ${parts.filter((part) => part.made).length} made`;
  log(`segment ${plan.at || '/'} of ${image.id}: ${made}, ${bytes(file.size)}, ${duration(started)}`);
  return { path, ...file, ...written.facts };
}
