import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { TestWorkspace } from '../__tests__/test-workspace.js';

let workspace: TestWorkspace;
beforeEach(() => {
  workspace = new TestWorkspace();
});
afterEach(() => workspace.remove());

it('a store with only its blobs gives the same initrd as a whole store', async () => {
  await workspace.image('init', [[{ name: 'init', body: 'i' }], [{ name: 'etc/f', body: 'f' }]]);
  const initrd = () => readFileSync(workspace.output('os', 'kernel+initrd', 'os-initrd.img'));
  await workspace.build('os', 'init: [test/init]', ['kernel+initrd']);
  const whole = initrd();
  for (const lost of ['store/derived', 'store/tmp', '.linuxkit', 'dist'])
    rmSync(workspace.path(lost), { recursive: true });
  await workspace.buildAgain('os', ['kernel+initrd']);
  expect(initrd().equals(whole)).toBe(true);
});

it('a part is the same whether its layer was read in the same build or in one before', async () => {
  const body = Array.from({ length: 60_000 }, (_, line) => `line ${line * 7919} of it\n`).join('');
  await workspace.image('init', [
    [
      { name: 'init', body: 'i' },
      { name: 'large', body },
    ],
  ]);
  const initrd = () => readFileSync(workspace.output('os', 'kernel+initrd', 'os-initrd.img'));
  await workspace.build('os', 'init: [test/init]', ['kernel+initrd']);
  const sameBuild = initrd();
  for (const lost of ['store/derived/part', '.linuxkit', 'dist'])
    rmSync(workspace.path(lost), { recursive: true });
  await workspace.buildAgain('os', ['kernel+initrd']);
  expect(initrd().equals(sameBuild)).toBe(true);
});

describe.each([
  ['its checksum', (bytes: Buffer) => bytes.writeUInt8(bytes[bytes.length - 8]! ^ 1, bytes.length - 8)],
  ['a byte of it', (bytes: Buffer) => bytes.writeUInt8(bytes[20]! ^ 1, 20)],
  ['its time, which nothing else checks', (bytes: Buffer) => bytes.writeUInt8(bytes[4]! ^ 1, 4)],
])('a layer whose source gives it with %s changed', (_, change) => {
  it('is refused for its digest, and not kept', async () => {
    const { layers } = await workspace.image('init', [[{ name: 'init', body: 'i'.repeat(1000) }]]);
    const { digest } = layers[0]!.descriptor;
    const [source, stored] = ['images/init', 'store'].map((root) =>
      workspace.path(root, 'blobs', digest.replace(':', '/')),
    ) as [string, string];
    const bytes = readFileSync(source);
    change(bytes);
    chmodSync(source, 0o644);
    writeFileSync(source, bytes);
    await expect(workspace.build('os', 'init: [test/init]', ['kernel+initrd'])).rejects.toMatchObject({
      code: 'digest-mismatch',
      message: expect.stringContaining(`has the digest sha256:`) as string,
    });
    expect(existsSync(stored)).toBe(false);
  });
});
