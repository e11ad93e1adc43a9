import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitTag } from './git-tag.js';

let root: string;
const shell = (command: string, cwd = root) =>
  execFileSync('sh', ['-c', command], { cwd, encoding: 'utf8' }).trim();
const commit = () =>
  shell('git add -A && git -c user.name=t -c user.email=t@localhost -c commit.gpgsign=false commit -q -m c');

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'git-tag-'));
  shell('git init -q');
  for (const name of ['pkg/app', 'src/lib']) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, 'pkg/app/Dockerfile'), 'FROM scratch\n');
  writeFileSync(join(root, 'pkg/app/b'), 'b');
  writeFileSync(join(root, 'src/lib/c'), 'c');
  symlinkSync('b', join(root, 'pkg/app/link'));
  commit();
});
afterEach(() => rmSync(root, { recursive: true }));

const app = () => join(root, 'pkg/app');
/** LinuxKit's rule in shell: the bytes of tracked, then of untracked files. */
const dirtyHash = () =>
  shell(
    '(git ls-files; git ls-files --exclude-standard --others) | while read f; do [ -L "$f" ] || cat "$f"; done | sha256sum | cut -c1-7',
    app(),
  );

test('the hash is git’s object of the folder, and of the whole tree for the top of a repository', async () => {
  expect(await gitTag(app())).toEqual({ hash: shell('git rev-parse HEAD:pkg/app'), isDirty: false });
  expect(await gitTag(root)).toEqual({ hash: shell('git rev-parse HEAD^{tree}'), isDirty: false });
});

test('further sources join as the sha1 of all hashes in a row', async () => {
  const joined = shell(
    'printf %s "$(git rev-parse HEAD:pkg/app)$(git rev-parse HEAD:src/lib)" | sha1sum | cut -c1-40',
  );
  expect((await gitTag(app(), [join(root, 'src/lib')])).hash).toBe(joined);
});

test.each<[string, () => void]>([
  ['a changed file', () => writeFileSync(join(app(), 'b'), 'changed')],
  ['a new file', () => writeFileSync(join(app(), 'new'), 'new')],
  ['a staged file', () => (writeFileSync(join(app(), 'staged'), 's'), shell('git add -A'))],
  ['a removed file', () => rmSync(join(app(), 'b'))],
])('%s adds a hash of all bytes', async (_, change) => {
  const clean = (await gitTag(app())).hash;
  change();
  expect(await gitTag(app())).toEqual({ hash: `${clean}-dirty-${dirtyHash()}`, isDirty: true });
});

test('a mode makes a package dirty without a part in its hash, nor has the name of a new file', async () => {
  const clean = (await gitTag(app())).hash;
  chmodSync(join(app(), 'b'), 0o755);
  expect((await gitTag(app())).hash).toBe(`${clean}-dirty-${dirtyHash()}`);
  writeFileSync(join(app(), 'new'), 'new');
  const before = (await gitTag(app())).hash;
  renameSync(join(app(), 'new'), join(app(), 'other'));
  expect((await gitTag(app())).hash).toBe(before);
});

test('what another folder changes, and what git ignores, leaves a package clean', async () => {
  writeFileSync(join(root, '.gitignore'), '*.log\n');
  commit();
  writeFileSync(join(root, 'src/lib/c'), 'changed');
  writeFileSync(join(app(), 'x.log'), 'log');
  expect((await gitTag(app())).isDirty).toBe(false);
});

test('outside of a repository there is no hash, and before a first commit an error says why', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'git-tag-none-'));
  expect(await gitTag(outside)).toEqual({ hash: '', isDirty: false });
  await expect(gitTag(app(), [outside])).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('not a git repository'),
  });
  mkdirSync(join(root, 'pkg/new'));
  await expect(gitTag(join(root, 'pkg/new'))).rejects.toThrow('is in no commit');
  rmSync(outside, { recursive: true });
});
