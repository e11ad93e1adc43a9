import { noise } from '../__tests__/archive.js';
import { MAXIMUM } from './chunker.js';
import { chunksOf, RecordMaker, WINDOW } from './record.js';

const ZEROS = Buffer.alloc(MAXIMUM);
const CHUNKS = [noise(1, 5000), ZEROS, Buffer.from('x'), noise(2, MAXIMUM), Buffer.from('abc '.repeat(3000))];

const WINDOW_BUFFER = Buffer.alloc(WINDOW);

async function read(bytes: Buffer, size = bytes.length): Promise<Buffer[]> {
  let at = 0;
  const fill = async (target: Buffer) => {
    const length = bytes.copy(target, 0, at, Math.min(bytes.length, at + size));
    at += length;
    return length;
  };
  const chunks: Buffer[] = [];
  for await (const some of chunksOf(fill, WINDOW_BUFFER)) {
    for (const chunk of some) chunks.push(Buffer.from(chunk));
  }
  return chunks;
}

function records(): Buffer {
  const maker = new RecordMaker();
  return Buffer.concat(CHUNKS.map((chunk) => maker.make(chunk)));
}

test.each([1, 3, 4096, 1 << 20])(
  'chunks are read back from records that arrive in parts of %i bytes',
  async (size) => {
    expect(await read(records(), size)).toEqual(CHUNKS);
  },
);

test('what compresses is compressed, and what does not is stored as it is', () => {
  const maker = new RecordMaker();
  expect(maker.make(ZEROS).length).toBeLessThan(1000);
  expect(maker.make(CHUNKS[0]).length).toBe(CHUNKS[0].length + 4);
});

test('in a file that does not compress, most chunks are not even tried; the next file is', () => {
  const maker = new RecordMaker();
  for (let i = 0; i < 9; i++) maker.make(noise(i, 3000));
  expect(maker.make(ZEROS).length).toBe(ZEROS.length + 4);
  maker.reset();
  expect(maker.make(ZEROS).length).toBeLessThan(1000);
});

test.each([
  ['an end within a chunk', (bytes: Buffer) => bytes.subarray(0, -1)],
  ['a chunk that is too long', () => Buffer.from([0xff, 0xff, 0xff, 0x7f, 1])],
  ['deflate that is none', () => Buffer.from([9, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])],
  [
    'deflate that inflates to too much',
    () => {
      const maker = new RecordMaker();
      return maker.make(Buffer.alloc(1 << 20));
    },
  ],
])('%s is a damaged entry', async (_, damage) => {
  await expect(read(damage(records()))).rejects.toMatchObject({ code: 'damaged-entry' });
});
