/** A piece that is shifted over is shorter than 2 to this power: the transcoder's window is, and so is a stretch. */
const POWERS = 31;

/** For each power of two, what that many zero bytes make of a CRC, as four tables by the CRC's bytes. */
let operators: Uint32Array[] | undefined;

/**
 * What the CRCs of the same bytes differ by at their end, if they differ by `difference` at their start: CRC-32 is
 * linear, so crc(bytes, a) ^ crc(bytes, b) depends on a ^ b and on the number of bytes only.
 */
export function shiftCrc(difference: number, bytes: number): number {
  if (difference === 0) return 0;
  operators ??= makeOperators();
  for (let power = 0; bytes > 0; power++, bytes >>>= 1) {
    if (bytes & 1) difference = apply(operators[power], difference);
  }
  return difference >>> 0;
}

function apply(table: Uint32Array, crc: number): number {
  return (
    table[crc & 0xff] ^
    table[256 + ((crc >>> 8) & 0xff)] ^
    table[512 + ((crc >>> 16) & 0xff)] ^
    table[768 + (crc >>> 24)]
  );
}

function makeOperators(): Uint32Array[] {
  const all = [tableOf(zeroByte)];
  while (all.length < POWERS) {
    const last = all[all.length - 1];
    all.push(tableOf((crc) => apply(last, apply(last, crc))));
  }
  return all;
}

function tableOf(linear: (crc: number) => number): Uint32Array {
  const table = new Uint32Array(1024);
  for (let i = 0; i < 1024; i++) table[i] = linear((i & 0xff) << ((i >>> 8) << 3));
  return table;
}

/** Eight zero bits through the register of CRC-32's reflected polynomial. */
function zeroByte(crc: number): number {
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  return crc;
}
