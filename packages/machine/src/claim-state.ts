import { createHash, randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MachineError } from './error.js';

/** The process that runs the machine of a state folder. */
const FILE = 'machine.pid';
/** Milliseconds, in which another process removes a file. */
const LOOK_AGAIN = 10;

/**
 * Takes a state folder for one machine, whose disks, firmware variables and addresses no second machine may use at the same time.
 * Returns what gives it back. A process that was killed holds nothing.
 *
 * @throws MachineError `invalid-option` while another machine has it.
 */
export async function claimState(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, FILE);
  while (!(await isNew(path))) {
    const claim = await claimIn(path);
    if (claim === undefined) continue;
    const holder = await holderOf(claim);
    if (holder !== undefined) throw inUse(folder, holder);
    await removeStale(path, claim);
  }
  return () => rm(path, { force: true });
}

/**
 * Removes the claim of a process that has ended. Only one process at a time may remove this very claim, and looks at it again
 * before, so that it does not remove the new claim of another one.
 */
export async function removeStale(path: string, claim: string): Promise<void> {
  const turn = `${path}.${createHash('sha256').update(claim).digest('hex').slice(0, 12)}`;
  if (!(await isNew(turn))) {
    const other = await claimIn(turn);
    if (other !== undefined && (await holderOf(other)) === undefined) await rm(turn, { force: true });
    else await sleep(LOOK_AGAIN);
    return;
  }
  try {
    if ((await claimIn(path)) === claim) await rm(path, { force: true });
  } finally {
    await rm(turn, { force: true });
  }
}

/** The text of a claim. Undefined where there is none. */
function claimIn(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** The process that has a claim. Undefined when it has ended. */
async function holderOf(claim: string): Promise<number | undefined> {
  const [pid, started] = claim.trim().split(' ');
  const holder = Number(pid);
  return isAlive(holder) && (await startOf(holder)) === started ? holder : undefined;
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
