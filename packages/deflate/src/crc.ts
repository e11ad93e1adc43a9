/** A CRC can be shifted by less than 2 to this power bytes: the transcoder's window and all stretches are shorter. */
const POWERS = 31;

/** For each power of two, the effect of that many zero bytes on a CRC, as four tables, one for each byte of the CRC. */
let operators: Uint32Array[] | undefined;

/**
 * Returns crc(bytes, a) ^ crc(bytes, b) for `difference` = a ^ b. CRC-32 is linear, so the result depends on the
 * difference and on the number of bytes only, not on the bytes. zlib's crc32_combine does the same.
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

/** The effect of one zero byte: eight steps of CRC-32's register (RFC 1952, section 8). */
function zeroByte(crc: number): number {
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  return crc;
}
