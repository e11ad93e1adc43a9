/** Writes a 16-bit number in both byte orders: ECMA-119 7.2.3. */
export function put16(buffer: Buffer, value: number, at: number): void {
  buffer.writeUInt16LE(value, at);
  buffer.writeUInt16BE(value, at + 2);
}

/** Writes a 32-bit number in both byte orders: ECMA-119 7.3.3. */
export function put32(buffer: Buffer, value: number, at: number): void {
  buffer.writeUInt32LE(value, at);
  buffer.writeUInt32BE(value, at + 4);
}

/** A directory record's time in seven bytes, UTC, with the year counted from 1900: ECMA-119 9.1.5. */
export function recordTime(mtime: number): Buffer {
  const latest = Date.UTC(2155, 11, 31, 23, 59, 59) / 1000;
  const at = new Date(Math.min(Math.max(mtime, Date.UTC(1900, 0, 1) / 1000), latest) * 1000);
  return Buffer.from([
    at.getUTCFullYear() - 1900,
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
    at.getUTCSeconds(),
    0,
  ]);
}

/** A volume descriptor's time, sixteen digits and the offset from UTC: ECMA-119 8.4.26.1. */
export function volumeTime(mtime: number): Buffer {
  const digits = new Date(mtime * 1000).toISOString().replace(/\D/g, '').slice(0, 14);
  return Buffer.from(`${digits}00\0`, 'latin1');
}

/** A volume descriptor's time that is not specified: ECMA-119 8.4.26.1. */
export const NO_TIME = Buffer.from('0'.repeat(16) + '\0', 'latin1');
