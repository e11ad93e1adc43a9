import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createHash } from 'node:crypto';
import { temporaryFolders } from '../__tests__/folder.js';
import { Spool, type Spooled } from './spool.js';

const PLACE = 'oci://registry.example/cache';
const newFolder = temporaryFolders();
const body = (text: string) => Readable.from([Buffer.from(text)]);

/** What a process with this number would have left, had it been killed. */
function leftBy(base: string, pid: number, place: string, host = hostname()): void {
  const folder = join(base, `${pid}-left`);
  mkdirSync(join(folder, 'entries'), { recursive: true });
  const key = createHash('sha256').update(place).digest('hex');
  writeFileSync(join(folder, 'owner'), JSON.stringify({ host, pid, place: key }));
  writeFileSync(join(folder, 'entries', '77'), 'archive');
  writeFileSync(join(folder, 'half'), 'arch');
}

/** The number of a process that has ended. */
const ended = () => spawnSync('true').pid;

it('keeps a body, and counts its bytes until it is dropped', async () => {
  const base = newFolder();
  const spool = await Spool.create(base, PLACE, 100);
  const kept = (await spool.take('1', body('archive'), 7)) as Spooled;
  expect(readFileSync(kept.path, 'utf8')).toBe('archive');
  expect(spool.size).toBe(7);
  await spool.drop(kept);
  expect(spool.size).toBe(0);
  await spool.close();
  expect(readdirSync(base)).toEqual([]);
});

it.each([
  ['that does not fit', 'x'.repeat(101), 101, 'too much waits to be stored'],
  ['that ends early', 'arch', 7, '4 of 7 bytes came'],
  ['that goes on', 'archives', 7, '8 of 7 bytes came'],
])('reads a body %s to its end, and keeps nothing of it', async (_, text, length, refused) => {
  const spool = await Spool.create(newFolder(), PLACE, 100);
  const stream = body(text);
  expect(await spool.take('1', stream, length)).toEqual({ refused });
  expect(stream.readableEnded).toBe(true);
  expect(spool.size).toBe(0);
  expect(readdirSync(join(spool.folder, 'entries'))).toEqual([]);
});

it('keeps nothing of a body whose sender fails', async () => {
  const spool = await Spool.create(newFolder(), PLACE, 100);
  const failing = Readable.from(
    (async function* () {
      yield Buffer.from('arch');
      throw new Error('gone');
    })(),
  );
  expect(await spool.take('1', failing, 7)).toEqual({ refused: 'gone' });
  expect(readdirSync(join(spool.folder, 'entries'))).toEqual([]);
});

it('takes over what a process for the same place has left that was killed, and nothing that was incomplete', async () => {
  const base = newFolder();
  leftBy(base, ended(), PLACE);
  const spool = await Spool.create(base, PLACE, 100);
  const adopted = await spool.adopt(base, PLACE);
  expect(adopted.map(({ hash, path, size }) => [hash, readFileSync(path, 'utf8'), size])).toEqual([
    ['77', 'archive', 7],
  ]);
  expect(readdirSync(base)).toHaveLength(1);
  expect(spool.size).toBe(7);
  await spool.close();
});

it('in a container where every process has the same number, takes over as well', async () => {
  const base = newFolder();
  leftBy(base, process.pid, PLACE);
  const spool = await Spool.create(base, PLACE, 100);
  expect(await spool.adopt(base, PLACE)).toHaveLength(1);
  await spool.close();
});

it.each([
  ['a process that lives', process.ppid, PLACE, hostname()],
  ['another place', ended(), 'oci://registry.example/other', hostname()],
  ['another machine', ended(), PLACE, 'another-machine'],
])('leaves alone what belongs to %s', async (_, pid, place, host) => {
  const base = newFolder();
  leftBy(base, pid, place, host);
  const spool = await Spool.create(base, PLACE, 100);
  expect(await spool.adopt(base, PLACE)).toEqual([]);
  expect(readdirSync(base)).toHaveLength(2);
  await spool.close();
});
