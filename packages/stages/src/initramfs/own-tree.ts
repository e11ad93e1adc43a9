import { expandReference } from '@nx-linuxkit/spec';
import { Tree, ancestorsOf, type Origin } from '@nx-linuxkit/tree';
import { generatedDirectory, generatedFile } from '../generated-inode.js';
import type { Bundles } from '../oci-config/index.js';
import type { OsPlan } from '../plan/os-plan.js';
import type { Segment } from '../segment/index.js';
import { STORE_RULES } from '../segment/image-store-tree.js';
import { isAtRoot } from '../segment/place-segment.js';
import { rootfsRules } from '../segment/rootfs-rules.js';

/** The directory boot of a system with a kernel. kernel.tar and init images may replace it. */
export function bootTree({ os: { kernel } }: OsPlan): Tree {
  const tree = new Tree();
  if (kernel) addDirectory(tree, 'boot', { source: expandReference(kernel.image), location: 'kernel' });
  return tree;
}

/**
 * What a system has beside its images and `files`: bundles, volumes, and the directories that lead to them. As in
 * LinuxKit's tar, each entry makes the directories that it needs, and the origin that was noted last stays. `roots`
 * gives where the image of a location lies, see `rootsOf`.
 */
export function ownTree(
  { os, segments }: OsPlan,
  bundles: Bundles,
  roots: ReadonlyMap<string, string>,
): Tree {
  const tree = new Tree();
  if (segments.some(({ plan }) => plan.imageStore)) addRules(tree);
  os.volumes.forEach(({ name, image }, i) => {
    const location = `volume[${i}]`;
    const folder = `containers/volumes/${name}`;
    addDirectory(tree, `${folder}/lower`, { source: image ? expandReference(image) : 'empty', location });
    for (const part of ['tmp', 'merged'])
      tree.set(`${folder}/${part}`, generatedDirectory({ source: 'linuxkit.volumes', location }));
  });
  for (const { path, location, reference, readonly, config, runtime } of bundles) {
    const origin = { source: reference, location };
    // A writable container gets an overlay at `rootfs`, whose upper side lies in a tmpfs at `tmp`.
    const parts = readonly ? ['rootfs'] : ['tmp', 'rootfs'];
    const own = roots.get(location) ?? path;
    for (const folder of [own, ...parts.map((part) => `${path}/${part}`)]) addDirectory(tree, folder, origin);
    tree.set(`${path}/config.json`, generatedFile(config, { origin }));
    tree.set(`${path}/runtime.json`, generatedFile(runtime, { origin }));
  }
  return tree;
}

/** Where each image that has its own folder lies, by LinuxKit's word for its place. */
export function rootsOf(
  { segments: nodes }: OsPlan,
  segments: readonly Pick<Segment, 'summary'>[],
): Map<string, string> {
  const roots = nodes.map((node, i) => [node, segments[i].summary.prefix] as const);
  return new Map(
    roots.filter(([node]) => !isAtRoot(node)).map(([{ location }, prefix]) => [location, prefix]),
  );
}

/** What LinuxKit's rules add to the root of a service, as the uppermost layer of each image in the store. */
function addRules(tree: Tree): void {
  const origin = { source: 'linuxkit.services', location: 'imageStore' };
  addDirectory(tree, STORE_RULES, origin);
  const { replace, touch } = rootfsRules('services', origin);
  for (const { path, inode } of [...replace.entries(), ...touch.entries()]) {
    for (const directory of ancestorsOf(`${STORE_RULES}/${path}`)) {
      if (!tree.get(directory)) tree.set(directory, generatedDirectory(origin));
    }
    tree.set(`${STORE_RULES}/${path}`, inode);
  }
}

function addDirectory(tree: Tree, path: string, origin: Origin): void {
  for (const directory of [...ancestorsOf(path), path]) tree.set(directory, generatedDirectory(origin));
}
