/** For each power of two, the effect of that many zero bytes on a CRC, as four tables, one for each byte of the CRC. */
const operators: Uint32Array[] = [];

/**
 * Returns crc(bytes, a) ^ crc(bytes, b) for `difference` = a ^ b. CRC-32 is linear, so the result depends on the
 * difference and on the number of bytes only, not on the bytes. `bytes` may be any safe integer: bit operations would
 * wrap at 2^32.
 */
export function shiftCrc(difference: number, bytes: number): number {
  if (difference === 0) return 0;
  for (let power = 0; bytes > 0; power++, bytes = Math.floor(bytes / 2)) {
    if (bytes % 2 === 1) difference = apply(operatorOf(power), difference);
  }
  return difference >>> 0;
}

/** The effect of 2 to the `power` zero bytes. */
function operatorOf(power: number): Uint32Array {
  if (operators.length === 0) operators.push(tableOf(zeroByte));
  while (operators.length <= power) {
    const last = operators[operators.length - 1];
    operators.push(tableOf((crc) => apply(last, apply(last, crc))));
  }
  return operators[power];
}

function apply(table: Uint32Array, crc: number): number {
  return (
    table[crc & 0xff] ^
    table[256 + ((crc >>> 8) & 0xff)] ^
    table[512 + ((crc >>> 16) & 0xff)] ^
    table[768 + (crc >>> 24)]
  );
}

/** The effects of a linear operation on all values of each byte of a CRC, out of its effects on single bits. */
function tableOf(linear: (crc: number) => number): Uint32Array {
  const table = new Uint32Array(1024);
  for (let byte = 0; byte < 4; byte++) {
    for (let value = 1; value < 256; value++) {
      const rest = value & (value - 1);
      const at = byte << 8;
      table[at + value] =
        rest === 0 ? linear(value << (8 * byte)) : table[at + rest] ^ table[at + (value ^ rest)];
    }
  }
  return table;
}

/** The effect of one zero byte: eight steps of CRC-32's register (RFC 1952, section 8). */
function zeroByte(crc: number): number {
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  return crc;
}
