import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { noise, run, scratch } from '../__tests__/tools.js';
import { Lz4Encoder } from './encoder.js';

const dir = scratch();
const LARGEST = 100_000;
const encoder = new Lz4Encoder(LARGEST);

/** What the program lz4 makes of blocks, given as a file of its legacy format: a magic, then each block with its size. */
function decoded(blocks: readonly Buffer[]): Buffer {
  const framed = blocks.flatMap((block) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(block.length);
    return [size, block];
  });
  writeFileSync(join(dir, 'packed'), Buffer.concat([Buffer.from('02214c18', 'hex'), ...framed]));
  run('lz4', '-d', '-f', join(dir, 'packed'), join(dir, 'plain'));
  return readFileSync(join(dir, 'plain'));
}

/** Bytes in which some runs come again. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 50 })), {
    minLength: 1,
    maxLength: 60,
  })
  .map((runs) => Buffer.concat(runs.flatMap(([bytes, times]) => Array<Uint8Array>(times).fill(bytes))))
  .map((bytes) => bytes.subarray(0, LARGEST));

test('lz4 decodes what was encoded', () => {
  fc.assert(
    fc.property(repetitive, (bytes) => {
      expect(decoded([encoder.encode(bytes)]).equals(bytes)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test.each([
  ['one byte', Buffer.from('a')],
  ['thirteen equal bytes, the least that have a match', Buffer.alloc(13, 7)],
  ['zeros', Buffer.alloc(LARGEST)],
  ['noise', noise(LARGEST, 'noise')],
  [
    'a match at the longest distance',
    Buffer.concat([Buffer.from('far away'), noise(65_527, 'x'), Buffer.from('far away'), noise(20, 'y')]),
  ],
  [
    'a match one byte further',
    Buffer.concat([Buffer.from('far away'), noise(65_528, 'x'), Buffer.from('far away'), noise(20, 'y')]),
  ],
])('%s: lz4 decodes it', (_, bytes) => {
  expect(decoded([encoder.encode(bytes)]).equals(bytes)).toBe(true);
});

test('the bytes of a block do not depend on the blocks before', () => {
  const text = Buffer.from(noise(20_000, 'text').toString('hex'));
  const first = encoder.encode(text);
  encoder.encode(noise(LARGEST, 'between'));
  expect(encoder.encode(text).equals(first)).toBe(true);
  expect(new Lz4Encoder(LARGEST).encode(text).equals(first)).toBe(true);
});

test('a block never begins with a zero, by which erofs finds where it begins', () => {
  for (const bytes of [Buffer.alloc(1), Buffer.alloc(5000), noise(5000, 'n')])
    expect(encoder.encode(bytes)[0]).not.toBe(0);
});

test('programs become about as small as by lz4 -9', () => {
  const program = readFileSync(process.execPath).subarray(4_000_000, 5_000_000);
  writeFileSync(join(dir, 'program'), program);
  run('lz4', '-9', '-B4', '-BI', '-f', join(dir, 'program'), join(dir, 'program.lz4'));
  const theirs = readFileSync(join(dir, 'program.lz4')).length;
  let ours = 0;
  // Independent blocks of 64 KiB, which -B4 makes too.
  for (let at = 0; at < program.length; at += 65_536)
    ours += encoder.encode(program.subarray(at, at + 65_536)).length;
  expect(ours).toBeLessThan(theirs * 1.03);
});

test('a block that is larger than the largest one is refused', () => {
  expect(() => encoder.encode(new Uint8Array(LARGEST + 1))).toThrow(RangeError);
});
