import { pick, type Random } from './random.js';

/** Values at the edges of number formats. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x20, 0x2f, 0x30, 0x37, 0x39, 0x0a];
/** Texts at the edges of number fields: octal, decimal, hexadecimal, base 256. */
const NUMBERS = ['00000000', 'ffffffff', '77777777777', '-1', '8589934592', '1e9', '\x80\0\0\0\0\0\0\x01'];
/** More would make nearly every input fail at its first byte. */
const MOST_EDITS = 4;

/** Damages bytes in one to four places; `other` is an input whose bytes may be spliced in. */
export function mutateBytes(next: Random, input: Buffer, other: Buffer): Buffer {
  let bytes: Buffer = Buffer.from(input);
  for (let edits = 1 + next(MOST_EDITS); edits > 0; edits--) bytes = edit(next, bytes, other);
  return bytes;
}

function edit(next: Random, bytes: Buffer, other: Buffer): Buffer {
  if (bytes.length === 0) return Buffer.from(other);
  const at = next(bytes.length);
  const length = 1 + next(Math.min(bytes.length - at, 1 + next(600)));
  switch (next(8)) {
    case 0:
      bytes[at] ^= 1 << next(8);
      return bytes;
    case 1:
      bytes[at] = pick(next, EDGES);
      return bytes;
    case 2:
      bytes.fill(pick(next, EDGES), at, at + length);
      return bytes;
    case 3:
      bytes.write(pick(next, NUMBERS), at, 'latin1');
      return bytes;
    case 4:
      return bytes.subarray(0, at);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 6:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    default: {
      const from = next(other.length);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + length), bytes.subarray(at)]);
    }
  }
}
