import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { CloudError } from '../error.js';
import type { DiskFile } from '../file/disk-file.js';
import type { Session } from '../platform.js';
import type { Remote } from './remote.js';

/** Hexadecimal digits of a SHA-256. */
const DIGITS = 64;

/** Bytes of a disk of a machine, and what uses it: a line of its mounts or of its swaps, or ''. */
export async function lookAt(remote: Remote, device: string): Promise<{ size: number; use: string }> {
  const size = `if [ -b ${device} ]; then blockdev --getsize64 ${device}; else stat -c %s ${device}; fi`;
  const used = `awk -v d=${device} 'index($1, d) == 1' /proc/mounts /proc/swaps`;
  const said = await remote.run(`set -e; ${size}; ${used}`, `look at ${device}`);
  const [bytes, use = ''] = said.split('\n');
  return { size: Number(bytes), use };
}

/** The SHA-256 of the first bytes of a disk. */
export async function digestOf(remote: Remote, device: string, size: number): Promise<string> {
  return (await remote.run(digestCommand(device, size), `read ${device}`)).slice(0, DIGITS);
}

/** Writes a file onto a disk of a machine. Throws CloudError `import-failed` if the disk has other bytes then. */
export async function writeDisk(
  remote: Remote,
  device: string,
  file: DiskFile,
  progress: Session['progress'],
): Promise<void> {
  const write = `gzip -dc | dd of=${device} bs=1M conv=fsync,notrunc 2>/dev/null`;
  const command = `${write} && ${digestCommand(device, file.size)}`;
  const said = await remote.run(command, `write ${device}`, compressed(file, progress));
  const found = said.slice(0, DIGITS);
  if (found === file.sha256) return;
  throw new CloudError('import-failed', `${device} has the SHA-256 ${found}, the file ${file.sha256}`, {
    hint: 'Run the same command again; if it fails again, the disk is damaged.',
  });
}

const digestCommand = (device: string, size: number): string => `head -c ${size} ${device} | sha256sum`;

/** Compressed lightly: most disks are half empty, and the line is slower than either machine. */
function compressed(file: DiskFile, progress: Session['progress']): AsyncIterable<Uint8Array> {
  const gzip = createGzip({ level: 1 });
  // A failure of the file ends the compressor with the same error, which its reader gets.
  pipeline(Readable.from(file.parts(progress)), gzip).catch(() => undefined);
  return gzip;
}
