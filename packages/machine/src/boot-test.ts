import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { boot } from './boot.js';
import { BootWatch, type Timing } from './boot-watch.js';
import { regexOf } from './console-matcher.js';
import { MachineError } from './error.js';
import { httpTarget } from './http-check.js';
import type { BootTestOptions, PublishedPort } from './options.js';
import { resolvePorts } from './ports.js';

export interface BootTestResult {
  readonly console: string;
  readonly timings: readonly Timing[];
  readonly ports: readonly PublishedPort[];
}

/**
 * Linux checks its timer by counting interrupts while it waits, and panics when there are too few: on a busy host an
 * emulated machine can lose that race. It is chance, and nothing has been read by then: the machine is started again.
 */
const LOST_TIMER = "IO-APIC + timer doesn't work";
/** More in a row is no chance. */
const STARTS = 3;

/** Boots without a terminal and resolves once all that is expected has been seen; the machine is gone by then. */
export async function bootTest(options: BootTestOptions): Promise<BootTestResult> {
  checkPatterns(options);
  for (let left = STARTS - 1; ; left -= 1) {
    try {
      return await bootOnce(options);
    } catch (error) {
      if (left === 0 || !lostItsTimer(error)) throw error;
      options.onLine?.('the machine lost its timer, as emulated ones can: starting it again');
    }
  }
}

function lostItsTimer(error: unknown): boolean {
  return error instanceof MachineError && error.code === 'boot-failed' && error.message.includes(LOST_TIMER);
}

async function bootOnce(options: BootTestOptions): Promise<BootTestResult> {
  const ports = await resolvePorts(options.publish ?? []);
  const targets = (options.http ?? []).map((check) => httpTarget(check, ports));
  const machine = await boot({ ...options, publish: ports, console: 'pipe', noReboot: true });
  const watch = new BootWatch(options, targets);
  try {
    await watch.outcome(machine);
    return { console: watch.console, timings: watch.timings, ports };
  } finally {
    await machine.stop();
    await writeLog(options.consoleLog, watch.console);
  }
}

/** A regular expression that does not compile is a mistake in the options, not a boot that failed. */
function checkPatterns({ expect = [], failOn = [], http = [] }: BootTestOptions): void {
  for (const pattern of [
    ...expect,
    ...failOn,
    ...http.flatMap(({ body }) => (body === undefined ? [] : [body])),
  ]) {
    if (typeof pattern === 'string') continue;
    try {
      regexOf(pattern);
    } catch (cause) {
      throw new MachineError('invalid-option', (cause as Error).message.toLowerCase(), { cause });
    }
  }
}

async function writeLog(path: string | undefined, console: string): Promise<void> {
  if (path === undefined) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, console);
}
