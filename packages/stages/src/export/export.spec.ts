import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openImageSource, parsePlatform, parseReference } from '@nx-linuxkit/oci';
import { randomImage, startMemoryRegistry, type MemoryRegistry, type TestImage } from '@nx-linuxkit/testing';
import { treeOfTar } from '../__tests__/archive-tree.js';
import {
  Pipeline,
  exportImage,
  imageByName,
  openStandalone,
  type ExportRequest,
} from '../standalone/index.js';

const PLATFORM = 'linux/amd64';
const NAME = 'docker.io/test/app:1';

let folder: string;
let registry: MemoryRegistry;
let image: TestImage;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-export-'));
  registry = await startMemoryRegistry();
  const lower = [
    { name: 'boot/dtb/a.dtb', body: 'device tree' },
    { name: 'boot/old', body: 'old' },
  ];
  const upper = [
    { name: 'boot/.wh.old', body: '' },
    { name: 'boot/latest', type: 'symlink' as const, linkname: 'dtb/a.dtb' },
  ];
  image = await randomImage(1, { layers: [{ entries: lower }, { entries: upper, compression: 'none' }] });
  registry.add('app', '1', image);
});
afterAll(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true });
});

/** Exports the image and gives the path of the file. */
async function exported(request: Omit<ExportRequest, 'image'>): Promise<string> {
  const environment = openStandalone({ folder, store: join(folder, 'store'), settings: {} });
  const node = await imageByName(
    environment,
    `${registry.host}/app:1`,
    { platform: PLATFORM },
    () => undefined,
  );
  const pipeline = new Pipeline(environment);
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of exportImage(pipeline, { image: node, ...request }, () => undefined)) {
      chunks.push(Buffer.from(chunk));
    }
    const path = join(folder, 'exported');
    writeFileSync(path, Buffer.concat(chunks));
    return path;
  } finally {
    await pipeline.close();
  }
}

async function resolved(reference: string) {
  const source = await openImageSource(parseReference(reference));
  try {
    return await source.resolve(parsePlatform(PLATFORM));
  } finally {
    await source.close();
  }
}

const contents = async (path: string, names: readonly string[]) => {
  const tree = await treeOfTar(path);
  return names.map((name) => [name, tree.get(name)?.type]);
};

it('an OCI layout has the image under its name, byte for byte', async () => {
  const path = await exported({ format: 'oci', name: NAME });
  const { digest } = await resolved(`oci-archive:${path}:${NAME}`);
  expect(digest).toBe(image.manifest.descriptor.digest);
});

it('a Docker archive has the config and the layers', async () => {
  const path = await exported({ format: 'docker', name: NAME });
  const { config } = await resolved(`docker-archive:${path}:${NAME}`);
  expect(config.equals(image.config.bytes)).toBe(true);
});

it('a file system is what the layers give together', async () => {
  const path = await exported({ format: 'filesystem' });
  expect(await contents(path, ['boot/dtb/a.dtb', 'boot/latest', 'boot/old'])).toEqual([
    ['boot/dtb/a.dtb', 'file'],
    ['boot/latest', 'symlink'],
    ['boot/old', undefined],
  ]);
});

it.each([
  ['a file', 'boot/dtb/a.dtb'],
  ['a file behind a symlink', '/boot/latest'],
])('%s comes as its bytes', async (_, path) => {
  const { readFileSync } = await import('node:fs');
  expect(readFileSync(await exported({ format: 'filesystem', path }), 'utf8')).toBe('device tree');
});

it('a folder comes as a tar of what is below it', async () => {
  const path = await exported({ format: 'filesystem', path: 'boot' });
  expect(await contents(path, ['dtb/a.dtb', 'boot'])).toEqual([
    ['dtb/a.dtb', 'file'],
    ['boot', undefined],
  ]);
});

it('a path that is not there is an error that lists what is', async () => {
  await expect(exported({ format: 'filesystem', path: 'boot/dts' })).rejects.toMatchObject({
    code: 'missing-file',
    hint: expect.stringContaining('dtb, latest'),
  });
});
