import { execFile, spawnSync, type ChildProcess } from 'node:child_process';
import { constants } from 'node:fs';
import { chmod, copyFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Readable, Writable } from 'node:stream';
import { checkMedium, whenGone, type MachineExit, type RunningMachine } from '../boot.js';
import { claimState } from '../claim-state.js';
import { MachineError } from '../error.js';
import { beforeEnd, end, spawnTied } from '../process.js';
import { makeStateFolder } from '../state-folder.js';
import { openConsolePipe } from './console-pipe.js';
import type { Command, GuestMachine, Hypervisor, Plan, Watch } from './hypervisor.js';
import { refused } from './refuse.js';
import { openSocketFolder } from './socket-folder.js';

/** A machine of a hypervisor, as a console needs it. */
export type HypervisorMachine = Pick<RunningMachine, 'ports' | 'input' | 'output' | 'exited' | 'stop'>;

const run = promisify(execFile);
/** Milliseconds between two looks at a machine. */
const INTERVAL = 1000;
/** Attempts to remove a machine, and milliseconds between two of them. */
const ATTEMPTS = 3;
const PAUSE = 300;

const options = () => ({ env: process.env, windowsHide: true });

/**
 * Runs a machine on a hypervisor, and resolves once it has been started. What the hypervisor was told to make is removed when the
 * machine ends, and when this process ends.
 *
 * Rejects with `MachineError`: `invalid-option`, `medium-missing`, `hypervisor-missing`, `hypervisor-failed`.
 */
export async function bootOn(
  hypervisor: Hypervisor,
  machine: Omit<GuestMachine, 'sockets'>,
): Promise<HypervisorMachine> {
  checkMedium(machine.medium);
  if (!hypervisor.architectures.includes(machine.arch)) {
    const has = hypervisor.architectures.join(', ');
    throw refused(`${hypervisor.title} runs no ${machine.arch}`, `It runs ${has}.`);
  }
  await makeStateFolder(machine.state);
  const release = await claimState(machine.state);
  const sockets = await openSocketFolder(machine.state);
  const close = async (): Promise<void> => {
    await sockets.remove();
    await release();
  };
  try {
    const started = await start(hypervisor, { ...machine, sockets: sockets.path });
    const exited = started.exited.finally(close);
    return { ...started, exited, stop: () => started.stop().then(() => exited) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(hypervisor: Hypervisor, machine: GuestMachine): Promise<HypervisorMachine> {
  const plan = await hypervisor.plan(machine);
  await writeFiles(plan);
  return 'ask' in plan.run
    ? runWatched(hypervisor, machine, plan, plan.run)
    : runTied(hypervisor, machine, plan.run);
}

async function writeFiles({ copies = [], files = [] }: Plan): Promise<void> {
  for (const { from, to } of copies) {
    await rm(to, { force: true });
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    // A cache may have made the file read-only.
    await chmod(to, 0o644);
  }
  for (const { path, text } of files) await writeFile(path, text);
}

/** Runs a program that is the machine: it ends with this process. */
async function runTied(
  hypervisor: Hypervisor,
  { ports }: GuestMachine,
  { program, args }: Command,
): Promise<HypervisorMachine> {
  const child = spawnTied(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: process.env });
  const exited = whenGone(child, async () => undefined);
  await spawned(child, hypervisor, program);
  const input = child.stdin as Writable;
  input.on('error', () => undefined);
  const stop = async (): Promise<MachineExit> => {
    await end(child);
    return exited;
  };
  return { ports, input, output: child.stdout as Readable, exited, stop };
}

function spawned(child: ChildProcess, hypervisor: Hypervisor, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve());
    child.once('error', (cause) => reject(missing(hypervisor, program, cause)));
  });
}

/** Starts a machine by commands, and looks at it until it has ended. */
async function runWatched(
  hypervisor: Hypervisor,
  { ports }: GuestMachine,
  { prepare = [], finish = [], console: pipe }: Plan,
  watch: Watch,
): Promise<HypervisorMachine> {
  const forget = beforeEnd(() => {
    for (const { program, args } of finish) spawnSync(program, args, { ...options(), stdio: 'ignore' });
  });
  const remove = async (): Promise<void> => {
    forget();
    // A machine that has ended cannot be stopped, and one that was not made cannot be removed.
    for (const command of finish) await tried(command);
  };
  try {
    for (const command of prepare) await ran(hypervisor, command);
  } catch (error) {
    await remove();
    throw error;
  }
  const ended = new AbortController();
  const console = openConsolePipe(pipe, ended.signal);
  const exited = (async (): Promise<MachineExit> => {
    const stderr = await untilEnded(hypervisor, watch, ended.signal);
    ended.abort();
    await console.closed;
    await remove();
    return { code: stderr === '' ? 0 : 1, signal: null, stderr };
  })();
  const stop = (): Promise<MachineExit> => {
    ended.abort();
    return exited;
  };
  return { ports, input: console.input, output: console.output, exited, stop };
}

/** Runs a command until it succeeds, a few times: VirtualBox keeps a machine locked for a moment after its end. */
async function tried({ program, args }: Command): Promise<void> {
  for (let left = ATTEMPTS; left > 0; left--) {
    const done = await run(program, [...args], options()).catch(() => undefined);
    if (done) return;
    await sleep(PAUSE);
  }
}

/** Waits until a machine has ended or `stopped`. Gives what went wrong, or ''. */
async function untilEnded(hypervisor: Hypervisor, watch: Watch, stopped: AbortSignal): Promise<string> {
  try {
    while (!stopped.aborted && watch.isRunning(await ran(hypervisor, watch.ask))) {
      await sleep(INTERVAL, undefined, { signal: stopped }).catch(() => undefined);
    }
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/** Runs a command to its end, and gives what it prints. */
async function ran(hypervisor: Hypervisor, { program, args }: Command): Promise<string> {
  try {
    return (await run(program, [...args], options())).stdout;
  } catch (cause) {
    const { code, stderr = '' } = cause as { code?: number | string; stderr?: string };
    if (code === 'ENOENT') throw missing(hypervisor, program, cause);
    const said = stderr.trim().replace(/\s+/g, ' ') || 'no message';
    throw new MachineError(
      'hypervisor-failed',
      `${program} ${args[0] ?? ''} ended with status ${code}: ${said}`,
      {
        hint: `Correct what ${hypervisor.title} says, and boot again.`,
        cause,
      },
    );
  }
}

function missing({ title, install }: Hypervisor, program: string, cause: unknown): MachineError {
  return new MachineError('hypervisor-missing', `${title} is not installed: cannot start ${program}`, {
    hint: install,
    cause,
  });
}

/** Makes the error of a hypervisor whose machine ended otherwise than by a power-off, with its own words. */
export function hypervisorFailure(
  { title }: Hypervisor,
  { code, signal, stderr }: MachineExit,
): MachineError {
  const how = signal ?? `status ${code}`;
  return new MachineError('hypervisor-failed', `${title} ended with ${how}: ${stderr || 'no message'}`, {
    hint: `Correct what ${title} says, and boot again.`,
  });
}
