import { execFileSync } from 'node:child_process';
import { closeSync, createWriteStream, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { metadataDisk, type GuestMetadata, type MetadataDisk } from '@nx-linuxkit/disk';

const run = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: 'pipe' });

/** A volume serial number, and the UUID that blkid prints for it. */
export const FAT_ID = { mkfs: '1234abcd', uuid: '1234-ABCD' };
export const NOCLOUD_DATA = '#cloud-config\nhostname: from-user-data\n';

/** Makes a disk image of zeros. */
export function blankDisk(path: string, megabytes: number): string {
  const file = openSync(path, 'w');
  ftruncateSync(file, megabytes * 2 ** 20);
  closeSync(file);
  return path;
}

/** Makes NoCloud's disk with dosfstools and mtools: a FAT file system without a partition table. */
export function noCloudDisk(path: string): string {
  blankDisk(path, 32);
  run('mkfs.vfat', '-n', 'CIDATA', '-i', FAT_ID.mkfs, path);
  const texts = {
    'user-data': NOCLOUD_DATA,
    'meta-data': 'instance-id: i-nocloud\nlocal-hostname: nocloud\n',
  };
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(`${path}.${name}`, text);
    run('mcopy', '-i', path, `${path}.${name}`, `::${name}`);
  }
  return path;
}

/** Makes a CD of NoCloud or OpenStack with genisoimage, as their documentation says. */
export function dataCd(path: string, label: string, files: Readonly<Record<string, string>>): string {
  const folder = `${path}.files`;
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  run('genisoimage', '-quiet', '-o', path, '-V', label, '-r', '-J', folder);
  return path;
}

/** Makes the CD that `nx boot --data` and `metadata create` make. */
export async function metadataCd(path: string, kind: MetadataDisk, told: GuestMetadata): Promise<string> {
  await pipeline(await metadataDisk(kind, told), createWriteStream(path));
  return path;
}
