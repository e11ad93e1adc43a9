import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '../__tests__/temporary-folder.js';
import { openSocketFolder } from './socket-folder.js';

const folder = temporaryFolder();

it('a short state folder has its sockets itself, and stays', async () => {
  const { path, remove } = await openSocketFolder('/state');
  expect(path).toBe('/state');
  await remove();
});

it.each(['/tmp', `/${'t'.repeat(200)}`])(
  'a long one has them in a folder of the user alone, where a socket can be bound: temporary files in %s',
  async (temporary) => {
    const { path, remove } = await openSocketFolder(join(folder.path, 'ä'.repeat(100)), temporary);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(join(path, 'console'), resolve);
    });
    await new Promise((resolve) => server.close(resolve));
    await remove();
    expect(existsSync(path)).toBe(false);
  },
);
