import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { formats } from '@nx-linuxkit/formats';
import { readOs } from '@nx-linuxkit/spec';
import { TestWorkspace } from './__tests__/test-workspace.js';
import { LOADERS, addBootImages } from './format/__tests__/boot-images.js';
import { hasSecretEnv, hasSecrets } from './plan/secrets.js';

jest.setTimeout(180_000);

/** Bits of a mode that concern others than the owner. */
const OTHERS = 0o077;
const SECRET = 'a-secret-that-no-other-text-has';
const SYSTEM = 'kernel: {image: test/kernel, cmdline: quiet}\ninit: [test/init]\n';
const settings = { loaders: LOADERS, compressor: 'none' } as const;
const forPc = formats
  .filter(({ architectures = ['amd64'] }) => architectures.includes('amd64'))
  .map(({ name }) => name);

let workspace: TestWorkspace;
let umask: number;
beforeAll(async () => {
  umask = process.umask(0o022);
  workspace = new TestWorkspace();
  await addBootImages(workspace);
});
afterAll(() => {
  workspace.remove();
  process.umask(umask);
});

/** All files of the workspace below a folder, with their modes. */
function filesIn(...folder: string[]): { path: string; mode: number }[] {
  const root = workspace.path(...folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => ({ path: join(root, name), found: statSync(join(root, name)) }))
    .filter(({ found }) => found.isFile())
    .map(({ path, found }) => ({ path, mode: found.mode & 0o777 }));
}

const mine = ({ path }: { path: string }) =>
  !path.startsWith(workspace.path('images')) && !/\.yml$/.test(path);

describe.each([
  ['a files entry without a mode', `files: [{path: etc/key, contents: ${SECRET}}]\n`],
  ['a files entry of mode 0400', `files: [{path: etc/key, contents: ${SECRET}, mode: '0400'}]\n`],
  ['an env of a container', `services: [{name: a, image: test/init, env: [KEY=${SECRET}]}]\n`],
])('with %s', (_, rest) => {
  beforeAll(() => workspace.build('os', SYSTEM + rest, forPc, settings));

  it.each(forPc)('the format %s is readable by its owner alone', (format) => {
    const files = filesIn('dist/os', format);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter(({ mode }) => mode & OTHERS)).toEqual([]);
  });

  it('no other file that others can read holds the secret, in the store neither', () => {
    const open = filesIn('.')
      .filter(mine)
      .filter(({ mode }) => mode & OTHERS);
    expect(open.length).toBeGreaterThan(10);
    expect(open.filter(({ path }) => readFileSync(path).includes(SECRET))).toEqual([]);
    const all = filesIn('.').filter(mine);
    expect(all.some(({ path }) => path.endsWith('own.cpio') && readFileSync(path).includes(SECRET))).toBe(
      true,
    );
  });
});

it('without a secret the umask decides', async () => {
  const rest = "files: [{path: etc/motd, contents: hi, mode: '0644'}]\n";
  await workspace.build('open', SYSTEM + rest, ['tar', 'raw-bios', 'kernel+squashfs'], settings);
  for (const { mode } of filesIn('dist/open')) expect(mode).toBe(0o644);
  for (const { mode } of filesIn('.linuxkit/open')) expect(mode).toBe(0o644);
  const history = filesIn('store/derived/history');
  expect(history.length).toBeGreaterThan(0);
  for (const { mode } of history) expect(mode).toBe(0o600);
  const shared = filesIn('store').filter(({ path }) => !history.some((kept) => kept.path === path));
  for (const { mode } of shared) expect(mode & 0o444).toBe(0o444);
});

it('with umask 077 all that a build writes is private', async () => {
  const private_ = new TestWorkspace();
  process.umask(0o077);
  try {
    await addBootImages(private_);
    await private_.build('os', SYSTEM, ['tar', 'raw-bios', 'kernel+squashfs'], settings);
    const names = readdirSync(private_.root, { recursive: true, encoding: 'utf8' });
    expect(names.some((name) => name.startsWith('store/blobs'))).toBe(true);
    for (const name of names) expect(statSync(private_.path(name)).mode & OTHERS).toBe(0);
  } finally {
    process.umask(0o022);
    private_.remove();
  }
});

test.each([
  ['', false, false],
  ["files: [{path: a, contents: x, mode: '0600'}]", false, true],
  ["files: [{path: a, source: x, mode: '0400'}]", false, true],
  ['files: [{path: a, metadata: yaml}]', false, true],
  ["files: [{path: a, contents: x, mode: '0640'}]", false, false],
  ["files: [{path: a, directory: true, mode: '0700'}, {path: b, symlink: /c}]", false, false],
  ['services: [{name: a, image: i, env: []}]', false, false],
  ['onboot: [{name: a, image: i, env: [A=1]}]', true, true],
  ['onshutdown: [{name: a, image: i, env: [A=1]}]', true, true],
  ['services: [{name: a, image: i, env: [A=1]}]', true, true],
])('%j has a secret env: %s, a secret: %s', (yaml, env, any) => {
  const os = readOs('a.yml', () => `init: [i]\n${yaml}\n`);
  expect([hasSecretEnv(os), hasSecrets(os)]).toEqual([env, any]);
});
