import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { crc32, gunzipSync } from 'node:zlib';
import { chunked, collect, sampleText } from './__tests__/bytes.js';
import {
  combineCrc,
  compress,
  crcOfEnd,
  GZIP_END_SIZE,
  gzipEnd,
  GZIP_HEADER,
  transcode,
  type Op,
} from './index.js';

/** A member that can be joined, and what it holds. */
interface Member {
  readonly packed: Buffer;
  readonly plain: Buffer;
}

async function compressed(plain: Buffer): Promise<Member> {
  return { packed: await collect(compress(chunked(plain, 4096), { joinable: true })), plain };
}

/** A member that edits another: it keeps the range and inserts bytes around it. */
async function edited(plain: Buffer, start: number, end: number): Promise<Member> {
  const ops: Op[] = [
    { insert: Buffer.from('before') },
    { keep: [start, end] },
    { insert: Buffer.from('behind') },
  ];
  const gzip = await collect(compress(chunked(plain, 4096)));
  const kept = Buffer.concat([Buffer.from('before'), plain.subarray(start, end), Buffer.from('behind')]);
  return { packed: await collect(transcode(chunked(gzip, 1000), ops)), plain: kept };
}

function join(members: readonly Member[]): Buffer {
  let [crc, size] = [0, 0];
  const bodies = members.map(({ packed, plain }) => {
    crc = combineCrc(crc, crcOfEnd(packed.subarray(-GZIP_END_SIZE)), plain.length);
    size += plain.length;
    return packed.subarray(GZIP_HEADER.length, packed.length - GZIP_END_SIZE);
  });
  return Buffer.concat([GZIP_HEADER, ...bodies, gzipEnd(crc, size)]);
}

const plain = fc.oneof(
  fc.constantFrom(Buffer.alloc(0), Buffer.alloc(100_000), sampleText(70_000)),
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
);
const member = fc.oneof(
  plain.map((bytes) => compressed(bytes)),
  fc
    .tuple(plain, fc.nat(), fc.nat())
    .map(
      ([bytes, a, b]) =>
        [bytes, ...[a, b].map((at) => at % (bytes.length + 1)).sort((x, y) => x - y)] as const,
    )
    .map(([bytes, start, end]) => edited(bytes, start as number, end as number)),
);

it('members of any kind join to one that holds the bytes of all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(member, { maxLength: 6 }), async (made) => {
      const members = await Promise.all(made);
      const whole = join(members);
      const expected = Buffer.concat(members.map((one) => one.plain));
      expect(gunzipSync(whole).equals(expected)).toBe(true);
      expect(whole.readUInt32LE(whole.length - 8)).toBe(crc32(expected));
    }),
    { numRuns: 100 },
  );
});

it('each member is whole by itself, and gzip and pigz read what they join to', async () => {
  const members = [
    await compressed(sampleText(3 << 20)),
    await edited(sampleText(2 << 20), 1000, 1_900_000),
    await compressed(Buffer.alloc(0)),
    await edited(Buffer.alloc(0), 0, 0),
  ];
  for (const { packed, plain: bytes } of members) expect(gunzipSync(packed).equals(bytes)).toBe(true);
  const whole = join(members);
  const expected = Buffer.concat(members.map((one) => one.plain));
  execFileSync('gzip', ['-t'], { input: whole });
  for (const tool of ['gzip', 'pigz'])
    expect(execFileSync(tool, ['-dc'], { input: whole, maxBuffer: 1 << 28 }).equals(expected)).toBe(true);
});

it('a member without the option is as short as it can be', async () => {
  const text = sampleText(5000);
  const short = await collect(compress(chunked(text, 5000)));
  expect(short.length).toBeLessThan((await compressed(text)).packed.length);
});
