import { createCipheriv, createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { tarOf } from '@nx-linuxkit/testing';

/** Bytes that do not compress; the same for the same seed. */
export function noise(seed: number, size: number): Buffer {
  const key = createHash('sha256').update(`${seed}`).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** Writes an archive of one file as Nx does; returns its path. */
export async function archiveAt(folder: string, name: string, body: Buffer | string): Promise<string> {
  const path = join(folder, `${name}.tar.gz`);
  writeFileSync(
    path,
    gzipSync(
      await tarOf([
        { name: `dist/${name}`, body },
        { name: 'code', body: 'zero' },
      ]),
    ),
  );
  return path;
}

/** Whether two gzip files have the same contents. */
export const sameContents = (a: Buffer, b: Buffer): boolean => gunzipSync(a).equals(gunzipSync(b));
