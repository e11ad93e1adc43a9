import { join } from 'node:path';
import { DEFAULT_MTIME, bytesContent } from '@nx-linuxkit/tree';
import type { MakeFormat } from '../format.js';
import { rootArchive } from '../tar/root-archive.js';
import { writePieces } from '../write-pieces.js';

/** LinuxKit's init in a container: /bin/rc.init finds out that it is no machine's first process. */
const DOCKERFILE = `FROM scratch
COPY . /
ENTRYPOINT ["/bin/rc.init"]
`;

/** The tar format as a build context: `docker build - < my-os.docker`. */
export const docker: MakeFormat = async (system, folder) => {
  const tree = (await system.tree()).clone();
  tree.set('Dockerfile', {
    ...{ type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: DEFAULT_MTIME },
    content: bytesContent(DOCKERFILE),
  });
  await writePieces(join(folder, `${system.name}.docker`), rootArchive(tree));
};
