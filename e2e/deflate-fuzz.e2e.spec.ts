import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WHOLE } from './sample.js';

const FUZZ = join(__dirname, '../packages/deflate/fuzz.mjs');
/** The unit tests run the seeds before. */
const FIRST_SEED = 40;
const LAST_SEED = WHOLE ? 10_999 : 1_039;

describe('transcode over random archives, encoders, plans, chunks and damage', () => {
  it(`passes seeds ${FIRST_SEED} to ${LAST_SEED}`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      FUZZ,
      `--seeds=${FIRST_SEED}-${LAST_SEED}`,
    ]);
    expect(stdout).toBe(`seeds ${FIRST_SEED} to ${LAST_SEED}: all pass\n`);
  }, 600_000);
});
