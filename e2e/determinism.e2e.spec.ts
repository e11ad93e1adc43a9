import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { writeMixedSystem } from './determinism/mixed-system.js';

const FORMATS = ['tar', 'docker', 'kernel+initrd', 'tar-kernel-initrd'];
const SCRIPT = join(__dirname, 'determinism/build-system.cjs');

/** A machine that builds. Its properties differ from those of other machines, and no output may show them. */
interface Builder {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly umask: string;
  readonly processors: string;
  readonly order: 'segments-last-first' | 'as-asked';
}

const BUILDERS: readonly Builder[] = [
  {
    folder: 'a',
    env: { TZ: 'Pacific/Kiritimati', LANG: 'C', LC_ALL: 'C', UV_THREADPOOL_SIZE: '1' },
    umask: '000',
    processors: '0',
    order: 'as-asked',
  },
  {
    folder: 'another folder/mit Ümläuten',
    env: { TZ: 'America/St_Johns', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', UV_THREADPOOL_SIZE: '16' },
    umask: '077',
    processors: '0,1',
    order: 'segments-last-first',
  },
];

let base: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-determinism-'));
  const original = join(base, 'original');
  await writeMixedSystem(original);
  // The system is locked once, and both machines get the lock with the repository.
  build({ ...BUILDERS[0], folder: 'original' }, ['tar']);
  for (const folder of ['dist', '.linuxkit', 'store']) rmSync(join(original, folder), { recursive: true });
  for (const { folder } of BUILDERS) {
    mkdirSync(join(base, folder, '..'), { recursive: true });
    cpSync(original, join(base, folder), { recursive: true });
  }
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function build({ folder, env, umask, processors, order }: Builder, formats: readonly string[]): void {
  const command = 'umask "$1"; shift; exec taskset -c "$@"';
  const args = [umask, processors, process.execPath, SCRIPT, join(base, folder), order, ...formats];
  execFileSync('sh', ['-c', command, 'sh', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Returns the SHA-256 of every file that a build made, by path. */
function digests(folder: string): Record<string, string> {
  const found = ['dist', '.linuxkit'].flatMap((top) =>
    readdirSync(join(base, folder, top), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return Object.fromEntries(
    found
      .sort()
      .map((path) => [
        relative(join(base, folder), path),
        createHash('sha256').update(readFileSync(path)).digest('hex'),
      ]),
  );
}

it('a mixed OS has the same bytes on each machine and in each order of its parts', () => {
  build(BUILDERS[0], FORMATS);
  build(BUILDERS[1], [...FORMATS].reverse());
  const [first, second] = BUILDERS.map(({ folder }) => digests(folder));
  expect(Object.keys(first).length).toBeGreaterThan(50);
  expect(second).toEqual(first);
});
