import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { boot } from './boot.js';
import { BootWatch, type Timing } from './boot-watch.js';
import { checkMachine } from './check-machine.js';
import { MachineError } from './error.js';
import { httpTarget } from './http-check.js';
import type { BootTestOptions, PublishedPort } from './options.js';
import { resolvePorts } from './ports.js';

/** The result of a boot that passed. */
export interface BootTestResult {
  /** The whole console as plain text. */
  readonly console: string;
  /** One entry for each expected pattern and HTTP answer, in the order in which they were seen. */
  readonly timings: readonly Timing[];
  /** The published ports, with the host ports that were chosen. */
  readonly ports: readonly PublishedPort[];
}

/**
 * Linux counts timer interrupts while it waits, and panics if there are too few. On a busy host an emulated machine
 * can lose that race. The panic comes by chance and before the guest reads a disk, so the machine is started again.
 */
const LOST_TIMER = "IO-APIC + timer doesn't work";
/** Starts in all. If the panic comes three times in a row, chance is not the cause. */
const STARTS = 3;

/**
 * Boots a medium without a terminal and waits for all that `options` expects. The machine has ended when the promise
 * settles.
 *
 * Rejects with `MachineError`: `boot-timeout`, `boot-failed`, `guest-ended`, `qemu-failed`, with the last 40 lines
 * of the console, or with a code of `boot` before the machine starts.
 */
export async function bootTest(options: BootTestOptions): Promise<BootTestResult> {
  checkMachine(options);
  for (let left = STARTS - 1; ; left -= 1) {
    try {
      return await bootOnce(options);
    } catch (error) {
      if (left === 0 || !lostItsTimer(error)) throw error;
      options.onLine?.('the emulated machine lost timer interrupts: starting it again');
    }
  }
}

function lostItsTimer(error: unknown): boolean {
  return error instanceof MachineError && error.code === 'boot-failed' && error.message.includes(LOST_TIMER);
}

async function bootOnce(options: BootTestOptions): Promise<BootTestResult> {
  const ports = await resolvePorts(options.publish ?? []);
  const targets = (options.http ?? []).map((check) => httpTarget(check, ports));
  const machine = await boot({ ...options, publish: ports, noReboot: true });
  const watch = new BootWatch(options, targets);
  try {
    await watch.outcome(machine);
    return { console: watch.console, timings: watch.timings, ports };
  } finally {
    await machine.stop();
    await writeLog(options.consoleLog, watch.console);
  }
}

async function writeLog(path: string | undefined, console: string): Promise<void> {
  if (path === undefined) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, console);
}
