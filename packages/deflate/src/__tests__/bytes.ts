/** `bytes` in chunks of `size`, each in memory of its own. */
export async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = Uint8Array.from(bytes.subarray(at, at + size));
    yield chunk;
  }
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

/** A generator of numbers in 0 up to `below`, the same for the same seed: mulberry32. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Words of a small vocabulary, so about as compressible as source code. */
export function sampleText(size: number, seed = 1): Buffer {
  const next = random(seed);
  const words = Array.from({ length: 600 }, () => {
    return Array.from({ length: 2 + next(9) }, () => String.fromCharCode(97 + next(26))).join('');
  });
  const text: string[] = [];
  for (let length = 0; length < size; length += text[text.length - 1].length) {
    text.push(words[Math.min(next(600), next(600))] + (next(9) === 0 ? '\n' : ' '));
  }
  return Buffer.from(text.join(''), 'latin1').subarray(0, size);
}
