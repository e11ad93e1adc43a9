import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, readFileSync, statSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createGunzip, createGzip } from 'node:zlib';
import { noise } from './__tests__/archive.js';
import { temporaryFolders } from './__tests__/folder.js';

/** Compiled, as users run it. */
const PROGRAM = join(__dirname, '../bin/nx-linuxkit-cache.cjs');
const SIZE = 2 ** 30;
const PART = 1 << 20;
/** Bytes. A build needs the rest of a small machine's memory. */
const LIMIT = 200e6;
const TOKEN = 'token';

const newFolder = temporaryFolders();

/** Bytes that do not compress: the body of an entry may be anything that is gzipped. */
function* body(): Generator<Buffer> {
  for (let i = 0; i < SIZE / PART; i++) yield noise(i, PART);
}

/** A server of the cache in a folder. */
async function serve(to: string): Promise<{ child: ChildProcess; url: string }> {
  const args = ['serve', '--to', to, '--port', '0', '--spool', newFolder()];
  const env = { ...process.env, NX_LINUXKIT_CACHE_TOKEN: TOKEN };
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, url: `${line.split('=')[1]}/v1/cache/1` };
}

const headers = { authorization: `Bearer ${TOKEN}` };
async function put(url: string, file: string): Promise<number | undefined> {
  const sent = request(url, {
    method: 'PUT',
    headers: { ...headers, 'content-length': statSync(file).size },
  });
  const answered = once(sent, 'response');
  await pipeline(createReadStream(file), sent);
  const [{ statusCode }] = (await answered) as [IncomingMessage];
  return statusCode;
}

/** The SHA-256 of what an entry has when it is unpacked. */
async function get(url: string): Promise<string> {
  const [answer] = (await once(request(url, { headers }).end(), 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  return sha256(answer.pipe(createGunzip()));
}

async function sha256(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of stream) hash.update(part as Buffer);
  return hash.digest('hex');
}

/** The most memory that a server and its worker have had at once or one after the other, in bytes, then ends both. */
async function peaksOf(child: ChildProcess): Promise<number[]> {
  const workers = execFileSync('ps', ['--ppid', String(child.pid), '-o', 'pid='], { encoding: 'utf8' });
  const peaks = [child.pid, ...workers.trim().split(/\s+/)].map((pid) => {
    const [, size] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
    return Number(size) * 1024;
  });
  child.kill('SIGTERM');
  await once(child, 'exit');
  return peaks;
}

it('an entry of 1 GiB is stored and restored in less than 200 MB', async () => {
  const [folder, file] = [newFolder(), join(newFolder(), 'archive.gz')];
  const to = pathToFileURL(folder).href;
  await pipeline(Readable.from(body()), createGzip({ level: 1 }), createWriteStream(file));
  const wanted = await sha256(Readable.from(body()));

  const writer = await serve(to);
  expect(await put(writer.url, file)).toBe(200);
  while (!existsSync(join(folder, 'tags/n-1'))) await sleep(200);
  const storing = await peaksOf(writer.child);
  const reader = await serve(to);
  expect(await get(reader.url)).toBe(wanted);
  const restoring = await peaksOf(reader.child);

  const shown = [storing, restoring].map((peaks) =>
    peaks.map((bytes) => (bytes / 1e6).toFixed(0)).join(' + '),
  );
  process.stderr.write(`server + worker, MB: storing ${shown[0]}, restoring ${shown[1]}\n`);
  for (const peak of [...storing, ...restoring]) {
    expect(peak).toBeGreaterThan(30e6);
    expect(peak).toBeLessThan(LIMIT);
  }
});
