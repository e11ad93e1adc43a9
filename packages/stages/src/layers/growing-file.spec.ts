import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { piecesOf, type Growth } from './growing-file.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-growing-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function growing(path: string) {
  const { port1, port2 } = new MessageChannel();
  let text = '';
  const read = (async () => {
    for await (const piece of piecesOf({ path, growth: port2 })) text += Buffer.from(piece).toString();
  })();
  read.catch(() => undefined);
  return { tell: (growth: Growth) => port1.postMessage(growth), read, text: () => text, port: port1 };
}

test('a file that is complete is read to its end', async () => {
  const path = join(folder, 'file');
  writeFileSync(path, 'all of it');
  const pieces = [];
  for await (const piece of piecesOf({ path })) pieces.push(Buffer.from(piece).toString());
  expect(pieces).toEqual(['all of it']);
});

test('bytes are read before the file is complete', async () => {
  const path = join(folder, 'file');
  const file = growing(path);
  writeFileSync(path, 'one ');
  file.tell({ path, size: 4 });
  await sleep(50);
  expect(file.text()).toBe('one ');
  appendFileSync(path, 'two');
  file.tell({ path, size: 7 });
  file.tell('complete');
  await file.read;
  expect(file.text()).toBe('one two');
});

test('a late reader finds the file under its new name', async () => {
  const [old, path] = [join(folder, 'old'), join(folder, 'new')];
  writeFileSync(old, 'moved');
  renameSync(old, path);
  const file = growing(path);
  file.tell({ path: old, size: 5 });
  file.tell('complete');
  await file.read;
  expect(file.text()).toBe('moved');
});

test.each(['failed', 'closed'])('a writer that has %s ends the reader', async (how) => {
  const path = join(folder, 'file');
  writeFileSync(path, 'half');
  const file = growing(path);
  file.tell({ path, size: 4 });
  await sleep(20);
  if (how === 'failed') file.tell('failed');
  else file.port.close();
  await expect(file.read).rejects.toThrow('not completed');
});

test('a file without bytes is complete before it has its name', async () => {
  const file = growing(join(folder, 'not-renamed-yet'));
  file.tell('complete');
  await file.read;
  expect(file.text()).toBe('');
});
