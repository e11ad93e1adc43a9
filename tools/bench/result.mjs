// The results of runs: tools/bench/results/<name>.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { round } from './samples.mjs';
import { repository } from './workspace.mjs';

export function saveResult(result, name) {
  const folder = join(repository, 'tools/bench/results');
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify(result, (_, value) => (typeof value === 'number' ? round(value) : value), 2);
  writeFileSync(join(folder, `${name}.json`), `${text}\n`);
}

/** Says what was just measured, while a run goes on. */
export function log(line) {
  console.error(`  ${line}`);
}
