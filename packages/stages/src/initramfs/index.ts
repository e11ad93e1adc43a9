import { join } from 'node:path';
import { writeCpio, type Entry } from '@nx-linuxkit/tree';
import type { Range } from '../archive/body.js';
import { CountedBytes } from '../archive/counted-bytes.js';
import { encode } from '../archive/encode.js';
import { envelopeOf } from '../archive/envelope.js';
import { rangesOf } from '../archive/ranges.js';
import { writeSegment } from '../archive/write-segment.js';
import type { MakingContext } from '../context.js';
import { bytes } from '../format-quantity.js';
import type { Bundles } from '../oci-config/index.js';
import type { OsPlan, SegmentNode } from '../plan/os-plan.js';
import { hasSecrets } from '../plan/secrets.js';
import { compressorOf, type Compressor } from '../plan/settings.js';
import type { OutputFolder, SealedFile } from '../seal.js';
import type { Sbom } from '../sbom/index.js';
import type { Segment } from '../segment/index.js';
import { placeSegment, type SegmentInput } from '../segment/place-segment.js';
import type { Stage } from '../stage.js';
import { arrange } from './arrange.js';
import { ArrangementCache } from './arrangement-cache.js';
import type { Arrangement, Taken } from './arrangement.js';
import { lostCapabilities } from './file-capabilities.js';
import type { PlacedFile } from './files.js';
import { REMADE, initramfsFolder, initrdSize, type Initramfs, type InitramfsSegment } from './initramfs.js';
import { sealedInitramfs } from './sealed-initramfs.js';

export { readFiles } from './files.js';
export { initramfsFolder } from './initramfs.js';

/** What an initramfs is made of. */
export interface InitramfsInput {
  readonly plan: OsPlan;
  /** One for each segment of the plan, in its order. */
  readonly segments: readonly Segment[];
  readonly bundles: Bundles;
  readonly files: readonly PlacedFile[];
  readonly sbom?: Sbom;
  /** What placing an image reads: asked for only when the trees must be looked at. */
  readonly placing: (node: SegmentNode) => Promise<SegmentInput>;
}

const LIST = 'initramfs.json';
const OWN = 'own.cpio';

/** Orders the segments, and makes what only this system has. */
export const initramfs: Stage<InitramfsInput, Initramfs, Initramfs> = {
  name: 'initramfs',
  subject: ({ plan }) => plan.name,
  folder: ({ plan }) => initramfsFolder(plan),
  key: ({ plan, segments, bundles, files, sbom }) => [
    plan.keys.initramfs,
    segments.map((segment) => segment.sha256),
    bundles,
    files.map(keyOfFile),
    ...(sbom ? [keyOfFile(sbom.file)] : []),
  ],

  isSecret: ({ plan }) => hasSecrets(plan.os),

  open: async ({ plan, segments }, { seal }) => sealedInitramfs(seal, plan, segments),

  async make(input, out, context) {
    const { plan } = input;
    const { arrangement, remember } = await arrangementOf(input, context);
    const writer = new SegmentWriter(plan, out, context);
    plan.segments.forEach((node, i) => writer.take(input.segments[i], node, arrangement.taken[i]));
    const remadeFile = await writer.writeRemade(arrangement);
    await remember?.(remadeFile);
    await writer.writeOwn(arrangement.own);

    const { compressor, list: segments } = writer;
    const made: Initramfs = { compressor, segments, unpacked: arrangement.unpacked };
    await out.write(LIST, `${JSON.stringify({ segments: made.segments }, null, 1)}\n`);
    const lost = lostCapabilities(plan.name, arrangement.capable);
    if (lost) context.log(lost);
    return {
      facts: made,
      result: () => made,
      summary: `${plan.name}: ${segments.length} segments, ${bytes(initrdSize(made))}`,
    };
  },
};

function keyOfFile({ path, inode }: PlacedFile): unknown {
  return [path, { ...inode, content: inode.content?.source.id }];
}

/** The origin of what an image brings to a system. */
export function originOf({ reference, location }: SegmentNode): { source: string; location: string } {
  return { source: reference, location };
}

async function arrangementOf(input: InitramfsInput, context: MakingContext) {
  const { plan, segments, bundles, files, placing } = input;
  const sbom = input.sbom?.file;
  const images = await Promise.all(plan.segments.map(placing));
  const digests = images.map(({ extracted }) => extracted.image.digest);
  const cache = ArrangementCache.of(context.store, { plan, segments, bundles, files, sbom, digests });
  const place = async (node: SegmentNode) => placeSegment(await placing(node), originOf(node), context);
  return arrange({ plan, bundles, files, sbom, place, placing, context }, segments, cache);
}

/** Lists the segments of an initramfs, and writes the files that no segment stage made. */
class SegmentWriter {
  readonly list: InitramfsSegment[] = [];
  readonly compressor: Compressor;

  constructor(
    private readonly plan: OsPlan,
    private readonly out: OutputFolder,
    private readonly context: MakingContext,
  ) {
    this.compressor = compressorOf(plan.settings);
  }

  /** Takes parts of a segment that its stage made. */
  take({ path, size, sha256, parts }: Segment, { id }: SegmentNode, taken: Taken): void {
    const indexes = taken === 'all' ? [...parts.keys()] : taken;
    const ranges = rangesOf(parts, indexes, this.compressor);
    if (ranges.length > 0) this.list.push({ path, size, sha256, node: id, ranges });
  }

  /** Writes the parts that only this system has, if there are any. */
  async writeRemade({ remade, remadeFile }: Arrangement): Promise<SealedFile | undefined> {
    if (remade.length === 0) return undefined;
    const file = await writeSegment(this.out, REMADE, remade, this.compressor, remadeFile);
    await this.add(REMADE, file, rangesOf(remade, [...remade.keys()], this.compressor));
    return file;
  }

  /** Writes the last part, which has the trailer of the archive. */
  async writeOwn(entries: readonly Entry[]): Promise<void> {
    const plain = new CountedBytes(writeCpio(entries));
    const file = await this.out.stream(OWN, encode(plain, this.compressor));
    const { front, endSize } = envelopeOf(this.compressor);
    const size = file.size - front.length - endSize;
    await this.add(OWN, file, [{ start: 0, size, plain: plain.size, crc: plain.crc }]);
  }

  private async add(name: string, file: SealedFile, ranges: readonly Range[]): Promise<void> {
    // The file moves with its folder, which changes neither inode nor times.
    await this.context.verified.wrote(join(this.out.path, name), file);
    this.list.push({ path: join(initramfsFolder(this.plan), name), ...file, ranges });
  }
}
