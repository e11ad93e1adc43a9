/** Yields `bytes` in chunks of `size`, each in its own memory. */
export async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = new Uint8Array(bytes.subarray(at, at + size));
    yield chunk;
  }
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

// Jest looks up a global through a sandbox each time, which is too slow in a loop over bytes.
const { floor, imul, min } = Math;

/** Returns an integer from 0 up to, not including, `below`. */
export type Random = (below: number) => number;

/** A generator that gives the same numbers for the same seed (mulberry32). */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = imul(state ^ (state >>> 15), 1 | state);
    t = (t + imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const samples = new Map<number, Buffer>();
const SAMPLE = 1 << 18;

/** Words of a small vocabulary, about as compressible as source code. They repeat after 256 KiB. */
export function sampleText(size: number, seed = 1): Buffer {
  let sample = samples.get(seed);
  if (!sample) samples.set(seed, (sample = makeSample(random(seed))));
  const text = Buffer.alloc(size);
  for (let at = 0; at < size; at += SAMPLE) sample.copy(text, at);
  return text;
}

function makeSample(next: (below: number) => number): Buffer {
  const words = Array.from({ length: 600 }, () => {
    return Array.from({ length: 2 + next(9) }, () => String.fromCharCode(97 + next(26))).join('');
  });
  let text = '';
  while (text.length < SAMPLE) text += words[min(next(600), next(600))] + (next(9) === 0 ? '\n' : ' ');
  return Buffer.from(text, 'latin1').subarray(0, SAMPLE);
}
