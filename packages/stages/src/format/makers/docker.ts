import { generatedFile } from '../../generated-inode.js';
import { writePieces } from '../write-pieces.js';
import type { MakeFormat } from './maker.js';
import { rootArchive } from './root-archive.js';

/** Starts LinuxKit's init in a container. /bin/rc.init notices that it is not the first process of a machine. */
const DOCKERFILE = `FROM scratch
COPY . /
ENTRYPOINT ["/bin/rc.init"]
`;

/** The tar format as a build context: `docker build - < my-os.docker`. */
export const docker: MakeFormat = async (system, path) => {
  const tree = (await system.tree()).clone();
  tree.set('Dockerfile', generatedFile(DOCKERFILE));
  await writePieces(path('image'), rootArchive(tree));
};
