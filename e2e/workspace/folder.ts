import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Where workspaces are made. Nx shares a cache between the clones of a repository only if the home folder is not below
 * /tmp, where others could write.
 */
const FOLDER = existsSync('/var/tmp') ? '/var/tmp' : tmpdir();

export function newFolder(prefix: string): string {
  return mkdtempSync(join(FOLDER, prefix));
}

/** Puts a `node_modules` at `to`: linked, which takes no time, or copied where the cache is on another file system. */
export function putModules(modules: string, to: string): void {
  try {
    execFileSync('cp', ['-al', modules, to], { stdio: 'ignore' });
  } catch {
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', modules, to]);
  }
}
