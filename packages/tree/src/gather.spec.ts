import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { gather, type GatherWriter, type InputFile } from './gather.js';

const MIB = 1 << 20;
const folder = mkdtempSync(join(tmpdir(), 'gather-spec-'));
const bytes = Buffer.from(Array.from({ length: 3 * MIB }, (_, k) => ((k * 7 + (k >> 8)) & 255) | 1));
writeFileSync(join(folder, 'input'), bytes);
const input: InputFile = {
  fd: openSync(join(folder, 'input'), 'r'),
  endsEarly: (at) => new Error(`nothing at ${at}`),
};
afterAll(() => {
  closeSync(input.fd);
  rmSync(folder, { recursive: true, force: true });
});

async function written(produce: (output: GatherWriter) => Promise<void>): Promise<Buffer> {
  const file = await open(join(folder, 'output'), 'w');
  try {
    await gather(file, produce);
  } finally {
    await file.close();
  }
  return readFileSync(join(folder, 'output'));
}

it('writes bytes and ranges of any size to their positions, with gaps of any size between them', async () => {
  const size = fc.oneof(fc.nat(5000), fc.nat(200_000), fc.nat(2.5 * MIB));
  const piece = fc.record({
    size,
    gap: fc.oneof(fc.constant(0), size),
    start: fc.nat(MIB / 2),
    copy: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 12 }), async (pieces) => {
      const expected: Buffer[] = [];
      let at = 0;
      const output = await written(async (to) => {
        for (const { size: length, gap, start, copy } of pieces) {
          const part = Buffer.from(bytes.subarray(start, start + length));
          expected.push(Buffer.alloc(gap), part);
          if (copy) await to.range(input, start, start + length, at + gap);
          else {
            const lent = Buffer.from(part);
            await to.bytes(lent, at + gap);
            lent.fill(0);
          }
          at += gap + length;
        }
      });
      const whole = Buffer.concat(expected);
      // A gap at the end is not written.
      expect(output.equals(whole.subarray(0, output.length))).toBe(true);
      expect(whole.subarray(output.length).every((byte) => byte === 0)).toBe(true);
    }),
    { numRuns: 25 },
  );
});

it('takes positions in any order', async () => {
  const output = await written(async (to) => {
    await to.bytes(Buffer.from('last'), 2 * MIB);
    await to.range(input, 0, 100_000, 4096);
    await to.bytes(Buffer.from('first'), 0);
  });
  const expected = Buffer.alloc(2 * MIB + 4);
  expected.write('first', 'latin1');
  bytes.copy(expected, 4096, 0, 100_000);
  expected.write('last', 2 * MIB, 'latin1');
  expect(output.equals(expected)).toBe(true);
});

it('does not overwrite gaps with zeros: a job or an earlier write may have filled them', async () => {
  const output = await written(async (to) => {
    await to.bytes(Buffer.from('b'), 10);
    await to.bytes(Buffer.from('a'), 0);
    await to.meanwhile(31, async () => {
      await to.file.write('d', 30);
    });
    await to.bytes(Buffer.from('c'), 20);
    await to.bytes(Buffer.from('e'), 40);
  });
  expect(output.toString('latin1').replaceAll('\0', '.')).toBe('a.........b.........c.........d.........e');
});

it('writes no blocks of zeros, neither of bytes nor of copied ranges', async () => {
  writeFileSync(join(folder, 'zeros'), Buffer.concat([Buffer.alloc(MIB), Buffer.from('x')]));
  const zeros = { ...input, fd: openSync(join(folder, 'zeros'), 'r') };
  const output = await written(async (to) => {
    await to.bytes(Buffer.alloc(MIB), 0);
    await to.range(zeros, 0, MIB + 1, MIB);
    to.afterwards(async () => closeSync(zeros.fd));
  });
  expect(output.equals(Buffer.concat([Buffer.alloc(2 * MIB), Buffer.from('x')]))).toBe(true);
  expect(statSync(join(folder, 'output')).blocks * 512).toBeLessThan(100_000);
});

it.each([100, 2 * MIB])(
  'fails with the error of an input that ends early, in a range from %d bytes before its end',
  async (size) => {
    const past = bytes.length - size;
    await expect(written((to) => to.range(input, past, bytes.length + 1, 5))).rejects.toThrow(
      `nothing at ${bytes.length}`,
    );
  },
);

describe('jobs of meanwhile', () => {
  it('run side by side, up to a limit', async () => {
    let [running, most] = [0, 0];
    await written(async (to) => {
      for (let i = 0; i < 100; i += 1) {
        await to.meanwhile(0, async () => {
          most = Math.max(most, (running += 1));
          await setTimeout(1);
          running -= 1;
        });
      }
    });
    expect(running).toBe(0);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThan(100);
  });

  it('that fail let the other jobs end, then inputs are closed, and later writes are refused', async () => {
    const ended: string[] = [];
    const failing = written(async (to) => {
      to.afterwards(async () => void ended.push('closed'));
      await to.meanwhile(0, async () => {
        await setTimeout(20);
        ended.push('slow');
      });
      await to.meanwhile(0, () => Promise.reject(new Error('the first')));
      await setTimeout(1);
      await to.bytes(Buffer.from('late'), 0);
      ended.push('late');
    });
    await expect(failing).rejects.toThrow('the first');
    expect(ended).toEqual(['slow', 'closed']);
  });
});
