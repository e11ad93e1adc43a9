// The table of one `env` in every format: on the terminal, and as a part of docs/performance.md.
import { existsSync, readFileSync } from 'node:fs';
import { aligned } from '../table.mjs';
import { seconds } from '../targets.mjs';

const RESULT = new URL('../results/env.json', import.meta.url);
/** Seconds that a change of a few bytes may take above a batch that does nothing. */
const LIMIT = 0.3;

export const envVerdict = ({ rows }) =>
  rows.map((row) => ({ ...row, over: row.wall - row.floor, ok: row.wall - row.floor <= LIMIT }));

export const printEnv = (result) => console.log(aligned(table(result)));

/** Markdown; nothing where it was never measured. */
export function envSection() {
  if (!existsSync(RESULT)) return [];
  const result = JSON.parse(readFileSync(RESULT, 'utf8'));
  const { machine, date, runs } = result;
  return [
    '## One `env` in each format',
    `\`npm run bench -- env\` changes one \`env\` of \`examples/my-os\` and makes one format, on a machine whose store has what the last build compressed; medians of ${runs} runs. N follows each run. The limit is N + ${LIMIT} s.`,
    aligned(table(result)),
    `Measured on ${date}, ${machine.cores} cores, load ${machine.load.toFixed(1)} when the run began. The raw numbers are in [tools/bench/results/env.json](../tools/bench/results/env.json).`,
  ];
}

function table(result) {
  return [
    ['Format', 'Wall', 'N', 'Over N', 'CPU', 'CPU of N', 'Tasks', 'Holds'],
    ...envVerdict(result).map(({ title, wall, floor, over, cpu, floorCpu, executed, ok }) => [
      title,
      ...[wall, floor, over, cpu, floorCpu].map(seconds),
      String(executed),
      ok ? 'yes' : 'no',
    ]),
  ];
}
