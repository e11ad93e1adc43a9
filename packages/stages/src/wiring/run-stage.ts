import { repinHint } from '../environment.js';
import type { ImageNode, PulledImage } from '../plan/image-node.js';
import type { OsPlan, SegmentNode } from '../plan/os-plan.js';
import { pull } from '../pull/index.js';
import type { DescribedImage } from '../sbom/described-image.js';
import { makeOrFind } from '../stage.js';
import { imageOf, placing, type Asked, type AskedStage, type Inputs } from './inputs.js';
import { makingOf } from './package-making.js';

/**
 * Gathers the input of each stage and runs it: the only code that knows all stages. A stage is loaded when it first
 * runs, so that the first requests of a cold build need not wait for code that comes after the answers; `pull`, which
 * makes those requests, is loaded at once.
 */
export const RUN_STAGE: {
  readonly [Name in AskedStage]: (about: Asked[Name][0], from: Inputs<Name>) => Promise<Asked[Name][1]>;
} = {
  async pull(node, { context, sources, layersOf, environment }) {
    const image = node as ImageNode & { source: PulledImage };
    const repin = () => repinHint(environment, node);
    return makeOrFind(
      pull,
      { image, source: () => sources.of(node), layers: layersOf(node), repin },
      context,
    );
  },

  async image(node, from) {
    const { stage, input } = await makingOf(node, from);
    return makeOrFind(stage, input, from.context);
  },

  async extract(node, { ask, context, layersOf }) {
    const { extract } = await import('../extract/index.js');
    return makeOrFind(extract, { node, image: await imageOf(node, ask), layers: layersOf(node) }, context);
  },

  async segment(node, from) {
    const { segment } = await import('../segment/index.js');
    return makeOrFind(segment, await placing(node, from), from.context);
  },

  async 'oci-config'(plan, { ask, context }) {
    const { ociConfig } = await import('../oci-config/index.js');
    const images = await Promise.all(
      plan.images.map(async (node) => [node.id, await imageOf(node, ask)] as const),
    );
    return makeOrFind(ociConfig, { plan, images: new Map(images) }, context);
  },

  async verify(plan, { context }) {
    const { verify } = await import('../verify/index.js');
    return makeOrFind(verify, { plan }, context);
  },

  async sbom(plan, from) {
    const { sbom } = await import('../sbom/index.js');
    const images = await describedSystem(plan, from);
    return makeOrFind(sbom, { plan, images }, from.context);
  },

  async initramfs(plan, from) {
    const { ask, context } = from;
    await ask('verify', plan);
    const { initramfs, readFiles } = await import('../initramfs/index.js');
    const [segments, bundles, files, sbom] = await Promise.all([
      Promise.all(plan.segments.map((node) => ask('segment', node))),
      ask('oci-config', plan),
      readFiles(plan, context),
      plan.sbom && ask('sbom', plan),
    ]);
    from.filesRead(plan, files);
    const input = {
      plan,
      segments,
      bundles,
      files,
      sbom,
      placing: (node: SegmentNode) => placing(node, from),
    };
    const result = await makeOrFind(initramfs, input, context);
    from.assembled(plan, result);
    return result;
  },
};

/** The images of a system, with what describes them beside their files. The plan has a bill of materials. */
export async function describedSystem(plan: OsPlan, from: Inputs<'sbom'>): Promise<DescribedImage[]> {
  const { describedImages } = await import('../sbom/described-image.js');
  return describedImages(plan, { ...from, imageOf: (node) => imageOf(node, from.ask) });
}
