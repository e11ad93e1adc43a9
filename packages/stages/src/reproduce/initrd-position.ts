import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { envelopeOf } from '../archive/envelope.js';
import type { Part } from '../archive/stored-part.js';
import { initramfsFolder } from '../initramfs/index.js';
import { initramfsBody, initrdSize, type Initramfs, type InitramfsSegment } from '../initramfs/initramfs.js';
import type { OsPlan } from '../plan/os-plan.js';
import { readSeal } from '../seal.js';
import type { SegmentFacts } from '../segment/index.js';

/**
 * Says in which segment and part of an initrd a byte lies, for example `segment services[0], part 2 of 3`. `initrd` is
 * the path of an initrd that was made out of the initramfs below `outputRoot`.
 */
export async function initrdPosition(
  offset: number,
  initrd: string,
  plan: OsPlan,
  outputRoot: string,
): Promise<string | undefined> {
  const seal = await readSeal<Initramfs>(join(outputRoot, initramfsFolder(plan)));
  if (!seal) return undefined;
  const { size } = await stat(initrd);
  let at = size - initrdSize(seal.facts);
  if (offset < at) return 'the microcode';
  at += envelopeOf(seal.facts.compressor).frontOf(initramfsBody(seal.facts).plain).length;
  if (offset < at) return 'the header before the segments';
  for (const segment of seal.facts.segments) {
    for (const range of segment.ranges) {
      if (offset < at + range.size)
        return segmentPosition(offset - at + range.start, segment, plan, outputRoot);
      at += range.size;
    }
  }
  return 'what follows the last segment';
}

/** `offset` counts from where the body of the segment's file begins. */
async function segmentPosition(
  offset: number,
  { path, node }: InitramfsSegment,
  plan: OsPlan,
  outputRoot: string,
): Promise<string> {
  if (node === undefined) return `the segment ${path}`;
  const { location } = plan.segments.find(({ id }) => id === node) ?? { location: node };
  const seal = await readSeal<SegmentFacts>(dirname(join(outputRoot, path)));
  const part = partAt(offset, seal?.facts.parts ?? []);
  return `the segment of ${location}, ${part}`;
}

function partAt(offset: number, parts: readonly Part[]): string {
  let at = 0;
  for (const [i, { id, size }] of parts.entries()) {
    at += size;
    const layer = /^sha256-[0-9a-f]{12}/.exec(id)?.[0].replace('-', ':');
    if (offset < at) return `part ${i + 1} of ${parts.length}${layer ? ` (layer ${layer})` : ''}`;
  }
  return 'behind its parts';
}
