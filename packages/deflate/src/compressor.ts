import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

/** The name of the zlib in the official releases of Node 20, 22 and 24. */
const USUAL = 'a14e658c707911fc';
/** The level of most formats and layers. The others have the same matcher with other limits. */
const LEVEL = 6;
/** Bytes. A matcher that finds other matches shows it in much less, and each command of Nx compresses this once. */
const SAMPLE = 8 << 10;
const DIGITS = 16;

let id: string | undefined;

/**
 * Names the zlib of this Node by what it writes: '' if it writes the same bytes as that of Node's official releases, else a
 * hash. Linux distributions link Node with a zlib of their own, which may write other bytes for the same input. A key of
 * compressed bytes has to contain this name.
 */
export function compressorId(): string {
  id ??= nameOf(deflateRawSync(sample(), { level: LEVEL }));
  return id;
}

function nameOf(written: Uint8Array): string {
  const name = createHash('sha256').update(written).digest('hex').slice(0, DIGITS);
  return name === USUAL ? '' : name;
}

/** Bytes with matches of all lengths and distances, and noise between them. */
function sample(): Buffer {
  const bytes = Buffer.alloc(SAMPLE);
  let state = 1;
  // Numerical Recipes' generator; its high bits are the random ones.
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 16;
  for (let at = 0; at < SAMPLE;) {
    const length = 3 + (next() % 40);
    const from = next() % Math.max(1, at);
    const isCopy = next() % 4 > 0;
    for (let i = 0; i < length && at < SAMPLE; i++, at++) {
      bytes[at] = isCopy ? bytes[from + i] : next() % 8 > 5 ? next() : 97 + (next() % 16);
    }
  }
  return bytes;
}
