import type { Tree } from '@nx-linuxkit/tree';
import type { BootFiles } from '../format/boot-files.js';
import type { Initramfs } from '../initramfs/initramfs.js';
import type { MadePackages } from '../installed/installed-packages.js';
import type { OciImage } from '../layers/oci-image.js';
import type { Bundles } from '../oci-config/index.js';
import type { ImageNode } from '../plan/image-node.js';
import type { OsPlan, SegmentNode } from '../plan/os-plan.js';
import { imageOf, placing, type Inputs } from './inputs.js';

/** A finished system as an initrd holds it. */
export interface FinishedRoot {
  readonly initramfs: Initramfs;
  readonly root: Tree;
}

/** A finished system with what a measurement of it reads. */
export interface MeasuredSystem extends FinishedRoot {
  /** The images by the ids of their nodes. */
  readonly images: ReadonlyMap<string, OciImage>;
  readonly made: readonly MadePackages[];
  /** Bytes of the initrd by the paths of its members. */
  readonly packed: ReadonlyMap<string, number>;
}

/** A measured system with the documents that it was made of. */
export interface SystemParts extends MeasuredSystem {
  readonly bundles: Bundles;
}

/** Makes one format. `discardSegments` removes damaged segments, so that asking for the initramfs makes them again. */
export async function runFormat(
  plan: OsPlan,
  name: string,
  from: Inputs<'format'>,
  discardSegments: () => Promise<void>,
): Promise<void> {
  const { makeFormat } = await import('../format/index.js');
  const initramfs = () => from.ask('initramfs', plan);
  await makeFormat({ ...partsOf(plan, from), initramfs, discardSegments }, name, from.context);
}

/** Makes one format of a system that was made elsewhere. */
export async function runConversion(
  plan: OsPlan,
  files: BootFiles,
  name: string,
  { ask, context }: Inputs<'format'>,
): Promise<void> {
  const { convertFormat } = await import('../format/index.js');
  await convertFormat({ plan, files, extracted: (image) => ask('extract', image) }, name, context);
}

/** The initramfs of a system, and the root file system that it unpacks to. */
export async function finishedRoot(plan: OsPlan, from: Inputs<'format'>): Promise<FinishedRoot> {
  const { openSystem } = await import('../format/system.js');
  const initramfs = await from.ask('initramfs', plan);
  const system = openSystem({ ...partsOf(plan, from), initramfs }, 'kernel+initrd', from.context);
  return { initramfs, root: await system.rootTree() };
}

/**
 * A finished system, and how many bytes its files take in the initrd, which is read for that. `discardSegments` removes damaged
 * segments, so that asking for the initramfs makes them again.
 */
export async function measuredSystem(
  plan: OsPlan,
  from: Inputs<'format'>,
  discardSegments: () => Promise<void>,
): Promise<MeasuredSystem> {
  const [{ healing }, { initrdContent }, { packedByPath }, { madePackages }] = await Promise.all([
    import('../format/healing.js'),
    import('../format/initrd/index.js'),
    import('../size/packed-files.js'),
    import('../installed/made-packages.js'),
  ]);
  const packed = await healing(async () => {
    const initramfs = await from.ask('initramfs', plan);
    const { source, size } = initrdContent(initramfs, undefined, from.context);
    return packedByPath(source.read(0, size), initramfs.compressor);
  }, discardSegments);
  const images = new Map(
    await Promise.all(plan.images.map(async (node) => [node.id, await imageOf(node, from.ask)] as const)),
  );
  const made = await madePackages(plan, images, from.context);
  return { ...(await finishedRoot(plan, from)), images, made, packed };
}

/** A measured system, with the documents that it was made of. */
export async function systemParts(
  plan: OsPlan,
  from: Inputs<'format'>,
  discardSegments: () => Promise<void>,
): Promise<SystemParts> {
  const measured = await measuredSystem(plan, from, discardSegments);
  return { ...measured, bundles: await from.ask('oci-config', plan) };
}

/** What a finished system is made of, beside its initramfs. */
function partsOf(plan: OsPlan, from: Inputs<'format'>) {
  const { ask } = from;
  return {
    plan,
    bundles: () => ask('oci-config', plan),
    sbom: async () => (plan.sbom ? ask('sbom', plan) : undefined),
    extracted: (image: ImageNode) => ask('extract', image),
    placing: (node: SegmentNode) => placing(node, from),
  };
}
