import { DEFAULT_MTIME, Tree, ancestorsOf, bytesContent, type Inode, type Origin } from '@nx-linuxkit/tree';
import { expandReference } from '@nx-linuxkit/spec';
import type { Bundles } from '../oci-config/index.js';
import type { OsPlan } from '../plan/os-plan.js';

/** What an OS has beside its images and `files`: bundles, volumes, the directories that lead to them. */
export function ownTree({ os }: OsPlan, bundles: Bundles): Tree {
  const tree = new Tree();
  if (os.kernel) addDirectory(tree, 'boot', { source: expandReference(os.kernel.image), location: 'kernel' });
  os.volumes.forEach(({ name, image }, i) => {
    const origin = { source: image ? expandReference(image) : 'empty', location: `volume[${i}]` };
    for (const part of ['lower', 'tmp', 'merged'])
      addDirectory(tree, `containers/volumes/${name}/${part}`, origin);
  });
  for (const { path, location, reference, readonly, config, runtime } of bundles) {
    const origin = { source: reference, location };
    // A writable container gets an overlay on `rootfs`, whose upper side lies on the tmpfs on `tmp`.
    for (const part of readonly ? ['rootfs'] : ['tmp', 'rootfs'])
      addDirectory(tree, `${path}/${part}`, origin);
    tree.set(`${path}/config.json`, generatedFile(config, origin));
    tree.set(`${path}/runtime.json`, generatedFile(runtime, origin));
  }
  return tree;
}

function addDirectory(tree: Tree, path: string, origin: Origin): void {
  for (const directory of [...ancestorsOf(path), path]) {
    if (!tree.get(directory)?.origin) tree.set(directory, generatedDirectory(origin));
  }
}

function generatedDirectory(origin: Origin): Inode {
  return { type: 'dir', mode: 0o755, uid: 0, gid: 0, mtime: DEFAULT_MTIME, origin };
}

export function generatedFile(bytes: string, origin: Origin, mode = 0o644): Inode {
  return { type: 'file', mode, uid: 0, gid: 0, mtime: DEFAULT_MTIME, origin, content: bytesContent(bytes) };
}
