import type { Tree } from '@nx-linuxkit/tree';
import { StageError } from '../error.js';
import type { OsPlan } from '../plan/os-plan.js';

/** Files that put images into containerd's store at boot, and the images of the base set that have them. */
const NEEDED: Readonly<Record<string, string>> = {
  'usr/lib/linuxkit/images.sh': 'init',
  'usr/bin/containerd': 'containerd',
};

/** Throws StageError `unsupported` for a root that has services as images, and lacks what runs these. */
export function checkImageStore({ os }: OsPlan, root: Tree): void {
  if (!os.imageStore) return;
  for (const [path, image] of Object.entries(NEEDED)) {
    if (root.follow(path)) continue;
    throw new StageError('unsupported', `imageStore: the root file system has no ${path}`, {
      hint: `Add the image ${image} of the base set to \`init\`, or leave \`imageStore\` out.`,
      where: os.where(['imageStore']),
    });
  }
}
