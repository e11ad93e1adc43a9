import { TarIndexer } from '@nx-linuxkit/tree';
import { tarOf } from '@nx-linuxkit/testing';
import { mutateBytes } from '../mutate-bytes.js';
import { pick, type Random } from '../random.js';
import type { Target } from '../target.js';

const BLOCK = 512;

/** The tar of a layer: every type of member, long names, PAX records, whiteouts, extended attributes. */
export const tar: Target = {
  name: 'tar',
  sample: 20_000,
  faults: { TreeError: ['malformed', 'unsupported', 'limit', 'unsafe-path', 'range', 'too-long'] },
  seeds: async () => [
    await tarOf([
      { name: 'usr/', type: 'directory' },
      { name: 'usr/bin/tool', body: 'x'.repeat(700), mode: 0o4755, uid: 70_000 },
      { name: 'usr/bin/twin', type: 'link', linkname: 'usr/bin/tool' },
      { name: 'usr/lib', type: 'symlink', linkname: '/lib' },
      { name: 'dev/null', type: 'character-device', device: [1, 3] },
    ]),
    await tarOf([
      { name: `${'long/'.repeat(50)}name`, body: 'x' },
      { name: 'etc/.wh..wh..opq' },
      { name: 'etc/.wh.passwd' },
      {
        name: 'é',
        body: 'x',
        pax: {
          'SCHILY.xattr.user.x': 'value',
          'SCHILY.xattr.security.capability': '\x01\0\0\x02',
          mtime: '1.5',
        },
      },
    ]),
    await tarOf([{ name: '../up' }, { name: '/root', mode: 0o7777 }, { name: 'fifo', type: 'fifo' }]),
  ],
  mutate: mutateTar,
  read(input) {
    const [whole, chunked] = [entriesOf(input, input.length || 1), entriesOf(input, 333)];
    if (whole !== chunked) throw new Error('the entries depend on how the bytes are cut into chunks');
  },
};

/** Damages a tar and corrects the checksums afterwards, three times in four: what a checksum hides is read as well. */
export function mutateTar(next: Random, input: Buffer, other: Buffer): Buffer {
  const bytes = mutateBytes(next, input, other);
  if (next(4) === 0) return bytes;
  if (next(2) === 0 && bytes.length >= BLOCK) {
    // Another type, or another size in one of the ways to write a number.
    const block = next(Math.floor(bytes.length / BLOCK)) * BLOCK;
    if (next(2) === 0) bytes.write(pick(next, [...'01234567xgLKSDMNVA\0 ']), block + 156, 'latin1');
    else
      bytes.write(
        pick(next, ['77777777777', '00000000000', '-0000000001', '\x80', '\xff', '1']),
        block + 124,
        'latin1',
      );
  }
  for (let at = 0; at + BLOCK <= bytes.length; at += BLOCK) correctChecksum(bytes, at);
  return bytes;
}

/** Corrects the checksum of a block that looks like a header. */
function correctChecksum(bytes: Buffer, at: number): void {
  if (bytes.toString('latin1', at + 257, at + 262) !== 'ustar') return;
  bytes.fill(0x20, at + 148, at + 156);
  let sum = 0;
  for (let i = at; i < at + BLOCK; i++) sum += bytes[i];
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
}

function entriesOf(input: Buffer, chunk: number): string {
  const indexer = new TarIndexer();
  for (let at = 0; at < input.length; at += chunk) indexer.write(input.subarray(at, at + chunk));
  return JSON.stringify(indexer.end());
}
