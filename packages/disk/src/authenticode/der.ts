/** Tags of DER (ITU-T X.690) that signatures and certificates have. */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The tag of a context-specific field: `[0]`, `[1]`; a constructed one holds further elements. */
export const contextTag = (number: number, constructed = true): number =>
  (constructed ? 0xa0 : 0x80) | number;

/** Encodes one element: its tag, the length of its parts, the parts. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content]);
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

/** An object identifier, such as `1.2.840.113549.1.7.2`. */
export function oid(text: string): Buffer {
  const [first, second, ...rest] = text.split('.').map(Number) as [number, number, ...number[]];
  return der(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) {
    bytes.unshift((left & 0x7f) | 0x80);
  }
  return bytes;
}

/** A set, whose elements DER sorts by their encoding. */
export function setOf(...elements: readonly Buffer[]): Buffer {
  return der(TAG.set, ...[...elements].sort(Buffer.compare));
}

/** One element of a larger encoding. */
export interface Element {
  readonly tag: number;
  /** The element with its tag and length. */
  readonly whole: Buffer;
  /** Offset of the content, and the offset behind it. */
  readonly start: number;
  readonly end: number;
}

/** Reads the element at an offset. Throws RangeError for an encoding that ends before the element does. */
export function readElement(bytes: Buffer, at: number): Element {
  const tag = bytes.readUInt8(at);
  const first = bytes.readUInt8(at + 1);
  const size = first & 0x80 ? first & 0x7f : 0;
  const length = size === 0 ? first : bytes.readUIntBE(at + 2, size);
  const start = at + 2 + size;
  const end = start + length;
  if (end > bytes.length) throw new RangeError(`an element ends at ${end}, beyond ${bytes.length} bytes`);
  return { tag, whole: bytes.subarray(at, end), start, end };
}
