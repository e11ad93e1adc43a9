import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One row of the table on the landing page: seconds, the median of the runs. */
export interface Row {
  readonly what: string;
  readonly ours: number;
  readonly linuxkit: number;
}

/** What LinuxKit does for each of these changes is a build: it keeps images, and makes the rest anew. */
const ROWS: Readonly<Record<string, string>> = {
  cold: 'First build',
  image: 'One image changed',
  env: 'One setting of a service changed',
  nothing: 'Nothing changed',
  'nothing-daemon': 'Nothing changed, Nx daemon on',
};

interface Results {
  readonly date: string;
  readonly linuxkit: { readonly cold: { readonly wall: number }; readonly warm: { readonly wall: number } };
  readonly scenarios: readonly { readonly id: string; readonly wall: number }[];
}

const FILE = fileURLToPath(new URL('../bench/results/latest.json', import.meta.url));
declare const data: { date: string; rows: Row[] };
export { data };

export default {
  watch: [FILE],
  /** Reads the last measurement; no number of the landing page is written by hand. */
  load(): { date: string; rows: Row[] } {
    const { date, linuxkit, scenarios } = JSON.parse(readFileSync(FILE, 'utf8')) as Results;
    const rows = Object.entries(ROWS).map(([id, what]) => ({
      what,
      ours: scenarios.find((scenario) => scenario.id === id)!.wall,
      linuxkit: (id === 'cold' ? linuxkit.cold : linuxkit.warm).wall,
    }));
    return { date, rows };
  },
};
