import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFolder, move } from '@nx-linuxkit/oci';
import type { Environment } from '@nx-linuxkit/stages/standalone';
import type { Surroundings } from '../../surroundings.js';
import { copyTo } from '../../write-output.js';

/**
 * Gives `make` a temporary folder for one file, whose name it returns, and puts that file to its place: a path, or
 * standard output for `-`. A path has the whole file or what it had before.
 */
export async function withOutput(
  { store }: Environment,
  output: string,
  { folder, stdout }: Surroundings,
  make: (folder: string) => Promise<string>,
): Promise<void> {
  const target = resolve(folder, output);
  const temporary = output === '-' ? await store.temp() : await besides(target);
  try {
    const file = join(temporary, await make(temporary));
    if (output === '-') await copyTo(createReadStream(file), stdout);
    else await move(file, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** On the disk of the target, so that the file can be renamed. */
async function besides(target: string): Promise<string> {
  await makeFolder(dirname(target));
  return mkdtemp(join(dirname(target), '.nx-linuxkit-'));
}
