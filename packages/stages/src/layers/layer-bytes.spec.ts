import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { jsonBlob, randomImage, type TestImage } from '@nx-linuxkit/testing';
import { TestWorkspace } from '../__tests__/test-workspace.js';

const GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';

let workspace: TestWorkspace;
beforeEach(() => {
  workspace = new TestWorkspace();
});
afterEach(() => workspace.remove());

/** An image of one layer, whose media type is always that of gzip, with the bytes that `change` makes of its tar. */
async function imageOf(change: (tar: Buffer) => Buffer): Promise<TestImage> {
  const entries = [{ name: 'init', body: 'the init' }];
  const image = await randomImage(1, { layers: [{ entries, compression: 'none' }] });
  const bytes = change(image.layers[0].plain);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
  const layer = { ...image.layers[0], bytes, descriptor: { mediaType: GZIP, digest, size: bytes.length } };
  const { mediaType } = image.manifest.descriptor;
  const { descriptor: config } = image.config;
  const manifest = jsonBlob(mediaType, { schemaVersion: 2, mediaType, config, layers: [layer.descriptor] });
  return { ...image, manifest, layers: [layer] };
}

const build = () => workspace.build('os', 'init: [test/init]', ['kernel+initrd', 'tar']);

it('a layer that is no gzip, but whose media type says so, is built by its first bytes', async () => {
  workspace.addImage('init', await imageOf((tar) => tar));
  await build();
  expect((await workspace.initrd('os')).tree.get('init')).toMatchObject({ type: 'file' });
  const plain = readFileSync(workspace.output('os', 'tar', 'os.tar'));
  workspace.addImage('init', await imageOf((tar) => gzipSync(tar)));
  await build();
  expect(readFileSync(workspace.output('os', 'tar', 'os.tar')).equals(plain)).toBe(true);
});

it.each<[string, (tar: Buffer) => Buffer, string, RegExp]>([
  [
    'is compressed with xz',
    (tar) => execFileSync('xz', ['-c'], { input: tar }),
    'invalid-compression',
    /compressed by xz, expected gzip, zstd or a plain tar/,
  ],
  ['is cut', (tar) => gzipSync(tar).subarray(0, 60), 'truncated', /ends too early/],
  ['is damaged', (tar) => damaged(gzipSync(tar)), 'invalid-compression', /is damaged/],
])('a layer that %s is an error that names the image and the layer', async (_, change, code, message) => {
  const image = await imageOf(change);
  workspace.addImage('init', image);
  const error = await build().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  const { digest } = image.layers[0].descriptor;
  expect((error as Error).message).toMatch(new RegExp(`^image oci:images/init: layer ${digest}: `));
});

function damaged(gzip: Buffer): Buffer {
  const bytes = Buffer.from(gzip);
  bytes[bytes.length - 6] ^= 1;
  return bytes;
}
