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

  test('asks again for an index that could not be fetched', async () => {
    await expect(index()).rejects.toMatchObject({ code: 'mirror-failed' });
    await mirror.publish({ tool: { files: {} } });
    expect((await index()).get('tool')).toBeDefined();
  });
});
