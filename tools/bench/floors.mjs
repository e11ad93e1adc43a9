// Floors that need no Nx: what gunzip and pigz take for the same bytes, on the same machine in the same minute.
import { createReadStream, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { measure } from './measure.mjs';

const tree = createRequire(import.meta.url)('../../packages/tree');

/** Programs that inflate, the fastest first. GNU gzip takes four times as long as the first one. */
const INFLATERS = [
  { name: 'igzip', version: '--version', script: 'exec igzip -d -c "$@" > /dev/null' },
  {
    name: 'libdeflate-gunzip',
    version: '-V',
    script: 'for file; do libdeflate-gunzip -k -c "$file" || exit; done > /dev/null',
  },
  { name: 'gzip', version: '--version', script: 'exec gzip -dc "$@" > /dev/null' },
];

/** The fastest program of this machine that inflates, with its version. */
export function inflater() {
  for (const one of INFLATERS) {
    const { status, stdout, stderr } = spawnSync(one.name, [one.version], { encoding: 'utf8' });
    if (status === 0) return { ...one, version: /\d[\d.]*/.exec(stdout + stderr)?.[0] ?? '' };
  }
  throw new Error('expected one of igzip, libdeflate-gunzip and gzip on PATH');
}

/** U: all layers inflated, one after the other, on one core, by the fastest program that is there. */
export const inflate = (layers) => shell(inflater().script, layers);

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
