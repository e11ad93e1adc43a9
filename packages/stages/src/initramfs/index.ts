import { join } from 'node:path';
import { writeCpio } from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import { bytes, duration } from '../format-quantity.js';
import { readSeal, writeOutput, type OutputWriter, type SealedFile } from '../output.js';
import type { Pipeline } from '../pipeline.js';
import { keyOf } from '../plan/key.js';
import type { OsPlan } from '../plan/os-plan.js';
import type { Compressor } from '../plan/settings.js';
import type { Segment } from '../segment/index.js';
import { encode } from '../segment/part.js';
import { makeParts } from '../segment/make-parts.js';
import { concatenate, writeSegment } from '../segment/write-segment.js';
import { stageVersion } from '../version.js';
import { arrange, type Arrangement } from './arrange.js';
import { lostCapabilities } from './file-capabilities.js';
import { readFiles } from './files.js';

/** The initramfs as an ordered list of files that lie elsewhere; a format writes their bytes, once. */
export interface Initramfs {
  readonly segments: readonly PlacedSegment[];
  /** Bytes of memory that the root takes; for people, absent in results of older builds. */
  readonly unpacked?: number;
}

export interface PlacedSegment extends SealedFile {
  /** Relative to the workspace. */
  readonly path: string;
  /** The node whose `segment` stage made it; absent for what the initramfs stage made itself. */
  readonly node?: string;
  /** Bytes of the file that are left out, at its front: parts that an earlier segment has brought already. */
  readonly start?: number;
}

const PLAN = 'initramfs.json';

/** Orders the segments and makes those that only this OS has. */
export async function initramfs(pipeline: Pipeline, plan: OsPlan, log: Log): Promise<Initramfs> {
  const root = join(plan.nodes, 'initramfs/initramfs');
  const folder = pipeline.path(root);
  const started = performance.now();
  await pipeline.verify(plan, log);
  const [segments, bundles, files] = await Promise.all([
    Promise.all(plan.containers.map((container) => pipeline.segmentOf(container, log))),
    pipeline.ociConfig(plan, log),
    readFiles(pipeline, plan),
  ]);
  const key = keyOf([
    stageVersion('initramfs'),
    plan.keys.initramfs,
    segments.map((segment) => segment.sha256),
    bundles,
    files.map(({ path, inode }) => [path, { ...inode, content: inode.content?.source.id }]),
  ]);
  const known = await readSeal<Initramfs>(folder, key);
  if (known) return known.facts;

  const arrangement = await arrange(pipeline, plan, segments, bundles, files, log);
  const seal = await writeOutput<Initramfs>(folder, key, async (out) => {
    const placed = await writeSegments(pipeline, plan, arrangement, segments, root, out);
    await out.write(PLAN, `${JSON.stringify({ segments: placed }, null, 1)}\n`);
    return { segments: placed, unpacked: arrangement.unpacked };
  });
  const lost = lostCapabilities(plan.name, arrangement.capable);
  if (lost) log(lost);
  const total = initrdSize(seal.facts);
  log(
    `initramfs ${plan.name}: ${seal.facts.segments.length} segments, ${bytes(total)}, ${duration(started)}`,
  );
  return seal.facts;
}

/** Bytes of all segments. */
export function initrdSize({ segments }: Initramfs): number {
  return segments.reduce((sum, { size, start = 0 }) => sum + size - start, 0);
}

async function writeSegments(
  pipeline: Pipeline,
  plan: OsPlan,
  { segments: arranged, own }: Arrangement,
  segments: readonly Segment[],
  root: string,
  out: OutputWriter,
): Promise<PlacedSegment[]> {
  const compressor: Compressor = plan.settings.compressor ?? 'gzip';
  const placed: PlacedSegment[] = [];
  const place = async (name: string, file: SealedFile) => {
    // It moves with its folder, which changes neither inode nor times.
    await pipeline.verified.wrote(join(out.folder, name), file);
    placed.push({ path: join(root, name), ...file });
  };
  for (const [i, { again, start }] of arranged.entries()) {
    if (!again) {
      const { path, size, sha256: hash } = segments[i];
      placed.push({
        path,
        size,
        sha256: hash,
        node: plan.containers[i].id,
        ...(start > 0 && { start }),
      });
      continue;
    }
    const { node, facts, placed: image } = again.container;
    const name = `${node.location.replace(/\W+/g, '-').replace(/-$/, '')}.cpio`;
    const [made, { generated }] = await makeParts(
      pipeline,
      node.image,
      facts,
      image.image,
      again.planned.parts,
      compressor,
      () => again.planned,
    );
    const { file } = await writeSegment(out, name, made, generated, compressor);
    await place(name, file);
  }
  if (own.length > 0) {
    const name = 'own.cpio';
    const file = await out.stream(name, concatenate([encode(writeCpio(own), compressor)]));
    await place(name, file);
  }
  return placed;
}
