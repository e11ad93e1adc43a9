import { gunzipSync } from 'node:zlib';
import { transcode } from './index.js';
import { bits, dynamicHeader, lengths } from './__tests__/bits.js';
import { chunked, collect } from './__tests__/bytes.js';
import { gzipMember } from './__tests__/inputs.js';

const X = 'x'.charCodeAt(0);
/** The fixed code of the letter x: 0x30 + 120, in 8 bits. */
const FIXED_X = '10101000';
const FIXED_END = '0000000';
const TWO_CODES = lengths({ [X]: 1, 256: 1 });
const WITH_LENGTHS = lengths({ [X]: 2, 256: 2, 257: 2, 284: 2 }, 286);

/** Valid streams that encoders hardly ever write: name, deflate stream, plain text. */
const VALID: [string, Buffer, string][] = [
  ['an empty fixed block', bits('1 10', FIXED_END), ''],
  ['an empty stored block', bits('1 00 00000', [0, 16], [0xffff, 16]), ''],
  [
    'two stored blocks',
    bits('0 00 00000', [1, 16], [0xfffe, 16], [X, 8], '1 00 00000', [1, 16], [0xfffe, 16], [X, 8]),
    'xx',
  ],
  [
    'an empty block between others',
    bits('0 10', FIXED_X, FIXED_END, '0 10', FIXED_END, '1 10', FIXED_X, FIXED_END),
    'xx',
  ],
  ['a dynamic block of nothing but its end', bits(dynamicHeader(lengths({ 256: 1 }), [0]), '0'), ''],
  ['no distance code at all', bits(dynamicHeader(TWO_CODES, [0]), '00 1'), 'xx'],
  ['one distance code, of one bit', bits(dynamicHeader(WITH_LENGTHS, [1]), '00 10 0 01'), 'xxxx'],
  ['258 as 227 + 31', bits(dynamicHeader(WITH_LENGTHS, [1]), '00 11 11111 0 01'), 'x'.repeat(259)],
  ['258 by its own symbol', bits('1 10', FIXED_X, '11000101', '00000', FIXED_END), 'x'.repeat(259)],
  [
    'codes of 15 bits',
    bits(
      dynamicHeader(lengths({ ...descending(), 256: 15, [X]: 15 }), [0]),
      '111111111111110'.repeat(3),
      '1'.repeat(15),
    ),
    'xxx',
  ],
];

/** Streams that each break one rule of RFC 1951. */
const INVALID: [string, Buffer][] = [
  ['block type 3', bits('1 11')],
  ['a stored length that its complement does not match', bits('1 00 00000', [1, 16], [0xfffd, 16], [X, 8])],
  ['more than 286 literal/length codes', bits('1 01', [30, 5], [0, 5], [0, 4])],
  ['more than 30 distance codes', bits('1 01', [0, 5], [30, 5], [0, 4])],
  ['an empty precode', bits('1 01', [0, 5], [0, 5], [0, 4], '000 000 000 000', [0, 30])],
  ['an incomplete precode', bits('1 01', [0, 5], [0, 5], [0, 4], '000 000 000 100', [0, 300])],
  ['an oversubscribed precode', bits('1 01', [0, 5], [0, 5], [0, 4], '100 100 100 100', [0, 300])],
  [
    'a repetition with nothing before it',
    bits('1 01', [0, 5], [0, 5], [0, 4], '100 000 000 100', '1 00', [0, 300]),
  ],
  [
    'a repetition that runs over the end',
    bits('1 01', [0, 5], [0, 5], [0, 4], '000 000 100 100', '1 1111111 1 1111111'),
  ],
  ['no code for the end of the block', bits(dynamicHeader(lengths({ 0: 1, 1: 1 }), [0]), [0, 64])],
  ['an oversubscribed literal code', bits(dynamicHeader(lengths({ 0: 1, 1: 1, 256: 1 }), [0]), [0, 64])],
  ['an incomplete literal code', bits(dynamicHeader(lengths({ 0: 2, 1: 2, 256: 2 }), [0]), '10', [0, 64])],
  ['an oversubscribed distance code', bits(dynamicHeader(WITH_LENGTHS, [1, 1, 1]), '01', [0, 64])],
  ['an incomplete distance code', bits(dynamicHeader(WITH_LENGTHS, [2, 2]), '01', [0, 64])],
  ['a length where there is no distance code', bits(dynamicHeader(WITH_LENGTHS, [0]), '00 10 0 01', [0, 64])],
  [
    'a distance code that the block does not have',
    bits(dynamicHeader(WITH_LENGTHS, [1]), '00 10 1 01', [0, 64]),
  ],
  ['literal/length symbol 286', bits('1 10', FIXED_X, '11000110', FIXED_END, [0, 64])],
  ['literal/length symbol 287', bits('1 10', FIXED_X, '11000111', FIXED_END, [0, 64])],
  ['distance symbol 30', bits('1 10', FIXED_X, '0000001', '11110', FIXED_END, [0, 64])],
  ['a match with nothing before it', bits('1 10', '0000001', '00000', FIXED_END, [0, 64])],
  ['a distance of one byte too many', bits('1 10', FIXED_X, '0000001', '00001', FIXED_END, [0, 64])],
];

/** Code lengths from 1 to 14, one symbol each. */
function descending(): Record<number, number> {
  return Object.fromEntries(Array.from({ length: 14 }, (_, i) => [i, i + 1]));
}

describe('transcode reads', () => {
  it.each(VALID)('%s', async (_, deflated, text) => {
    const plain = Buffer.from(text);
    const gzip = gzipMember(deflated, plain);
    expect(gunzipSync(gzip).toString()).toBe(text);
    for (const size of [1, gzip.length]) {
      const packed = await collect(transcode(chunked(gzip, size), [{ keep: [0, plain.length] }]));
      expect(gunzipSync(packed).toString()).toBe(text);
    }
    const cut = await collect(
      transcode(chunked(gzip, 1), [
        { insert: Buffer.from('<') },
        { keep: [plain.length >> 1, plain.length] },
      ]),
    );
    expect(gunzipSync(cut).toString()).toBe(`<${text.slice(text.length >> 1)}`);
  });
});

describe('transcode refuses', () => {
  it.each(INVALID)('%s', async (_, deflated) => {
    const gzip = Buffer.concat([gzipMember(deflated, Buffer.alloc(0)), Buffer.alloc(64)]);
    expect(() => gunzipSync(gzip)).toThrow();
    for (const size of [1, gzip.length]) {
      const packed = collect(transcode(chunked(gzip, size), []));
      await expect(packed).rejects.toMatchObject({ name: 'DeflateError', code: 'damaged' });
    }
  });
});
