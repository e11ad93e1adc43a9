import { readContent, type Tree } from '@nx-linuxkit/tree';
import { TestWorkspace } from '../__tests__/test-workspace.js';

let workspace: TestWorkspace;
beforeAll(() => {
  workspace = new TestWorkspace();
});
afterAll(() => workspace.remove());

const DATABASE = 'lib/apk/db/installed';

async function text(tree: Tree, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(tree.get(path)!.content!)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('the databases of Alpine’s packages', () => {
  beforeAll(async () => {
    await workspace.image('one', [[{ name: DATABASE, body: 'P:one\n', mode: 0o600, uid: 5 }]]);
    await workspace.image('two', [
      [
        { name: DATABASE, body: 'P:two\n' },
        { name: 'two', body: '2' },
      ],
    ]);
    await workspace.image('none', [[{ name: 'none', body: '' }]]);
    await workspace.image('usr', [
      [
        { name: 'lib', type: 'symlink', linkname: 'usr/lib' },
        { name: `usr/${DATABASE}`, body: 'P:usr\n' },
      ],
    ]);
  });

  it.each([
    [
      'of several init images become one, root’s and without a time',
      ['one', 'none', 'two'],
      'P:one\n\n\nP:two\n\n\n',
    ],
    ['are found behind a merged /usr', ['usr', 'two'], 'P:usr\n\n\nP:two\n\n\n'],
  ])('%s', async (_name, images, expected) => {
    const os = images.join('-');
    await workspace.build(os, `init: [${images.map((image) => `test/${image}`).join()}]`, [
      'tar',
      'kernel+initrd',
    ]);
    for (const tree of [await workspace.tar(os), (await workspace.initrd(os)).tree]) {
      const path = tree.realpath(DATABASE);
      expect(await text(tree, path)).toBe(expected);
      expect(tree.get(path)).toMatchObject({ mode: 0o644, uid: 0, gid: 0, mtime: 0 });
    }
  });

  it('of one image stays as it is', async () => {
    await workspace.build('alone', 'init: [test/one, test/none]', ['tar']);
    const tree = await workspace.tar('alone');
    expect(await text(tree, DATABASE)).toBe('P:one\n');
    expect(tree.get(DATABASE)).toMatchObject({ mode: 0o600, uid: 5 });
  });
});

it('file capabilities are kept in the tar, and one warning lists those that the initrd loses', async () => {
  const capability = Buffer.from([1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const pax = {
    'SCHILY.xattr.security.capability': capability.toString('latin1'),
    'SCHILY.xattr.user.note': 'kept',
  };
  const files = Array.from({ length: 10 }, (_, i) => ({ name: `bin/ping${i}`, body: 'x', pax }));
  await workspace.image('caps', [files]);
  const log = await workspace.build('caps', 'init: [test/caps]', ['tar', 'kernel+initrd']);
  expect(log.filter((line) => line.startsWith('warning'))).toEqual([
    expect.stringMatching(/^warning: caps: .* lose theirs: bin\/ping0, .*bin\/ping7 and 2 more\. /),
  ]);
  const inode = (await workspace.tar('caps')).get('bin/ping9');
  expect([...inode!.xattrs!.keys()]).toEqual(['security.capability', 'user.note']);
  expect(Buffer.from(inode!.xattrs!.get('security.capability')!).equals(capability)).toBe(true);
});
