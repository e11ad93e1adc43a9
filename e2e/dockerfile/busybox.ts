import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Copies this machine's busybox with its libraries into a folder: a root file system in which RUN can run. */
export function copyBusybox(folder: string): void {
  copyProgram('busybox', folder);
}

/** Copies a program of this machine into `bin` of a folder, and its libraries to where it looks for them. */
export function copyProgram(name: string, folder: string): void {
  const program = execFileSync('which', [name], { encoding: 'utf8' }).trim();
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/[^ ]+(?= \()/g) ?? [];
  for (const path of [program, ...libraries]) {
    const place = join(folder, path === program ? `/bin/${name}` : path);
    mkdirSync(dirname(place), { recursive: true });
    cpSync(realpathSync(path), place);
  }
}
