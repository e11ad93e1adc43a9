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
    const [pid = '', started] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
    const holder = Number(pid);
    if (isAlive(holder) && (await startOf(holder)) === started) throw inUse(folder, holder);
    await rm(path, { force: true });
  }
  return () => rm(path, { force: true });
}

/** Makes the file, unless it is there. A link appears with its text, so that no process reads half of it. */
async function isNew(path: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const started = await startOf(process.pid);
  await writeFile(temporary, `${process.pid}${started === undefined ? '' : ` ${started}`}\n`);
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

/** When a process began, in ticks since the host did (proc(5), field 22): another process may have its number by now. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
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
