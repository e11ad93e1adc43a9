import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  indexOf,
  ociArchiveOf,
  randomImage,
  startMemoryRegistry,
  startRegistry,
  type MemoryRegistry,
  type TestIndex,
  type TestRegistry,
} from '@nx-linuxkit/testing';
import { call } from '../../../__tests__/call.js';

let folder: string;
let from: MemoryRegistry;
let to: TestRegistry;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-push-'));
  [from, to] = await Promise.all([startMemoryRegistry(), startRegistry()]);
});
afterAll(async () => {
  await Promise.all([from?.stop(), to?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const image = (seed: number, architecture: string) =>
  randomImage(seed, { platform: { os: 'linux', architecture } });
const succeed = async (...args: string[]) => {
  const { code, stdout, log } = await call(folder, ['cache', ...args]);
  expect({ code, log }).toEqual({ code: 0, log });
  return { stdout, log };
};

/** What the registry has under a tag: the document, and for an index its platforms. */
async function inRegistry(tag: string): Promise<{ digest: string | null; architectures: string[] }> {
  const accept = [
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.oci.image.manifest.v1+json',
  ].join(', ');
  const response = await fetch(`${to.url}/v2/pushed/manifests/${tag}`, { headers: { accept } });
  expect({ tag, status: response.status }).toEqual({ tag, status: 200 });
  const { manifests = [] } = (await response.json()) as {
    manifests?: { platform: { architecture: string } }[];
  };
  const architectures = manifests.map(({ platform }) => platform.architecture).sort();
  return { digest: response.headers.get('docker-content-digest'), architectures };
}

/** Fetches an index into the cache under a name of its own. */
async function pulled(name: string, index: TestIndex): Promise<string> {
  from.add(name, '1', index);
  await succeed('pull', `${from.host}/${name}:1`);
  return `${from.host}/${name}:1`;
}

const target = () => `${to.host}/pushed:1`;

it('an image of all platforms is in the registry as it is in the cache, and each architecture has its tag', async () => {
  const index = indexOf([await image(1, 'amd64'), await image(2, 'arm64')]);
  const name = await pulled('two', index);
  const { log } = await succeed('push', '--remote-name', target(), '--with-arch-tags', name);
  const { digest } = index.index.descriptor;
  expect(log).toContain(`push ${target()}: ${digest}`);
  expect(await inRegistry('1')).toEqual({ digest, architectures: ['amd64', 'arm64'] });
  for (const [i, architecture] of ['amd64', 'arm64'].entries())
    expect((await inRegistry(`1-${architecture}`)).digest).toBe(index.images[i].manifest.descriptor.digest);
  await succeed('clean');
  await succeed('pull', target());
  expect((await succeed('ls')).stdout).toBe(`${target()} ${digest}\n`);
});

it('platforms that only the registry has stay, until --override replaces them', async () => {
  const index = indexOf([await image(3, 'amd64'), await image(4, 'riscv64')]);
  const name = await pulled('other', index);
  await succeed('push', '--remote-name', target(), name);
  expect((await inRegistry('1')).architectures).toEqual(['amd64', 'arm64', 'riscv64']);
  await succeed('push', '--remote-name', target(), '--override', name);
  expect(await inRegistry('1')).toEqual({
    digest: index.index.descriptor.digest,
    architectures: ['amd64', 'riscv64'],
  });
});

it('an image of an archive is pushed under its own name', async () => {
  const name = `${to.host}/pushed:imported`;
  const imported = await image(5, 'amd64');
  const archive = join(folder, 'imported.tar');
  await ociArchiveOf([{ name, image: imported }], archive);
  await succeed('import', archive);
  await succeed('push', name);
  expect((await inRegistry('imported')).digest).toBe(imported.manifest.descriptor.digest);
});
