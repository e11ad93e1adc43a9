import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { firmwareOf, qemuArguments, type Resolved } from './argv.js';
import { prepareDisks } from './disks.js';
import { MachineError } from './error.js';
import { findUefi, prepareUefi } from './firmware.js';
import { prepareMedium } from './medium.js';
import type { BootMedium, BootOptions, PublishedPort } from './options.js';
import { resolvePorts } from './ports.js';
import { end, spawnTied } from './process.js';
import { findQemu } from './qemu-programs.js';

export interface MachineExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What QEMU itself complained about; empty after a good run. */
  readonly stderr: string;
}

export interface RunningMachine {
  readonly pid: number;
  readonly argv: readonly string[];
  /** With the host ports that were chosen. */
  readonly ports: readonly PublishedPort[];
  /** The serial console, when it is piped. */
  readonly output?: Readable;
  /** Resolves when QEMU is gone, however it went; code 0 after a power-off. */
  readonly exited: Promise<MachineExit>;
  /** Ends QEMU and waits until it is gone. */
  stop(): Promise<MachineExit>;
}

/** QEMU's complaints are a few lines; a guest cannot make it write more. */
const MAX_STDERR = 8192;

/** Starts a machine. It does not outlive this process. */
export async function boot(options: BootOptions): Promise<RunningMachine> {
  checkMedium(options.medium);
  const qemu = options.qemu ?? findQemu(options.arch ?? 'amd64');
  const state = await openState(options.state);
  try {
    const resolved = await resolve(options, qemu, state.path);
    const medium = await prepareMedium(options.medium, options.arch ?? 'amd64', state.path);
    const argv = [qemu, ...qemuArguments({ ...options, medium }, resolved, options.noReboot)];
    return await start(argv, resolved.ports, options.console ?? 'terminal', state.close);
  } catch (error) {
    await state.close();
    throw error;
  }
}

function checkMedium(medium: BootMedium): void {
  const paths = medium.kind === 'kernel' ? [medium.kernel, medium.initrd, medium.root] : [medium.path];
  for (const path of paths) {
    if (path === undefined || existsSync(path)) continue;
    throw new MachineError('medium-missing', `nothing to boot at ${path}`, { hint: 'Build it first.' });
  }
}

async function openState(given: string | undefined): Promise<{ path: string; close: () => Promise<void> }> {
  if (given !== undefined) {
    await mkdir(given, { recursive: true });
    return { path: given, close: async () => undefined };
  }
  const path = await mkdtemp(join(tmpdir(), 'nx-linuxkit-machine-'));
  return { path, close: () => rm(path, { recursive: true, force: true }) };
}

async function resolve(options: BootOptions, qemu: string, state: string): Promise<Resolved> {
  const arch = options.arch ?? 'amd64';
  const uefi =
    firmwareOf(options.medium, arch) === 'uefi'
      ? await prepareUefi(options.uefi ?? findUefi(arch, qemu), state)
      : undefined;
  return {
    ports: await resolvePorts(options.publish ?? []),
    disks: await prepareDisks(options.disks ?? [], state),
    ...(uefi && { uefi }),
  };
}

async function start(
  argv: readonly string[],
  ports: readonly PublishedPort[],
  console: 'terminal' | 'pipe',
  close: () => Promise<void>,
): Promise<RunningMachine> {
  const [program, ...args] = argv;
  const child = spawnTied(program, args, {
    stdio: console === 'terminal' ? ['inherit', 'inherit', 'pipe'] : ['ignore', 'pipe', 'pipe'],
  });
  const exited = whenGone(child, console === 'terminal', close);
  const pid = await started(child, program);
  return {
    pid,
    argv,
    ports,
    exited,
    ...(child.stdout && { output: child.stdout }),
    stop: async () => {
      await end(child);
      return exited;
    },
  };
}

function started(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid as number));
    child.once('error', (cause) =>
      reject(new MachineError('qemu-failed', `cannot start ${program}: ${cause.message}`, { cause })),
    );
  });
}

function whenGone(child: ChildProcess, echo: boolean, close: () => Promise<void>): Promise<MachineExit> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR);
    if (echo) process.stderr.write(text);
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      void close().finally(() => resolve({ code, signal, stderr: stderr.trim() }));
    });
  });
}
