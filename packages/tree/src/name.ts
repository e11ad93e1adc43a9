import { TreeError } from './error.js';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NON_ASCII = /[^\0-\x7f]/;
/** Any surrogate. Half of a pair matches as well; such names are rare, and the slow path handles them. */
const SURROGATE = /[\ud800-\udfff]/;

/**
 * Decodes a name as UTF-8. Linux names are bytes, not text: a byte that is not part of valid UTF-8 becomes a lone
 * surrogate U+DC80..U+DCFF (Python's "surrogateescape", PEP 383), so that `nameToBytes` gives the same bytes back.
 */
export function nameFromBytes(bytes: Uint8Array): string {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (!NON_ASCII.test(latin1)) return latin1;
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return escapeInvalid(bytes);
  }
}

export function isAscii(name: string): boolean {
  return !NON_ASCII.test(name);
}

/** The longest string that V8 copies when it is cut out of another. */
const COPIED = 12;

/** The same name in memory of its own: a longer slice would keep the whole path that it was cut out of. */
export function detached(name: string): string {
  if (name.length <= COPIED) return name;
  const encoding = isAscii(name) ? 'latin1' : 'utf16le';
  return Buffer.from(name, encoding).toString(encoding);
}

/**
 * Encodes a name that `nameFromBytes` has decoded.
 *
 * @throws TreeError `unsafe-path` if the name has a surrogate that stands for no byte.
 */
export function nameToBytes(name: string): Buffer {
  if (!SURROGATE.test(name)) return Buffer.from(name, 'utf8');
  const parts: Buffer[] = [];
  for (const character of name) {
    const code = character.codePointAt(0)!;
    if (code >= 0xdc80 && code <= 0xdcff) parts.push(Buffer.of(code - 0xdc00));
    else if (code >= 0xd800 && code <= 0xdfff) {
      throw new TreeError(
        'unsafe-path',
        `name ${JSON.stringify(name)} has a surrogate that stands for no byte`,
      );
    } else parts.push(Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

function escapeInvalid(bytes: Uint8Array): string {
  let out = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length > 0) out += strictUtf8.decode(bytes.subarray(at, at + length));
    else out += String.fromCharCode(0xdc00 + bytes[at]!);
    at += Math.max(length, 1);
  }
  return out;
}

/** Length in bytes of the well-formed UTF-8 sequence at `at` (Unicode, table 3-7); 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead <= 0xdf
      ? 2
      : lead >= 0xe0 && lead <= 0xef
        ? 3
        : lead >= 0xf0 && lead <= 0xf4
          ? 4
          : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  const second = bytes[at + 1]!;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let k = 2; k < length; k += 1) if ((bytes[at + k]! & 0xc0) !== 0x80) return 0;
  return length;
}
