import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { randomImage, startMemoryRegistry, type MemoryRegistry } from '@nx-linuxkit/testing';
import { Keychain } from '../credentials.js';
import { parsePlatform } from '../platform.js';
import { parseReference } from '../reference.js';
import { openImageSource } from '../sources/open.js';
import { Connections } from './connections.js';

const AMD64 = parsePlatform('linux/amd64');
const NOBODY = new Keychain({ env: {}, home: '/nonexistent' });
const NAMES = ['one', 'two', 'three'];

let registry: MemoryRegistry;

beforeEach(async () => {
  registry = await startMemoryRegistry();
  for (const name of NAMES) registry.add(name, '1', await randomImage(1));
});

afterEach(() => registry.stop());

/** Connections that it took to resolve all images, one after the other. */
async function connectionsFor(connections?: Connections): Promise<number> {
  for (const name of NAMES) {
    const reference = parseReference(`${registry.host}/${name}:1`);
    const source = await openImageSource(reference, { keychain: NOBODY, retryDelays: [], connections });
    await source.resolve(AMD64).finally(() => source.close());
  }
  return registry.accepted();
}

it('sources that share connections ask once which scheme a host speaks, and go on with what is open', async () => {
  const connections = new Connections();
  expect(await connectionsFor(connections).finally(() => connections.close())).toBe(2);
});

it('a source by itself has connections of its own, and closes them', async () => {
  expect(await connectionsFor()).toBe(2 * NAMES.length);
});

it('what failed is not remembered: neither the authorities that could not be read nor the scheme', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oci-connections-spec-'));
  const caFile = join(dir, 'ca.pem');
  const connections = new Connections({ caFile });
  try {
    await expect(connectionsFor(connections)).rejects.toMatchObject({ code: 'tls' });
    writeFileSync(caFile, rootCertificates[0]);
    expect(await connectionsFor(connections)).toBe(2);
  } finally {
    connections.close();
    rmSync(dir, { recursive: true });
  }
});
