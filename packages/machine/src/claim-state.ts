import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MachineError } from './error.js';

/** The process that runs the machine of a state folder. */
const FILE = 'machine.pid';

/**
 * Takes a state folder for one machine, whose disks, firmware variables and addresses no second machine may use at the same time.
 * Returns what gives it back. A process that was killed holds nothing.
 *
 * @throws MachineError `invalid-option` while another machine has it.
 */
export async function claimState(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, FILE);
  while (!(await isNew(path))) {
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (isAlive(holder)) throw inUse(folder, holder);
    await rm(path, { force: true });
  }
  return () => rm(path, { force: true });
}

/** Makes the file, unless it is there. A link appears with its text, so that no process reads half of it. */
async function isNew(path: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, `${process.pid}\n`);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // The process of another user exists, and takes no signal.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function inUse(folder: string, pid: number): MachineError {
  return new MachineError('invalid-option', `state: a machine of process ${pid} runs from ${folder}`, {
    hint: `End it, or give this machine a folder of its own: --state=${folder}-2.`,
  });
}
