import { DEFAULT_MTIME, Tree, ancestorsOf, bytesContent, type Inode, type Origin } from '@nx-linuxkit/tree';
import { expandReference } from '@nx-linuxkit/spec';
import type { Bundles } from '../oci-config/index.js';
import type { ContainerNode, OsPlan } from '../plan/os-plan.js';
import type { Segment } from '../segment/index.js';

/** What the kernel image leads to; kernel.tar and init images may say otherwise of it. */
export function bootTree({ os: { kernel } }: OsPlan): Tree {
  const tree = new Tree();
  if (kernel) addDirectory(tree, 'boot', { source: expandReference(kernel.image), location: 'kernel' });
  return tree;
}

/**
 * What an OS has beside its images and `files`: bundles, volumes, the directories that lead to them. As in
 * LinuxKit's tar a directory is made for everyone who needs it, and the last one's records stay. `roots` says where
 * the image of a location lies: see `rootsOf`.
 */
export function ownTree({ os }: OsPlan, bundles: Bundles, roots: ReadonlyMap<string, string>): Tree {
  const tree = new Tree();
  os.volumes.forEach(({ name, image }, i) => {
    const location = `volume[${i}]`;
    const folder = `containers/volumes/${name}`;
    addDirectory(tree, `${folder}/lower`, { source: image ? expandReference(image) : 'empty', location });
    for (const part of ['tmp', 'merged'])
      tree.set(`${folder}/${part}`, generatedDirectory({ source: 'linuxkit.volumes', location }));
  });
  for (const { path, location, reference, readonly, config, runtime } of bundles) {
    const origin = { source: reference, location };
    // A writable container gets an overlay on `rootfs`, whose upper side lies on the tmpfs on `tmp`.
    const parts = readonly ? ['rootfs'] : ['tmp', 'rootfs'];
    const own = roots.get(location) ?? path;
    for (const folder of [own, ...parts.map((part) => `${path}/${part}`)]) addDirectory(tree, folder, origin);
    tree.set(`${path}/config.json`, generatedFile(config, origin));
    tree.set(`${path}/runtime.json`, generatedFile(runtime, origin));
  }
  return tree;
}

/** Where each image lies that has a folder to itself, by LinuxKit's word for its place. */
export function rootsOf(
  { containers }: OsPlan,
  segments: readonly Pick<Segment, 'summary'>[],
): Map<string, string> {
  const roots = containers.map((node, i) => [node, segments[i].summary.prefix] as const);
  return new Map(
    roots.filter(([node]) => !isAtRoot(node)).map(([{ location }, prefix]) => [location, prefix]),
  );
}

/** Kernel and init images share the root; all others have a folder. */
export function isAtRoot({ segment }: ContainerNode): boolean {
  return segment.section === 'kernel' || segment.section === 'init';
}

function addDirectory(tree: Tree, path: string, origin: Origin): void {
  for (const directory of [...ancestorsOf(path), path]) tree.set(directory, generatedDirectory(origin));
}

export function generatedDirectory(origin: Origin): Inode {
  return { type: 'dir', mode: 0o755, uid: 0, gid: 0, mtime: DEFAULT_MTIME, origin };
}

export function generatedFile(bytes: string, origin: Origin, mode = 0o644): Inode {
  return { type: 'file', mode, uid: 0, gid: 0, mtime: DEFAULT_MTIME, origin, content: bytesContent(bytes) };
}
