import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { firmwareOf, qemuArguments, type HostResources } from './argv.js';
import { claimState } from './claim-state.js';
import { prepareDisks } from './disks.js';
import { MachineError } from './error.js';
import { findUefi, prepareUefi } from './firmware.js';
import { lanCard } from './lan.js';
import { withLikeness } from './likeness.js';
import { prepareMedium } from './medium.js';
import {
  DEFAULT_ARCHITECTURE,
  type Architecture,
  type BootMedium,
  type BootOptions,
  type MachineOptions,
  type PublishedPort,
} from './options.js';
import { resolvePorts } from './ports.js';
import { end, spawnTied } from './process.js';
import { findQemu } from './qemu-programs.js';
import { makeStateFolder } from './state-folder.js';
import { tscKhz } from './tsc.js';

/** How QEMU ended. */
export interface MachineExit {
  /** Exit status; 0 after a power-off of the guest, null after a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last 8192 characters of QEMU's own messages; empty after a good run. */
  readonly stderr: string;
}

/** A machine that has been started. */
export interface RunningMachine {
  /** Process id of QEMU. */
  readonly pid: number;
  /** QEMU's program and arguments. */
  readonly argv: readonly string[];
  /** The published ports, with the host ports that were chosen. */
  readonly ports: readonly PublishedPort[];
  /** Takes raw bytes for the serial console. */
  readonly input: Writable;
  /** The raw bytes of the serial console. The machine waits when nothing reads them. */
  readonly output: Readable;
  /** Resolves when QEMU has ended for any reason; it never rejects. */
  readonly exited: Promise<MachineExit>;
  /** Ends QEMU and waits until it is gone. */
  stop(): Promise<MachineExit>;
}

/** Characters. QEMU's messages are a few lines, and a guest cannot make it write more. */
const MAX_STDERR = 8192;

/**
 * Starts a machine and resolves once QEMU runs. The machine ends with this process, even if that is killed.
 *
 * Rejects with `MachineError`: `invalid-option`, `medium-missing`, `qemu-missing`, `firmware-missing`,
 * `qemu-failed`.
 */
export async function boot(given: BootOptions): Promise<RunningMachine> {
  const options = withLikeness(given);
  const { medium, arch = DEFAULT_ARCHITECTURE } = options;
  checkMedium(medium);
  const qemu = options.qemu ?? findQemu(arch);
  const state = await openState(options.state);
  try {
    const host = await prepareHost({ ...options, arch }, qemu, state.path);
    const prepared = await prepareMedium(medium, arch, state.path);
    const argv = [qemu, ...qemuArguments({ ...options, medium: prepared }, host, options.noReboot)];
    return await start(argv, host.ports, state.close);
  } catch (error) {
    await state.close();
    throw error;
  }
}

/** Throws MachineError `medium-missing` for a file that is not there. */
export function checkMedium(medium: BootMedium): void {
  const paths = medium.kind === 'kernel' ? [medium.kernel, medium.initrd, medium.root] : [medium.path];
  for (const path of paths) {
    if (path === undefined || existsSync(path)) continue;
    throw new MachineError('medium-missing', `nothing to boot at ${path}`, { hint: 'Build it first.' });
  }
}

async function openState(given: string | undefined): Promise<{ path: string; close: () => Promise<void> }> {
  if (given !== undefined) {
    await makeStateFolder(given);
    return { path: given, close: await claimState(given) };
  }
  const path = await mkdtemp(join(tmpdir(), 'nx-linuxkit-machine-'));
  return { path, close: () => rm(path, { recursive: true, force: true }) };
}

async function prepareHost(
  options: MachineOptions & { readonly arch: Architecture },
  qemu: string,
  state: string,
): Promise<HostResources> {
  const { medium, arch, publish = [], disks = [] } = options;
  const uefi =
    firmwareOf(medium, arch) === 'uefi'
      ? await prepareUefi(options.uefi ?? findUefi(arch, qemu), state)
      : undefined;
  return {
    ports: await resolvePorts(publish),
    disks: await prepareDisks(disks, state),
    ...(uefi && { uefi }),
    ...(options.machine === 'microvm' && { tscKhz: await tscKhz() }),
    ...(options.lan !== undefined && { lan: lanCard(options.lan, resolve(state)) }),
  };
}

async function start(
  argv: readonly string[],
  ports: readonly PublishedPort[],
  close: () => Promise<void>,
): Promise<RunningMachine> {
  const [program, ...args] = argv;
  const child = spawnTied(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const input = child.stdin as Writable;
  // QEMU may be gone when a key comes; `exited` tells why.
  input.on('error', () => undefined);
  const exited = whenGone(child, close);
  const pid = await started(child, program);
  return {
    pid,
    argv,
    ports,
    input,
    output: child.stdout as Readable,
    exited,
    stop: async () => {
      await end(child);
      return exited;
    },
  };
}

/** Makes the error of a QEMU that ended by itself, with QEMU's own words. */
export function qemuFailure({ code, signal, stderr }: MachineExit): MachineError {
  const portTaken = /Could not set up host forwarding rule '\w+:[^:]*:(\d+)-/.exec(stderr);
  return new MachineError(
    'qemu-failed',
    `qemu ended with ${signal ?? `status ${code}`}: ${stderr || 'no message'}`,
    portTaken
      ? {
          hint: `Another program may listen on port ${portTaken[1]}: publish another one, or 0 for any free port.`,
        }
      : {},
  );
}

function started(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid as number));
    child.once('error', (cause) =>
      reject(
        new MachineError('qemu-failed', `cannot start ${program}`, {
          hint: 'Correct the option `qemu`, or leave it out.',
          cause,
        }),
      ),
    );
  });
}

/** Resolves with how a program ended, after `close`. */
export function whenGone(child: ChildProcess, close: () => Promise<void>): Promise<MachineExit> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR);
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      void close().finally(() => resolve({ code, signal, stderr: stderr.trim() }));
    });
  });
}
