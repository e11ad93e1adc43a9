import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { TARGETS } from './fuzz/targets/index.js';
import { WHOLE } from './sample.js';

const FUZZ = join(__dirname, 'fuzz', 'fuzz.cjs');
/** How many samples the whole is. */
const SAMPLES = 25;

describe('damaged input is read or refused by a listed fault, in bounded time and memory', () => {
  it.each(TARGETS.map(({ name, sample }) => [name, WHOLE ? SAMPLES * sample : sample]))(
    '%s: %d inputs',
    (name, inputs) => {
      const args = [FUZZ, `--target=${name}`, `--inputs=0-${inputs - 1}`];
      const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect(stdout + stderr).toMatch(
        new RegExp(`^${name}: ${inputs} inputs, [1-9]\\d* accepted, all pass\n$`),
      );
    },
    600_000,
  );
});
