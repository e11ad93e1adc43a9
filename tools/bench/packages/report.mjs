// The packages' table: on the terminal, and as a part of docs/performance.md.
import { existsSync, readFileSync } from 'node:fs';
import { aligned } from '../table.mjs';
import { megabytes, seconds } from '../targets.mjs';

const RESULT = new URL('../results/packages.json', import.meta.url);

const ROWS = [
  {
    id: 'cold',
    title: 'Empty caches, each image pushed to the registry',
    built: (result) => result.packages,
  },
  { id: 'nothing', title: 'Nothing changed', limit: (N) => 1.1 * N, text: '1.1 N', built: () => 0 },
  {
    id: 'edit',
    title: 'A file of the first of a chain',
    limit: (N) => N + 0.5,
    text: 'N + 0.5 s',
    built: () => 3,
  },
  { id: 'clone', title: 'A second clone, empty caches, the registry', built: () => 0 },
  {
    id: 'copy',
    title: 'The command, a COPY of 50 MB',
    limit: (floor) => 2 * floor,
    text: '2 × `tar \\| pigz -6 -p2`',
    built: () => 1,
  },
];

export function packagesVerdict(result) {
  return ROWS.map(({ id, title, limit, text = '', built }) => {
    const row = result[id];
    const isFast = !limit || row.wall <= limit(row.floor.wall);
    return { id, title, row, text, ok: isFast && row.built === built(result) };
  });
}

export function printPackages(result) {
  console.log(aligned(table(result)));
}

/** Markdown; nothing where it was never measured. */
export function packagesSection() {
  if (!existsSync(RESULT)) return [];
  const result = JSON.parse(readFileSync(RESULT, 'utf8'));
  const { machine, packages, runs, date } = result;
  return [
    '## Packages from Dockerfiles',
    `\`npm run bench -- packages\` builds ${packages} packages in chains of three, each with a file of 200 kB, by \`nx run-many -t build\`, and N right after each build; medians of ${runs} rounds, in which what takes tenths of a second is measured three times. The plugin option \`packages.registry\` names a registry on loopback. No Dockerfile has RUN, so that no builder's time is in it. Built counts the images that were made and not taken from anywhere: another number than the expected one fails the run.`,
    aligned(table(result)),
    `Measured on ${date}, ${machine.cores} cores, load ${machine.load.toFixed(1)} when the run began. The raw numbers are in [tools/bench/results/packages.json](../tools/bench/results/packages.json).`,
  ];
}

function table(result) {
  const head = ['', 'Wall', 'Floor', 'At most', 'CPU', 'CPU of floor', 'Memory', 'Built', 'Kept'];
  const rows = packagesVerdict(result).map(({ title, row, text, ok }) => [
    title,
    seconds(row.wall),
    row.floor ? seconds(row.floor.wall) : '',
    text,
    seconds(row.cpu),
    row.floor ? seconds(row.floor.cpu) : '',
    megabytes(row.rss),
    String(row.built),
    ok ? 'yes' : '**no**',
  ]);
  return [head, ...rows];
}
