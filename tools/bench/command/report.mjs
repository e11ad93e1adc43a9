// The command's table: on the terminal, and as a part of docs/performance.md.
import { existsSync, readFileSync } from 'node:fs';
import { aligned } from '../table.mjs';
import { megabytes, seconds } from '../targets.mjs';

const RESULT = new URL('../results/command.json', import.meta.url);

/** Shares of LinuxKit's time: images that share no layer, and a small change when everything is there. */
const ROWS = [
  { title: 'Empty caches', ours: 'cold', theirs: 'cold', limit: 0.4 },
  { title: 'All images there, one `env` changed', ours: 'env', theirs: 'env', limit: 1 / 15 },
  { title: 'All images there, nothing changed', ours: 'nothing', theirs: 'env' },
];

export function commandVerdict(result) {
  return ROWS.map(({ title, ours, theirs, limit }) => {
    const [mine, other] = [result[ours], result.linuxkit?.[theirs]];
    const ratio = other && mine.wall / other.wall;
    return { title, mine, other, ratio, limit, ok: !ratio || !limit || ratio <= limit };
  });
}

export function printCommand(result) {
  console.log(aligned(table(result)));
}

/** Markdown; nothing where it was never measured beside LinuxKit. */
export function commandSection() {
  if (!existsSync(RESULT)) return [];
  const result = JSON.parse(readFileSync(RESULT, 'utf8'));
  const { machine, images, runs, date, linuxkit } = result;
  return [
    '## The command',
    `\`npm run bench -- command\` builds a YAML of ${images} images that share no layer by \`nx-linuxkit build\`, and by \`linuxkit build --no-sbom\` (${linuxkit.version}) in the same rounds, as kernel+initrd; medians of ${runs} rounds. A round changes one \`env\` several times.`,
    aligned(table(result)),
    `Measured on ${date}, ${machine.cores} cores, load ${machine.load.toFixed(1)} when the run began. The raw numbers are in [tools/bench/results/command.json](../tools/bench/results/command.json).`,
  ];
}

function table(result) {
  const head = [
    '',
    'LinuxKit',
    'nx-linuxkit',
    'Ratio',
    'At most',
    'CPU of LinuxKit',
    'CPU',
    'Memory',
    'Kept',
  ];
  const rows = commandVerdict(result).map(({ title, mine, other, ratio, limit, ok }) => [
    title,
    seconds(other?.wall),
    seconds(mine.wall),
    ratio ? ratio.toFixed(3) : '',
    limit ? limit.toFixed(3) : '',
    seconds(other?.cpu),
    seconds(mine.cpu),
    megabytes(mine.rss),
    limit && ratio ? (ok ? 'yes' : '**no**') : '',
  ]);
  return [head, ...rows];
}
