import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { crc32, gunzipSync, gzipSync } from 'node:zlib';
import { copyFile, DeflateError, hashFile, inThread, transcode, transcodeFile, type Op } from './index.js';
import { chunked, collect, random } from './__tests__/bytes.js';
import { randomPlain } from './__tests__/inputs.js';
import { randomOps } from './__tests__/plans.js';

const PLAIN = randomPlain(random(5), 1_500_000);
const OPS: Op[] = randomOps(random(9), PLAIN.length);

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('the pool of threads', () => {
  let folder: string;
  let plain: string;
  let packed: string;
  let output: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'deflate-pool-'));
    plain = join(folder, 'plain');
    packed = join(folder, 'packed.gz');
    output = join(folder, 'output');
    writeFileSync(plain, PLAIN);
    writeFileSync(packed, gzipSync(PLAIN));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('rejects a value that is not a plan, and does not throw', async () => {
    const result = transcodeFile(packed, [{ keep: 8 } as never], output);
    await expect(result.catch((error: DeflateError) => error.code)).resolves.toBe('bad-ops');
    expect(existsSync(output)).toBe(false);
  });

  it('writes the bytes that the stream yields, and returns their size and checksums', async () => {
    const bytes = await collect(transcode(chunked(readFileSync(packed), 1 << 16), OPS));
    const written = await transcodeFile(packed, OPS, `${output}.t`);
    expect(readFileSync(`${output}.t`).equals(bytes)).toBe(true);
    expect(written).toEqual({
      bytes: bytes.length,
      crc32: crc32(bytes),
      inputSha256: sha256(readFileSync(packed)),
      skipped: 0,
    });
  });

  it('hashes an open file, while other threads read from the same descriptor', async () => {
    const file = openSync(plain, 'r');
    try {
      const results = await Promise.all([hashFile(file), hashFile(file), hashFile(file)]);
      readSync(file, Buffer.alloc(1000));
      for (const result of results) expect(result).toEqual({ bytes: PLAIN.length, sha256: sha256(PLAIN) });
    } finally {
      closeSync(file);
    }
    await expect(hashFile(99_999)).rejects.toMatchObject({ code: 'EBADF' });
  });

  it('copies ranges of the hashed file into one file from several threads, with zeros as holes', async () => {
    const bytes = Buffer.concat([PLAIN, Buffer.alloc(1_000_000), PLAIN]);
    const [source, target] = [join(folder, 'source'), join(folder, 'target')];
    writeFileSync(source, bytes);
    const [file, copy] = [openSync(source, 'r'), openSync(target, 'w')];
    try {
      const cuts = [7, 300_001, PLAIN.length + 999_999, bytes.length - 5];
      const jobs = cuts
        .slice(1)
        .map((end, i) => ({ start: cuts[i], end, output: copy, position: cuts[i] + 3 }));
      const results = await Promise.all(jobs.map((job) => copyFile(file, job)));
      for (const result of results) expect(result).toEqual({ bytes: bytes.length, sha256: sha256(bytes) });
    } finally {
      closeSync(file);
      closeSync(copy);
    }
    const copied = readFileSync(target);
    expect(copied.subarray(10).equals(bytes.subarray(7, -5))).toBe(true);
    expect(copied.subarray(0, 10).equals(Buffer.alloc(10))).toBe(true);
    expect(statSync(target).blocks * 512).toBeLessThan(copied.length - 500_000);
  });

  it('finishes more jobs than there are processors', async () => {
    const outputs = Array.from({ length: 12 }, (_, i) => `${output}.${i}`);
    await Promise.all(outputs.map((path) => transcodeFile(packed, [{ keep: [0, 1000] }], path)));
    for (const path of outputs)
      expect(gunzipSync(readFileSync(path)).equals(PLAIN.subarray(0, 1000))).toBe(true);
  });

  it('refuses damaged input with the error of the stream, leaves no output, and takes further jobs', async () => {
    const damaged = join(folder, 'damaged.gz');
    writeFileSync(damaged, readFileSync(packed).subarray(0, 5000));
    await expect(transcodeFile(damaged, OPS, output)).rejects.toThrow(DeflateError);
    await expect(transcodeFile(damaged, OPS, output)).rejects.toMatchObject({ code: 'truncated' });
    await expect(transcodeFile(packed, [{ keep: [0, 1e9] }], output)).rejects.toMatchObject({
      code: 'keep-past-end',
    });
    await expect(transcodeFile(join(folder, 'none'), [], output)).rejects.toMatchObject({ code: 'ENOENT' });
    // A caller turns a failed system call into an error of its own, so that it must know it for one.
    symlinkSync('/dev/full', output);
    await expect(transcodeFile(packed, OPS, output)).rejects.toMatchObject({
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(existsSync(output)).toBe(false);
    expect(existsSync(output)).toBe(false);
    expect((await transcodeFile(packed, [], output)).bytes).toBeGreaterThan(0);
  });

  it('keeps the process alive only while it has jobs', () => {
    const script = `require(${JSON.stringify(join(__dirname, '..', 'dist', 'index.js'))})
      .transcodeFile(...${JSON.stringify([packed, [{ keep: [0, 10] }], output])}).then((w) => console.log(w.bytes > 0))`;
    const { stdout, status } = spawnSync(process.execPath, ['-e', script], {
      timeout: 10_000,
      encoding: 'utf8',
    });
    expect({ stdout, status }).toEqual({ stdout: 'true\n', status: 0 });
  });

  describe('a module that is called in a thread', () => {
    let module: string;
    beforeAll(() => {
      module = join(folder, 'job.cjs');
      writeFileSync(
        module,
        `exports.default = async ({ fail, port }) => {
          if (fail) throw Object.assign(new TypeError(fail), { code: 'bad' });
          if (port) await new Promise((resolve) => port.once('message', resolve));
          return require('node:worker_threads').threadId;
        };`,
      );
    });

    it('runs in one of as many threads as there are processors', async () => {
      const ids = await Promise.all(Array.from({ length: 8 }, () => inThread<number>(module, {})));
      expect(ids).not.toContain(0);
      expect(new Set(ids).size).toBeLessThanOrEqual(availableParallelism());
    });

    describe('is loaded before there is work for it', () => {
      const index = JSON.stringify(join(__dirname, '..', 'dist', 'index.js'));
      const run = (script: string) =>
        spawnSync(
          process.execPath,
          ['-e', `const { inThread, startThreads } = require(${index}); ${script}`],
          {
            timeout: 10_000,
            encoding: 'utf8',
          },
        );

      it('by as many threads as there are processors, which do not keep the process alive', () => {
        const loads = join(folder, 'loads');
        const noting = join(folder, 'noting.cjs');
        const thread = "require('node:worker_threads').threadId";
        writeFileSync(
          noting,
          `require('node:fs').appendFileSync(${JSON.stringify(loads)}, ${thread} + '\\n')`,
        );
        const { stderr, status } = run(`for (let i = 0; i < 3; i++) startThreads(${JSON.stringify(noting)})`);
        expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
        const threads = readFileSync(loads, 'utf8').trim().split('\n');
        expect(threads.length).toBe(availableParallelism());
        expect(new Set(threads).size).toBe(threads.length);
      });

      it('and fails when it is called, if it cannot be loaded', () => {
        const none = JSON.stringify(join(folder, 'none.cjs'));
        const { stdout, stderr } = run(
          `startThreads(${none}); inThread(${none}, {}).catch(({ code }) => console.log(code))`,
        );
        expect({ stdout, stderr }).toEqual({ stdout: 'MODULE_NOT_FOUND\n', stderr: '' });
      });
    });

    it('fails with the message and the code of its error', async () => {
      await expect(inThread(module, { fail: 'no' })).rejects.toMatchObject({ message: 'no', code: 'bad' });
    });

    it('does not hold up jobs that compute while it waits', async () => {
      const ports = Array.from({ length: 2 * availableParallelism() }, () => new MessageChannel());
      const waiting = ports.map(({ port2: port }) =>
        inThread<number>(module, { port }, { transfer: [port] }),
      );
      await transcodeFile(packed, OPS, `${output}.w`);
      for (const { port1 } of ports) port1.postMessage('go');
      expect((await Promise.all(waiting)).length).toBe(ports.length);
    });
  });
});
