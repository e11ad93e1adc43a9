import { readFile } from 'node:fs/promises';

/**
 * Thousands of ticks per second of this host's processor counter, which QEMU shows an emulated x86 processor as its own. Linux says
 * the frequency of the moment, which may differ by a few per cent. Undefined where the host has no such counter.
 */
export async function tscKhz(file = '/proc/cpuinfo'): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (!/^flags\s*:.*\btsc\b/m.test(text)) return undefined;
  const mhz = Number(/^cpu MHz\s*:\s*([\d.]+)/m.exec(text)?.[1]);
  return mhz > 0 ? Math.round(mhz * 1000) : undefined;
}
