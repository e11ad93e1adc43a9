import type { ShortIdentity } from './plan/identify.js';
import type { ImageNode } from './plan/image-node.js';
import type { SegmentPlan } from './plan/os-plan.js';

/** One task of a graph: a stage, and what it is about. */
export type StageTask =
  | { readonly stage: 'pull' | 'image' | 'extract'; readonly image: ImageNode }
  | {
      readonly stage: 'segment';
      readonly image: ImageNode;
      readonly segment: SegmentPlan;
      /** Root of the segment's node, relative to the workspace. */
      readonly root: string;
    }
  /** The images of a package, one for each platform. */
  | { readonly stage: 'package'; readonly images: readonly ImageNode[] }
  | OsTask;

/** A task that reads a system's plan. The last word of its key is the key that the graph was made for. */
export type OsTask = { readonly os: ShortIdentity; readonly key: string } & (
  | { readonly stage: 'oci-config' | 'verify' | 'sbom' | 'initramfs' }
  | { readonly stage: 'format'; readonly format: string }
);
