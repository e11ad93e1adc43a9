import type { Tree } from '@nx-linuxkit/tree';
import { parentOf } from '@nx-linuxkit/tree';
import { readDynamicElf } from '../elf/elf.js';
import type { DynamicElf } from '../elf/elf.js';
import { DebianError } from '../errors.js';

/** Debian's multiarch folder for each `e_machine` of an ELF header. */
const TRIPLETS: Readonly<Record<number, string>> = { 62: 'x86_64-linux-gnu', 183: 'aarch64-linux-gnu' };

/**
 * Returns the path of a library as ld.so(8) would find it for a program, usually a symlink. `user` is the path of the
 * program and `elf` its headers; libraries for other machines are ignored. Throws `missing-file`.
 */
export async function findLibrary(
  tree: Tree,
  user: string,
  soname: string,
  elf: DynamicElf,
): Promise<string> {
  for (const folder of searchPath(user, elf)) {
    const path = tree.resolve(`${folder}/${soname}`);
    const content = tree.get(tree.realpath(path))?.content;
    if (content && (await readDynamicElf(content))?.machine === elf.machine) return path;
  }
  throw new DebianError('missing-file', `/${user} needs ${soname}, which no package of the selection holds`, {
    hint: 'Add the package that holds it to contents.binaries or contents.packages.',
  });
}

/** Lists RUNPATH, then ld.so's default directories. An image has neither ld.so.conf nor LD_LIBRARY_PATH. */
function searchPath(user: string, { runpath, machine }: DynamicElf): string[] {
  const origin = parentOf(user);
  const own = runpath.map((path) => path.replace(/\$ORIGIN|\$\{ORIGIN\}/g, `/${origin}`)).map(normal);
  const triplet = TRIPLETS[machine];
  return [...own, `lib/${triplet}`, `usr/lib/${triplet}`, 'lib', 'usr/lib', 'lib64', 'usr/lib64'];
}

function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
