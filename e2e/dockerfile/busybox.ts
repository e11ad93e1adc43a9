import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Copies this machine's busybox with its libraries into a folder: a root file system in which RUN can run. */
export function copyBusybox(folder: string): void {
  const program = execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim();
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/[^ ]+(?= \()/g) ?? [];
  for (const path of [program, ...libraries]) {
    const place = join(folder, path === program ? '/bin/busybox' : path);
    mkdirSync(dirname(place), { recursive: true });
    cpSync(realpathSync(path), place);
  }
}
