import type { DeflateErrorCode, Op } from './index.js';
import { rewrite } from './index.js';
import { chunked, collect } from './__tests__/bytes.js';

const PLAIN = Buffer.from('0123456789');
const ins = (text: string): Op => ({ insert: Buffer.from(text) });
const keep = (start: number, end: number): Op => ({ keep: [start, end] });

const CASES: [string, Op[], string][] = [
  ['no steps drop all', [], ''],
  ['insert alone', [ins('ab')], 'ab'],
  ['empty insert', [ins('')], ''],
  ['keep all', [keep(0, 10)], '0123456789'],
  ['keep in the middle', [keep(3, 5)], '34'],
  ['keeps that touch', [keep(0, 5), keep(5, 10)], '0123456789'],
  ['insert between keeps that touch', [keep(0, 5), ins('-'), keep(5, 10)], '01234-56789'],
  ['inserts around a gap', [ins('<'), keep(1, 3), ins('|'), ins('|'), keep(7, 10), ins('>')], '<12||789>'],
  ['empty keeps', [keep(0, 0), ins('a'), keep(4, 4), ins('b'), keep(10, 10)], 'ab'],
];

const REFUSED: [string, Op[], DeflateErrorCode][] = [
  ['a keep behind the end', [keep(5, 11)], 'keep-past-end'],
  ['an empty keep behind the end', [keep(11, 11)], 'keep-past-end'],
  ['overlapping keeps', [keep(0, 5), keep(4, 6)], 'bad-ops'],
  ['keeps that go backwards', [keep(5, 6), keep(0, 1)], 'bad-ops'],
  ['an end before the start', [keep(5, 4)], 'bad-ops'],
  ['a negative start', [keep(-1, 4)], 'bad-ops'],
  ['a fraction', [keep(0.5, 4)], 'bad-ops'],
  ['not a number', [keep(NaN, 4)], 'bad-ops'],
  ...[{ keep: 8 }, { keep: [8] }, { drop: [0, 8] }, { insert: 'text' }, null, 8].map(
    (op): [string, Op[], DeflateErrorCode] => [`${JSON.stringify(op)} as a step`, [op as never], 'bad-ops'],
  ),
];

describe('rewrite', () => {
  it.each(CASES)('%s, in chunks of any size', async (_, ops, expected) => {
    for (let size = 1; size <= PLAIN.length; size++) {
      expect((await collect(rewrite(chunked(PLAIN, size), ops))).toString()).toBe(expected);
    }
  });

  it.each(REFUSED)('refuses %s', async (_, ops, code) => {
    for (let size = 1; size <= PLAIN.length; size++) {
      await expect(collect(rewrite(chunked(PLAIN, size), ops))).rejects.toMatchObject({ code });
    }
  });

  it('reads the input to its end after the last keep', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield PLAIN;
      throw new Error('digest mismatch');
    }
    await expect(collect(rewrite(failing(), [keep(0, 1)]))).rejects.toThrow('digest mismatch');
  });
});
