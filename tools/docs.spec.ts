import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const STAGES = join(ROOT, 'packages/stages/src');
/** Folders of the pipeline that are not stages. */
const NO_STAGE = ['plan', 'layers', '__fixtures__', '__tests__'];

const foldersOf = (path: string) =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !NO_STAGE.includes(entry.name))
    .map((entry) => join(path, entry.name));

describe('the reference', () => {
  it('is what tools/docs.mjs generates from the sources, and explains every error code', () => {
    execFileSync(process.execPath, ['tools/docs.mjs', '--check'], { cwd: ROOT, stdio: 'pipe' });
  }, 30_000);

  it.each([
    ...foldersOf(STAGES),
    ...readdirSync(join(ROOT, 'packages')).map((name) => join(ROOT, 'packages', name)),
  ])('%s says in a README.md what it is for', (folder) =>
    expect(existsSync(join(folder, 'README.md'))).toBe(true),
  );
});
