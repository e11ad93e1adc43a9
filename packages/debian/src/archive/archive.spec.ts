import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Store } from '@nx-linuxkit/oci';
import { startMirror, type FakeMirror } from '../__tests__/mirror.js';
import { openArchive, type Archive } from './archive.js';

describe('an open archive', () => {
  let folder: string;
  let mirror: FakeMirror;
  let archive: Archive;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'archive-'));
    mirror = await startMirror();
    const mirrors = [{ url: mirror.url, from: 'test' }];
    archive = openArchive({ store: Store.open(folder), mirrors, keys: mirror.keys });
  });
  afterEach(async () => {
    await mirror.stop();
    await rm(folder, { recursive: true });
  });

  const index = () => archive.index('bookworm', 'amd64');

  test('reads an index once', async () => {
    await mirror.publish({ tool: { files: {} } });
    expect((await index()).get('tool')).toMatchObject({ name: 'tool', version: '1.0-1' });
    mirror.requests.length = 0;
    expect(await index()).toBe(await index());
    expect(mirror.requests).toEqual([]);
  });

  test('another process reads neither the index nor the signature again', async () => {
    await mirror.publish({ tool: { files: {} } });
    await index();
    mirror.requests.length = 0;
    const other = openArchive({
      store: Store.open(folder),
      mirrors: [{ url: mirror.url, from: 'test' }],
      keys: mirror.keys,
    });
    expect((await other.index('bookworm', 'amd64')).get('tool')).toMatchObject({ version: '1.0-1' });
    expect(mirror.requests).toEqual(['dists/bookworm/InRelease']);
  });

  test('an index that the archive has replaced is read anew', async () => {
    await mirror.publish({ tool: { files: {} } });
    await index();
    await mirror.publish({ tool: { version: '2.0-1', files: {} } });
    const other = openArchive({
      store: Store.open(folder),
      mirrors: [{ url: mirror.url, from: 'test' }],
      keys: mirror.keys,
    });
    expect((await other.index('bookworm', 'amd64')).get('tool')).toMatchObject({ version: '2.0-1' });
  });

  test('a signature that one set of keys accepts is no proof for another set', async () => {
    await mirror.publish({ tool: { files: {} } });
    await index();
    const other = openArchive({ store: Store.open(folder), mirrors: [{ url: mirror.url, from: 'test' }] });
    await expect(other.index('bookworm', 'amd64')).rejects.toMatchObject({ code: 'bad-signature' });
  });

  test('takes the index compressed by gzip where the archive has one, else the one by xz', async () => {
    await mirror.publish({ tool: { files: {} } });
    await index();
    expect(mirror.requests).toContain('dists/bookworm/main/binary-amd64/Packages.gz');
    expect(mirror.requests).not.toContain('dists/bookworm/main/binary-amd64/Packages.xz');
    mirror.files.delete('dists/bookworm/main/binary-arm64/Packages.gz');
    expect((await archive.index('bookworm', 'arm64')).get('tool')).toBeDefined();
  });

  test('asks again for an index that could not be fetched', async () => {
    await expect(index()).rejects.toMatchObject({ code: 'mirror-failed' });
    await mirror.publish({ tool: { files: {} } });
    expect((await index()).get('tool')).toBeDefined();
  });
});
