import { contentsFor, readBuild } from '@nx-linuxkit/debian';
import { selectionDigest } from '../../packages/debian/src/lock/selection.js';

/** Returns the files of a package without Debian packages, with a lock that pins nothing. */
export function packageFolder(folder: string, greeting: string): Record<string, string> {
  const text = `image: banner
arches: [amd64]
contents:
  files:
    - { path: /bin/banner, source: files/banner, mode: "0755" }
  cmd: [/bin/banner]
`;
  const selection = selectionDigest(contentsFor(readBuild(text, 'build.yml'), 'amd64'));
  const lock = {
    lockfileVersion: 1,
    suite: 'bookworm',
    architectures: { amd64: { selection, packages: {} } },
  };
  return {
    [`${folder}/build.yml`]: text,
    [`${folder}/build.lock.json`]: JSON.stringify(lock),
    [`${folder}/files/banner`]: greeting,
  };
}
