// The tables of growth: on the terminal, and as a part of docs/performance.md.
import { existsSync, readFileSync } from 'node:fs';
import { aligned } from '../table.mjs';
import { megabytes, seconds } from '../targets.mjs';

const RESULT = new URL('../results/growth.json', import.meta.url);

export function printGrowth(result) {
  for (const table of [result.rows.length > 0 && unitTable(result), result.disk && diskTable(result.disk)])
    if (table) console.log(`\n${aligned(table)}`);
}

/** Markdown; nothing where it was never measured. */
export function growthSection() {
  if (!existsSync(RESULT)) return [];
  const result = JSON.parse(readFileSync(RESULT, 'utf8'));
  const { machine, date, disk } = result;
  return [
    '## How costs grow',
    '`npm run bench -- growth` builds systems of tiny images, so that their number alone counts: with empty caches, again, and after an edit of one YAML, without the daemon. Each size was built once. Memory is that of the largest process.',
    aligned(unitTable(result)),
    ...(disk ? [diskText(disk), aligned(diskTable(disk))] : []),
    `Measured on ${date}, ${machine.cores} cores, load ${machine.load.toFixed(1)} when the run began. The raw numbers are in [tools/bench/results/growth.json](../tools/bench/results/growth.json).`,
  ];
}

function unitTable({ rows }) {
  const head = [
    '',
    'Size',
    'Cold',
    'CPU',
    'Memory',
    'Tasks',
    'Nothing',
    'CPU',
    'Memory',
    'Edit',
    'CPU',
    'Tasks',
  ];
  return [
    head,
    ...rows.map(({ title, size, cold, nothing, edit }) => [
      title,
      size.toLocaleString('en'),
      seconds(cold.wall),
      seconds(cold.cpu),
      megabytes(cold.rss),
      String(cold.tasks),
      seconds(nothing.wall),
      seconds(nothing.cpu),
      megabytes(nothing.rss),
      seconds(edit.wall),
      seconds(edit.cpu),
      String(edit.tasks),
    ]),
  ];
}

function diskText({ builds, layer, formats }) {
  return `A system whose formats have ${megabytes(formats)} is built ${builds} times, each time with another top layer of ${megabytes(layer)}. These bytes are on the disk:`;
}

function diskTable({ builds, first, last }) {
  const row = (title, { store, outputs, cache, dist }) => [
    title,
    ...[store, outputs, store + outputs, cache, dist].map(megabytes),
  ];
  const head = ['', 'Store', '.linuxkit', 'Both', 'Nx’s cache', 'dist'];
  return [head, row('After 1 build', first), row(`After ${builds} builds`, last)];
}
