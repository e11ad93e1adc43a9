import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { metadataDisk, type MetadataDisk } from '@nx-linuxkit/disk';
import { writeOutput } from '../../write-output.js';

/** The machine's network address, which stays the same from run to run and is no other machine's. */
export async function macOf(state: string): Promise<string> {
  const file = join(state, 'mac-addr');
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  const bytes = randomBytes(6);
  // IEEE 802: the lowest bit of the first byte is for groups, the next one for addresses that no registry has assigned.
  bytes[0] = (bytes[0] & 0xfc) | 0x02;
  const mac = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  await writeFile(file, `${mac}\n`);
  return mac;
}

/** Writes the CD with a text for the guest, and gives its path. */
export async function writeMetadata(state: string, kind: MetadataDisk, text: string): Promise<string> {
  const path = join(state, 'data.iso');
  const disk = await metadataDisk(kind, { name: 'linuxkit', text });
  await writeOutput(path, disk, { folder: state, stdout: process.stdout });
  return path;
}
