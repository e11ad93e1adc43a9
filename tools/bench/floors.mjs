// Floors that need no Nx: what gunzip and pigz take for the same bytes, on the same machine in the same minute.
import { createReadStream, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { measure } from './measure.mjs';

const tree = createRequire(import.meta.url)('../../packages/tree');

/** U: gunzip of all layers, one after the other, on one core. */
export const inflate = (layers) => shell('exec gzip -dc "$@" > /dev/null', layers);

/** G: the same bytes compressed again at gzip's usual level, on two cores. */
export const recompress = (layers) => shell('gzip -dc "$@" | pigz -6 -p2 > /dev/null', layers);

async function shell(script, files) {
  const { wall, cpu, code, output } = await measure('sh', ['-c', script, 'sh', ...files], {
    env: { PATH: process.env.PATH },
  });
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${output}`);
  return { wall, cpu };
}

/** The initrd beside what `pigz -6` makes of one cpio archive of the same tree. */
export async function initrdSizes(initrd, rootTar) {
  const indexer = new tree.TarIndexer();
  for await (const chunk of createReadStream(rootTar, { highWaterMark: 1 << 20 })) indexer.write(chunk);
  const size = statSync(rootTar).size;
  const source = tree.fileSource(rootTar, { id: 'root', size });
  const image = tree.applyLayers([{ diffID: 'root', size, entries: indexer.end() }], { open: () => source });
  const entries = [...tree.filterTree(image.tree, ({ path }) => !path.startsWith('boot/')).entries()];
  const pigz = spawn('pigz', ['-6', '-p2', '-c'], { stdio: ['pipe', 'pipe', 'inherit'] });
  Readable.from(tree.writeCpio(entries), { objectMode: true, highWaterMark: 2 }).pipe(pigz.stdin);
  let single = 0;
  pigz.stdout.on('data', (chunk) => (single += chunk.length));
  await once(pigz, 'close');
  await source.close();
  return { initrd: statSync(initrd).size, single };
}

export const initrdOf = (dist) => join(dist, 'kernel+initrd/my-os-initrd.img');
