const BLOCK = 512;

/** The bytes of a member of an undamaged tar. */
export function memberOf(tar: Buffer, name: string): Buffer {
  const { at, size } = find(tar, name);
  return tar.subarray(at + BLOCK, at + BLOCK + size);
}

/** A tar with other bytes for a member, and another name if one is given. */
export function replaceMember(tar: Buffer, name: string, body: Buffer, renamed = name): Buffer {
  const { at, size } = find(tar, name);
  const header = Buffer.from(tar.subarray(at, at + BLOCK));
  header.fill(0, 0, 100).write(renamed, 0, 100, 'latin1');
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([
    tar.subarray(0, at),
    header,
    body,
    Buffer.alloc(padded(body.length) - body.length),
    tar.subarray(at + BLOCK + padded(size)),
  ]);
}

function find(tar: Buffer, name: string): { at: number; size: number } {
  for (let at = 0; at + BLOCK <= tar.length;) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8) || 0;
    if (tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '') === name) return { at, size };
    at += BLOCK + padded(size);
  }
  throw new Error(`the tar has no member ${name}`);
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}
