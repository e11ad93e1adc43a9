import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const FUZZ = join(__dirname, '../packages/deflate/fuzz.mjs');

describe('transcode over random archives, encoders, plans, chunks and damage', () => {
  it('passes seeds 1,000 to 10,999', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [FUZZ, '--seeds=1000-10999']);
    expect(stdout).toBe('seeds 1000 to 10999: all pass\n');
  }, 600_000);
});
