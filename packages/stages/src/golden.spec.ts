import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenDigests, type Golden } from './__tests__/golden-digests.js';
import { stageNames } from './stages.js';

const FILE = join(__dirname, '__fixtures__/golden.json');

/** Set by `golden.mjs`, which writes the file anew. */
const WRITE = process.env.NX_LINUXKIT_WRITE_GOLDEN === '1';

/**
 * The bytes that each stage writes for fixed images, beside the version that the stage had. Other bytes under
 * the same version would meet a cache that has the old ones: bump the version in stages.ts, then run
 * `node packages/stages/golden.mjs`.
 */
describe('golden digests', () => {
  let actual: Golden;
  let expected: Golden;
  beforeAll(async () => {
    actual = await goldenDigests();
    if (WRITE) writeFileSync(FILE, `${JSON.stringify(actual, null, 2)}\n`);
    expected = JSON.parse(readFileSync(FILE, 'utf8')) as Golden;
  });

  it('exist for every stage', () => {
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
  });

  it.each(stageNames)('%s writes the bytes of its version', (stage) => {
    const [now, then] = [actual[stage], expected[stage]];
    if (now.version === then.version) expect(now.files).toEqual(then.files);
    else
      throw new Error(`${stage} has version ${now.version}, golden.json has ${then.version}: run golden.mjs`);
  });
});
