import { isUtf8 } from 'node:buffer';
import { nameToBytes } from '../name.js';

/** PAX keys to raw values. */
export type PaxValues = Map<string, Uint8Array>;

/**
 * The body of a PAX extended header, sorted by key (POSIX.1-2024, pax, "pax Extended Header"). PAX text is UTF-8 by
 * default, so a name that is not UTF-8 gets the record `hdrcharset=BINARY` in front.
 */
export function encodePax(values: PaxValues): Buffer {
  const keys = [...values.keys()].sort();
  const names = keys.filter((key) => key === 'path' || key === 'linkpath');
  const binary = names.some((key) => !isUtf8(values.get(key)!));
  const records = keys.map((key) => encodeRecord(key, values.get(key)!));
  return Buffer.concat(binary ? [encodeRecord('hdrcharset', Buffer.from('BINARY')), ...records] : records);
}

/** One record, `length key=value\n`, where the length includes its own digits. */
function encodeRecord(key: string, value: Uint8Array): Buffer {
  const body = Buffer.concat([nameToBytes(` ${key}=`), value, Buffer.from('\n')]);
  let length = body.length;
  while (length !== body.length + String(length).length) length = body.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length), 'latin1'), body]);
}
