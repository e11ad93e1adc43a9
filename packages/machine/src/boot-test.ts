import { MachineError } from './error.js';
import type { BootTestOptions, PublishedPort } from './options.js';

export interface Timing {
  /** The pattern or URL. */
  readonly what: string;
  /** Wall seconds since QEMU was started. */
  readonly seconds: number;
  /** The guest's uptime by the latest kernel time stamp on the console, where it prints them. */
  readonly uptime?: number;
}

export interface BootTestResult {
  readonly console: string;
  readonly timings: readonly Timing[];
  readonly ports: readonly PublishedPort[];
}

export async function bootTest(options: BootTestOptions): Promise<BootTestResult> {
  throw new MachineError('qemu-missing', `cannot boot ${options.medium.kind}`);
}
