import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of files that images hold as they are. It lies beside `src` and `dist`, so that both find it. */
export const ASSETS = join(__dirname, '..', '..', 'debian-images');

/** Returns the folder that keeps packages and images between runs. */
export function cacheFolder(): string {
  return process.env['NX_LINUXKIT_TEST_CACHE'] ?? join(homedir(), '.cache', 'nx-linuxkit-test');
}
