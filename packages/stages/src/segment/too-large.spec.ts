import { applyLayers, prefixTree, type LayerEntry } from '@nx-linuxkit/tree';
import { partsOf } from './planned-segment.js';

const PREFIX = 'containers/services/db/rootfs';

it('a file of 4 GiB, whose size a cpio header cannot hold, is refused by name', () => {
  const entry: LayerEntry = {
    ...{ path: 'srv/disk.img', type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 },
    ...{ size: 2 ** 32, offset: 512 },
  };
  const image = applyLayers(
    [{ diffID: `sha256:${'0'.repeat(64)}`, size: 2 ** 32 + 2048, entries: [entry] }],
    {
      open: (id) => ({ id, size: 2 ** 33, read: async function* () {} }),
    },
  );
  const [part] = partsOf({ image, prefix: PREFIX, tree: prefixTree(image.tree, PREFIX) });
  expect(() => [...part.ops]).toThrow(
    expect.objectContaining({
      code: 'range',
      message: expect.stringContaining('"containers/services/db/rootfs/srv/disk.img" has 4294967296 bytes'),
      hint: expect.stringContaining('a format with a root file system'),
    }),
  );
});
