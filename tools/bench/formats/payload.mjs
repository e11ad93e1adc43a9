// The bytes that every format holds: half of them noise, half of them text, the same on every machine.
import { createCipheriv, createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Stretches of noise and of text by turns: about what programs and compressed files are in a root file system. */
const STRETCH = 1 << 18;
/** Text repeats only far beyond deflate's window, so that it compresses as text and not as a repetition. */
const TEXT = 1 << 24;
/** An initrd is a list of segments, each verified on its own. */
const SEGMENTS = 8;
/** Files of a root file system: most are small, most bytes are in large ones. */
const FILE_SIZES = [3000, 9000, 40_000, 150_000, 700_000, 3_000_000, 12_000_000];

/** `size` bytes as segment files in `folder`, with their digests. */
export function writePayload(folder, size) {
  const noise = createCipheriv('aes-256-ctr', Buffer.alloc(32, 'bench'), Buffer.alloc(16));
  const plain = Buffer.alloc(STRETCH);
  const text = textOf(TEXT);
  const share = Math.ceil(size / SEGMENTS);
  return Array.from({ length: SEGMENTS }, (_, i) => {
    const path = join(folder, `segment-${i}`);
    const hash = createHash('sha256');
    const file = openSync(path, 'w');
    const length = Math.min(share, size - i * share);
    for (let at = 0, turn = 0; at < length; turn += 1) {
      const start = ((i * share + at) * 31) % (TEXT - STRETCH);
      const stretch = turn % 2 === 0 ? noise.update(plain) : text.subarray(start, start + STRETCH);
      const bytes = stretch.subarray(0, Math.min(STRETCH, length - at));
      writeSync(file, bytes);
      hash.update(bytes);
      at += bytes.length;
    }
    closeSync(file);
    return { path, size: length, sha256: hash.digest('hex') };
  });
}

/** Words by a generator of fixed seed, in lines. */
function textOf(size) {
  const words = Array.from({ length: 4096 }, (_, i) =>
    createHash('sha256')
      .update(`${i}`)
      .digest('base64url')
      .slice(0, 2 + (i % 9))
      .toLowerCase(),
  );
  const parts = [];
  let length = 0;
  for (let state = 1; length < size;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // The product of two even choices prefers the first words, as language does.
    const word = words[((state >>> 20) * ((state >>> 8) & 0xfff)) >>> 12];
    parts.push(word, state % 11 === 0 ? '\n' : ' ');
    length += word.length + 1;
  }
  return Buffer.from(parts.join(''), 'latin1').subarray(0, size);
}

/** The segments cut into files of a root file system: [path, segment, offset, size]. */
export function* filesOf(segments) {
  for (const [i, segment] of segments.entries()) {
    for (let at = 0, n = 0; at < segment.size; n += 1) {
      const size = Math.min(FILE_SIZES[(n * 5 + i) % FILE_SIZES.length], segment.size - at);
      yield { path: `usr/${i}/${String(n >> 6)}/file-${n}`, segment: i, offset: at, size };
      at += size;
    }
  }
}
