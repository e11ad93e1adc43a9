import type { ImageNode } from '../../plan/image-node.js';
import type { OsPlan, SegmentNode } from '../../plan/os-plan.js';
import type { StageName } from '../../stages.js';

/** Names a task of a system's graph: by its stage, and for a shared node or a format by the node or the format. */
export function taskId(stage: StageName, of?: string): string {
  return of === undefined ? stage : `${stage} ${of}`;
}

/** The tasks that a change of a format passes through. */
export const FORMAT = ['format'];
/** The tasks that a change of the archive passes through: the one that reads it, and those that read its output. */
export const INITRAMFS = ['initramfs', ...FORMAT];
/** The same for the configs of containers. */
export const CONFIG = ['oci-config', ...INITRAMFS];
/** The same for the bill of materials. */
export const SBOM = ['sbom', ...INITRAMFS];

/** The tasks that bring an image, and those that its Dockerfile is built on. */
export function bringing(image: ImageNode): string[] {
  const { source, id } = image;
  const bases = source.kind === 'package' ? (source.dockerfile?.bases ?? []) : [];
  const own: StageName[] = [source.kind === 'pulled' ? 'pull' : 'image', 'extract'];
  return [...own.map((stage) => taskId(stage, id)), ...bases.flatMap((base) => bringing(base.image))];
}

/** The task that makes a segment, if there is one. */
export function segmentOf(node: SegmentNode | undefined): string[] {
  return node ? [taskId('segment', node.id)] : [];
}

/** The task of the bill of materials, which not every system has. */
export function reads(plan: OsPlan, stage: 'sbom'): string[] {
  return plan[stage] ? [stage] : [];
}
