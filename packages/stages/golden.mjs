// Writes src/__fixtures__/golden.json anew: after a stage's version was bumped, because its bytes changed.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/jest/bin/jest.js'), 'packages/stages/src/golden.spec.ts'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, NX_LINUXKIT_WRITE_GOLDEN: '1' } },
);
process.exitCode = status ?? 1;
