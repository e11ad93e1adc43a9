// The line about `nx dev`: on the terminal, and as a part of docs/performance.md.
import { existsSync, readFileSync } from 'node:fs';
import { seconds } from '../targets.mjs';

const RESULT = new URL('../results/dev.json', import.meta.url);
/** Seconds under emulation from the change of a file until the guest's web server gives it. */
const LIMIT = 5;

export const devVerdict = ({ live }) => ({ ok: live <= LIMIT });

export function printDev({ live, runs }) {
  const kept = devVerdict({ live }).ok ? 'kept' : 'NOT kept';
  console.log(
    `a changed file is live after ${seconds(live)} (median of ${runs}), at most ${LIMIT} s: ${kept}`,
  );
}

/** Markdown; nothing where it was never measured. */
export function devSection() {
  if (!existsSync(RESULT)) return [];
  const { live, samples, runs, machine, date } = JSON.parse(readFileSync(RESULT, 'utf8'));
  return [
    '## The loop',
    `\`npm run bench -- dev\` runs \`nx dev\` and changes a page in the folder of a package, ${runs} times. The page is live in the emulated machine after ${seconds(live)} (median; ${samples.map(seconds).join(', ')}); the limit is ${LIMIT} s.`,
    `Measured on ${date}, ${machine.cores} cores, load ${machine.load.toFixed(1)} when the run began. The raw numbers are in [tools/bench/results/dev.json](../tools/bench/results/dev.json).`,
  ];
}
