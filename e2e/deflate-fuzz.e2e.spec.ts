import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WHOLE } from './sample.js';

const FUZZ = join(__dirname, '../packages/deflate/fuzz.mjs');
const LAST_SEED = WHOLE ? 10_999 : 1_999;

describe('transcode over random archives, encoders, plans, chunks and damage', () => {
  it(`passes seeds 1000 to ${LAST_SEED}`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [FUZZ, `--seeds=1000-${LAST_SEED}`]);
    expect(stdout).toBe(`seeds 1000 to ${LAST_SEED}: all pass\n`);
  }, 600_000);
});
