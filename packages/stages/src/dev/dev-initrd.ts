import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeCpio } from '@nx-linuxkit/tree';
import { agentTree } from './agent.js';

/** Linux looks for the next archive at a multiple of 4 bytes; zeros before it are skipped. */
const ALIGNMENT = 4;

/** Copies the initrd of a build with the agent behind it, as an archive of its own. The copy of a private file is private. */
export async function writeDevInitrd(initrd: string, target: string): Promise<void> {
  const { size, mode } = await stat(initrd);
  const temporary = `${target}.${process.pid}.tmp`;
  async function* bytes() {
    yield* createReadStream(initrd);
    yield Buffer.alloc((ALIGNMENT - (size % ALIGNMENT)) % ALIGNMENT);
    yield* writeCpio(
      agentTree()
        .entries()
        .filter(({ path }) => path !== ''),
    );
  }
  await mkdir(dirname(target), { recursive: true });
  try {
    await pipeline(bytes, createWriteStream(temporary, { mode: mode & 0o777 }));
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}
