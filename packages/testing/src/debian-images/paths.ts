import { homedir } from 'node:os';
import { join } from 'node:path';

/** Files that go into images as they are; beside `src` and `dist`, so that both find them. */
export const ASSETS = join(__dirname, '..', '..', 'debian-images');

export function cacheFolder(): string {
  return process.env['NX_LINUXKIT_TEST_CACHE'] ?? join(homedir(), '.cache', 'nx-linuxkit-test');
}
