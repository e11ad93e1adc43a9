// The formats' table: on the terminal, and as a part of docs/performance.md.
import { existsSync, readFileSync } from 'node:fs';
import { aligned } from '../table.mjs';
import { megabytes, seconds } from '../targets.mjs';

const RESULT = new URL('../results/formats.json', import.meta.url);
/** Node alone takes 50 MB, two threads 20 more; what a format keeps is chunks, blocks in flight and the tree. */
const MEMORY = 256e6;
/** How many times as long as `cp` and as `qemu-img convert -c` a format may take for the same bytes. */
const LIMITS = { copied: 2, compressed: 1.2 };

export function formatsVerdict({ rows }) {
  return rows.map((row) => {
    const limit = row.compressed ? LIMITS.compressed : LIMITS.copied;
    return { ...row, limit, ok: row.ratio <= limit && row.rss <= MEMORY };
  });
}

export function printFormats(result) {
  console.log(aligned(table(result)));
}

/** Markdown; nothing where it was never measured. */
export function formatsSection() {
  if (!existsSync(RESULT)) return [];
  const result = JSON.parse(readFileSync(RESULT, 'utf8'));
  const { machine, size, runs, date } = result;
  return [
    '## Formats of 1 GB',
    `\`npm run bench -- formats\` makes every format in one process, without Nx, from ${megabytes(size)}, half noise and half text, in eight verified segments; times are ${runs === 1 ? 'of one run' : `the least of ${runs} runs`}. The floor follows each format: \`cp\` of its output, or \`qemu-img convert -c\` of the payload where the format compresses. The limits are ${LIMITS.copied} and ${LIMITS.compressed} times the floor, and ${megabytes(MEMORY)} of memory.`,
    aligned(table(result)),
    'Formats that compress deflate blocks on all cores. Formats that copy read and write 512 KiB at a time, by blocking calls in one thread; `cp` stays in the kernel (`copy_file_range`), for which Node has no call. When the host has to find memory first, `cp` of 1 GB takes up to ten times as long, so the least of several runs counts.',
    `Measured on ${date}, ${machine.cores} cores, load ${machine.load.toFixed(1)} when the run began. The raw numbers are in [tools/bench/results/formats.json](../tools/bench/results/formats.json).`,
  ];
}

function table(result) {
  const head = [
    'Format',
    'Wall',
    'Floor',
    'Ratio',
    'At most',
    'CPU',
    'CPU of floor',
    'Memory',
    'Size',
    'Kept',
  ];
  return [
    head,
    ...formatsVerdict(result).map(({ title, wall, cpu, ratio, limit, floor, rss, size, ok }) => [
      title,
      seconds(wall),
      seconds(floor.wall),
      ratio.toFixed(2),
      String(limit),
      seconds(cpu),
      seconds(floor.cpu),
      megabytes(rss),
      megabytes(size),
      ok ? 'yes' : '**no**',
    ]),
  ];
}
