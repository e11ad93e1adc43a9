import { open, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from './make-folder.js';
import { move } from './move.js';
import { freshName } from './temporary.js';

/** Milliseconds after which the process that holds a turn counts as killed. A turn takes a few milliseconds. */
const PATIENCE = 10_000;
/** Milliseconds between two looks at a turn that another process holds. */
const PAUSE = 5;
const RELEASED = 'released';

/**
 * Runs `use` while no other process and no other call runs one for the same folder, which holds the lock alone.
 *
 * The lock is a file whose name is a number, and the highest number has the turn. The next turn is a file of the next number,
 * which only one process can create; so a turn of a killed process is passed over, and no lock is ever removed that another
 * process may have taken meanwhile. Errors are those of the file system, and of `use`.
 */
export async function exclusively<T>(folder: string, use: () => Promise<T>): Promise<T> {
  await makeFolder(folder);
  let turn = await nextTurn(folder);
  while (turn === undefined) {
    await sleep(PAUSE);
    turn = await nextTurn(folder);
  }
  try {
    return await use();
  } finally {
    await release(folder, turn);
  }
}

/** Takes the next turn, unless another process has one. */
async function nextTurn(folder: string): Promise<number | undefined> {
  const last = await lastTurn(folder);
  if (last > 0 && !(await hasEnded(join(folder, String(last))))) return undefined;
  const mine = last + 1;
  try {
    await (await open(join(folder, String(mine)), 'wx')).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
  // Turns may have been taken and removed since the folder was read; the highest one never is.
  if ((await lastTurn(folder)) !== mine) {
    await rm(join(folder, String(mine)), { force: true });
    return undefined;
  }
  for (const turn of await turnsIn(folder)) {
    if (turn < mine) await rm(join(folder, String(turn)), { force: true });
  }
  return mine;
}

async function turnsIn(folder: string): Promise<number[]> {
  return (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number);
}

async function lastTurn(folder: string): Promise<number> {
  return Math.max(0, ...(await turnsIn(folder)));
}

async function hasEnded(path: string): Promise<boolean> {
  try {
    if ((await readFile(path, 'utf8')) === RELEASED) return true;
    return Date.now() - (await stat(path)).mtimeMs > PATIENCE;
  } catch (error) {
    // A later turn has been taken.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function release(folder: string, turn: number): Promise<void> {
  const temporary = join(folder, `${freshName()}.tmp`);
  await writeFile(temporary, RELEASED);
  await move(temporary, join(folder, String(turn)));
}
