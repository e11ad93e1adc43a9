import { folderOf } from './folder-name.js';
import { keyOf } from './key.js';
import type { ImageNode } from './image-node.js';
import { segmentNodeName } from './node-names.js';
import type { SegmentPlan } from './os-plan.js';

/** Hexadecimal digits that tell apart the few segments of one image at one place. */
const SHORT_KEY = 8;

/**
 * The node of an image at a place. A segment depends on nothing else, so every system that has the image there shares
 * the node. Its name has the place, and a hash of the plan where the plan asks for something unusual.
 */
export function segmentNode(image: ImageNode, plan: SegmentPlan): { id: string; root: string } {
  const place = plan.at === '' ? plan.section : plan.at.slice('containers/'.length);
  const unusual = isUsual(plan) ? '' : `-${keyOf(plan).slice(0, SHORT_KEY)}`;
  return {
    id: `${segmentNodeName(image.id, image.source, place)}${unusual}`,
    root: `.linuxkit/segment/${imageFolder(image)}/${folderOf(place)}${unusual}`,
  };
}

/** The folder of an image's segments: the last folders of the image's own root. */
function imageFolder({ root, source }: ImageNode): string {
  const kind = source.kind === 'pulled' ? 'oci' : 'pkg';
  return root.replace(/^\.linuxkit\/[^/]+/, kind);
}

function isUsual({ compressor, readonly, tar, layout, imageStore }: SegmentPlan): boolean {
  const usualTar = tar === undefined || tar === 'kernel.tar';
  const isUnpacked = layout === undefined && imageStore === undefined;
  return compressor === 'gzip' && usualTar && readonly === undefined && isUnpacked;
}
