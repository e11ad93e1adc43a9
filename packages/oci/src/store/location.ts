import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Returns NX_LINUXKIT_STORE, or without it the folder `nx-linuxkit` in the platform's folder for caches. */
export function defaultStoreDir(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  if (env.NX_LINUXKIT_STORE) return resolve(env.NX_LINUXKIT_STORE);
  if (platform === 'win32')
    return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'nx-linuxkit', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'nx-linuxkit');
  // The XDG specification says to ignore a relative path.
  const xdg = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : join(home, '.cache');
  return join(xdg, 'nx-linuxkit');
}

/**
 * The mode of a new store's folder, before the umask. In the user's folder for caches it is for the user alone, as the
 * XDG specification asks, because blobs of private images lie there. A folder that the user has named may be shared.
 */
export function storeMode(dir: string): number {
  return dir === defaultStoreDir({ ...process.env, NX_LINUXKIT_STORE: undefined }) ? 0o700 : 0o777;
}
