import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const TEMPLATE = join(ROOT, 'examples/packer/my-os.json');

it('packer accepts the template, and refuses it with another name of its builder', () => {
  const validate = (path: string) => {
    const { status, stdout } = spawnSync('packer', ['validate', path], { cwd: ROOT, encoding: 'utf8' });
    return { status, stdout };
  };
  expect(validate(TEMPLATE)).toMatchObject({ status: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'packer-'));
  try {
    const wrong = readFileSync(TEMPLATE, 'utf8').replace('"type": "qemu"', '"type": "qemo"');
    writeFileSync(join(folder, 'wrong.json'), wrong);
    expect(validate(join(folder, 'wrong.json'))).toEqual({
      status: 1,
      stdout: expect.stringContaining('Unknown builder qemo'),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
