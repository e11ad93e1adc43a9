import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { digestOf } from '@nx-linuxkit/oci';
import { archiveAt, noise } from './__tests__/archive.js';
import { temporaryFolders } from './__tests__/folder.js';
import { ROW_BYTES, type PackList } from './chunks/index-blob.js';
import { FolderPlace } from './place/folder.js';
import type { FromWorker, WorkerSettings } from './front/messages.js';
import { PublishedIndex } from './write/published-index.js';

/** Compiled, as users run it. */
const WORKER = join(__dirname, '../dist/worker/worker.js');
const CHUNKS = 1_000_000;
const PACKS = 100;
/** Bytes. A build needs the rest of a small machine's memory. */
const LIMIT = 200e6;

const newFolder = temporaryFolders();

/** Packs whose chunks have random names. */
function packsOfChunks(): PackList[] {
  return Array.from({ length: PACKS }, (_, i) => {
    const rows = noise(i, (CHUNKS / PACKS) * ROW_BYTES);
    for (let at = ROW_BYTES - 4; at < rows.length; at += ROW_BYTES) rows.writeUInt32LE(8192, at);
    return { digest: digestOf(Buffer.from(`pack ${i}`)), size: (CHUNKS / PACKS) * 8192, rows };
  });
}

it('a worker that knows a million chunks takes less than 200 MB while it stores an entry', async () => {
  const folder = newFolder();
  const index = new PublishedIndex(new FolderPlace(folder), 0);
  const packs = packsOfChunks();
  for (let i = 0; i < PACKS; i += 25) await index.publish(packs.slice(i, i + 25));

  const settings: WorkerSettings = {
    ...{ to: pathToFileURL(folder).href, from: [], requiredKeys: [], insecure: [] },
    ...{ folder: newFolder(), budget: 20_000, minimumRate: 100_000 },
  };
  const worker = fork(WORKER, [JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    const file = await archiveAt(newFolder(), 'file', noise(1, 30_000_000));
    worker.send({ kind: 'store', hash: '1', file });
    worker.send({ kind: 'end' });
    for (let stored = false; !stored;) {
      const [message] = (await once(worker, 'message')) as [FromWorker];
      if (message.kind === 'problem') throw new Error(message.text);
      if (message.kind === 'stored') {
        expect(message.isStored).toBe(true);
        stored = true;
      }
    }
    const peak =
      Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${worker.pid}/status`, 'utf8'))?.[1]) * 1024;
    process.stderr.write(`worker of ${CHUNKS} chunks: ${(peak / 1e6).toFixed(0)} MB\n`);
    expect(peak).toBeGreaterThan(50e6);
    expect(peak).toBeLessThan(LIMIT);
  } finally {
    worker.kill('SIGKILL');
  }
});
