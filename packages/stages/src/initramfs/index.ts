import { join } from 'node:path';
import { writeCpio } from '@nx-linuxkit/tree';
import { concatenate } from '../archive/alignment.js';
import { encode } from '../archive/encode.js';
import { makeParts } from '../archive/make-parts.js';
import { writeSegment } from '../archive/write-segment.js';
import type { Context, MakingContext } from '../context.js';
import { bytes } from '../format-quantity.js';
import type { Bundles } from '../oci-config/index.js';
import type { OsPlan, SegmentNode } from '../plan/os-plan.js';
import { hasSecrets } from '../plan/secrets.js';
import { compressorOf, type Compressor } from '../plan/settings.js';
import type { OutputFolder, SealedFile } from '../seal.js';
import type { Segment } from '../segment/index.js';
import { placeSegment, type SegmentInput } from '../segment/place-segment.js';
import type { Stage } from '../stage.js';
import { arrange } from './arrange.js';
import { ArrangementCache } from './arrangement-cache.js';
import type { SegmentAgain } from './arrangement.js';
import { lostCapabilities } from './file-capabilities.js';
import type { PlacedFile } from './files.js';
import { sealedInitramfs } from './sealed-initramfs.js';
import { initramfsFolder, initrdSize, type Initramfs, type InitramfsSegment } from './initramfs.js';

export { readFiles } from './files.js';
export { initramfsFolder } from './initramfs.js';

/** What an initramfs is made of. */
export interface InitramfsInput {
  readonly plan: OsPlan;
  /** One for each segment of the plan, in its order. */
  readonly segments: readonly Segment[];
  readonly bundles: Bundles;
  readonly files: readonly PlacedFile[];
  /** What placing an image reads: asked for only when the trees must be looked at. */
  readonly placing: (node: SegmentNode) => Promise<SegmentInput>;
}

const LIST = 'initramfs.json';
const OWN = 'own.cpio';

/** Orders the segments, and makes those that only this system has. */
export const initramfs: Stage<InitramfsInput, Initramfs, Initramfs> = {
  name: 'initramfs',
  subject: ({ plan }) => plan.name,
  folder: ({ plan }) => initramfsFolder(plan),
  key: ({ plan, segments, bundles, files }) => [
    plan.keys.initramfs,
    segments.map((segment) => segment.sha256),
    bundles,
    files.map(({ path, inode }) => [path, { ...inode, content: inode.content?.source.id }]),
  ],

  isSecret: ({ plan }) => hasSecrets(plan.os),

  open: async ({ plan, segments }, { seal }) => sealedInitramfs(seal, plan, segments),

  async make(input, out, context) {
    const { plan } = input;
    const arrangement = await arrangementOf(input, context);
    const writer = new SegmentWriter(plan, out, context);
    for (const [i, { again, start }] of arrangement.segments.entries()) {
      if (again) await writer.makeAgain(again, await input.placing(again.assembled.node));
      else writer.take(input.segments[i], plan.segments[i], start);
    }
    if (arrangement.own.length > 0) await writer.writeOwn(writeCpio(arrangement.own));

    const made = { segments: writer.list, unpacked: arrangement.unpacked };
    await out.write(LIST, `${JSON.stringify({ segments: made.segments }, null, 1)}\n`);
    const lost = lostCapabilities(plan.name, arrangement.capable);
    if (lost) context.log(lost);
    return {
      facts: made,
      result: () => made,
      summary: `${plan.name}: ${made.segments.length} segments, ${bytes(initrdSize(made))}`,
    };
  },
};

/** The origin of what an image brings to a system. */
export function originOf({ reference, location }: SegmentNode): { source: string; location: string } {
  return { source: reference, location };
}

async function arrangementOf(input: InitramfsInput, context: Context) {
  const { plan, segments, bundles, files, placing } = input;
  const images = await Promise.all(plan.segments.map(placing));
  const digests = images.map(({ extracted }) => extracted.image.digest);
  const cache = ArrangementCache.of(context.store, { plan, segments, bundles, files, digests });
  const place = async (node: SegmentNode) => placeSegment(await placing(node), originOf(node), context);
  return arrange({ plan, bundles, files, place }, segments, cache);
}

/** Lists the segments of an initramfs, and writes those that no segment stage made. */
class SegmentWriter {
  readonly list: InitramfsSegment[] = [];
  private readonly compressor: Compressor;

  constructor(
    private readonly plan: OsPlan,
    private readonly out: OutputFolder,
    private readonly context: MakingContext,
  ) {
    this.compressor = compressorOf(plan.settings);
  }

  /** Takes a segment as it is, from the byte `start` on. */
  take({ path, size, sha256 }: Segment, { id }: SegmentNode, start: number): void {
    this.list.push({ path, size, sha256, node: id, ...(start > 0 && { start }) });
  }

  async makeAgain({ assembled, planned }: SegmentAgain, input: SegmentInput): Promise<void> {
    const { node, placed } = assembled;
    const image = { image: input.extracted.image, layers: input.layers, tree: placed.image };
    const { parts, generated } = planned;
    const { store, activity } = this.context;
    const [made] = await makeParts(store, image, parts, this.compressor, activity, () => undefined);
    const name = `${node.location.replace(/\W+/g, '-').replace(/-$/, '')}.cpio`;
    const { file } = await writeSegment(this.out, name, made, generated, this.compressor);
    await this.add(name, file);
  }

  async writeOwn(archive: AsyncIterable<Uint8Array>): Promise<void> {
    await this.add(OWN, await this.out.stream(OWN, concatenate([encode(archive, this.compressor)])));
  }

  private async add(name: string, file: SealedFile): Promise<void> {
    // The file moves with its folder, which changes neither inode nor times.
    await this.context.verified.wrote(join(this.out.path, name), file);
    this.list.push({ path: join(initramfsFolder(this.plan), name), ...file });
  }
}
