import type { Readable } from 'node:stream';
import { MachineError } from './error.js';
import type { BootOptions, PublishedPort } from './options.js';

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
  /** Resolves when QEMU is gone, however it went. */
  readonly exited: Promise<MachineExit>;
  /** Ends QEMU and waits until it is gone. */
  stop(): Promise<MachineExit>;
}

export async function boot(options: BootOptions): Promise<RunningMachine> {
  throw new MachineError('qemu-missing', `cannot boot ${options.medium.kind}`);
}
