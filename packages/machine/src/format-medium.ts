import type { BootMedium } from './options.js';

/** What QEMU boots of a LinuxKit format whose files begin with `prefix`; undefined if it boots none of them. */
export function mediumOf(_format: string, _prefix: string): BootMedium | undefined {
  return undefined;
}
