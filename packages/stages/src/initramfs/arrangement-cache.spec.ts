import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tarOf } from '@nx-linuxkit/testing';
import { TestWorkspace, kernelLayer } from '../__tests__/test-workspace.js';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = new TestWorkspace();
  await workspace.image('kernel', [await kernelLayer(tarOf)]);
  await workspace.image('init', [
    [
      { name: 'init', body: 'i', mode: 0o755 },
      { name: 'empty', body: '', mode: 0o644 },
      { name: 'etc/link', type: 'link', linkname: 'init' },
      { name: 'srv', type: 'symlink', linkname: 'etc' },
    ],
  ]);
  await workspace.image('service', [[{ name: 'etc/service', body: 's' }]]);
  await workspace.image('newer', [
    [
      { name: 'etc/newer', body: 'n'.repeat(9999) },
      { name: 'bin', type: 'symlink', linkname: '/' },
    ],
  ]);
  await workspace.image('private', [
    [
      { name: './', type: 'directory', mode: 0o700 },
      { name: 'p', body: '' },
    ],
  ]);
});
/** Removes all results of earlier builds. */
function forget(): void {
  for (const folder of ['store', '.linuxkit', 'dist'])
    rmSync(workspace.path(folder), { recursive: true, force: true });
}

beforeEach(forget);
afterAll(() => workspace.remove());

interface System {
  readonly env?: string;
  readonly files?: readonly object[];
  readonly name?: string;
  readonly image?: string;
}

const MOTD = { path: 'etc/motd', contents: 'hello' };

async function build({
  env = 'A=1',
  files = [MOTD],
  name = 'web',
  image = 'service',
}: System): Promise<void> {
  const services = [{ name, image: `test/${image}`, env: [env] }];
  const yaml = { kernel: { image: 'test/kernel', cmdline: 'quiet' }, init: ['test/init'], services, files };
  await workspace.build('os', JSON.stringify(yaml), ['kernel+initrd']);
}

const initrd = () => readFileSync(workspace.output('os', 'kernel+initrd', 'os-initrd.img'));

function remembered(): number {
  const folder = workspace.path('store', 'derived', 'result');
  if (!existsSync(folder)) return 0;
  const names = readdirSync(folder, { recursive: true }).map(String);
  return names.filter((name) => name.endsWith('-arrangement')).length;
}

/** The first system is built, and then the second, which may recall the arrangement of the first. */
const same: [rule: string, first: System, then: System][] = [
  ['the image of a service', {}, { image: 'newer' }],
  ['an env of a service', { env: 'A=1' }, { env: 'A=12345' }],
  ['the contents of a file', {}, { files: [{ ...MOTD, contents: 'much longer than it was'.repeat(999) }] }],
  [
    'which of two files have equal contents',
    { files: [MOTD, { path: 'etc/issue', contents: 'hello' }] },
    { files: [MOTD, { path: 'etc/issue', contents: 'other' }] },
  ],
  [
    'files that lie behind a symlink',
    { files: [{ path: 'srv/f', contents: '1' }] },
    { files: [{ path: 'srv/f', contents: '2' }] },
  ],
];

const other: typeof same = [
  ['the path of a file', {}, { files: [{ ...MOTD, path: 'etc/other' }] }],
  ['the mode of a file', {}, { files: [{ ...MOTD, mode: '0640' }] }],
  [
    'the target of a symlink',
    { files: [{ path: 'l', symlink: 'a' }] },
    { files: [{ path: 'l', symlink: 'b' }] },
  ],
  ['what an image says of its folder', {}, { image: 'private' }],
  ['the name of a service', {}, { name: 'api' }],
  ['a further file', {}, { files: [MOTD, { path: 'new', directory: true }] }],
];

async function builtTwice(first: System, then: System): Promise<{ count: number; bytes: Buffer }> {
  await build(first);
  await build(then);
  return { count: remembered(), bytes: initrd() };
}

async function builtAnew(system: System): Promise<Buffer> {
  forget();
  await build(system);
  return initrd();
}

it.each(same)('does not depend on %s', async (_rule, first, then) => {
  const { count, bytes } = await builtTwice(first, then);
  expect(count).toBe(1);
  expect(bytes.equals(await builtAnew(then))).toBe(true);
});

it.each(other)('depends on %s', async (_rule, first, then) => {
  const { count, bytes } = await builtTwice(first, then);
  expect(count).toBe(2);
  expect(bytes.equals(await builtAnew(then))).toBe(true);
});

/** A system that replaces a file of an image has a part of the image's layer made again. */
const remade: typeof same = [
  [
    'a name of a hard link',
    { files: [{ path: 'etc/link', contents: '1' }] },
    { files: [{ path: 'etc/link', contents: '2' }] },
  ],
  [
    'an empty file by one that is not',
    { files: [{ path: 'empty', contents: '1' }] },
    { files: [{ path: 'empty', contents: '2' }] },
  ],
];

it.each(remade)(
  'is kept with the parts that were made again, when the OS replaces %s',
  async (_rule, first, then) => {
    const { count, bytes } = await builtTwice(first, then);
    expect(count).toBe(1);
    expect(bytes.equals(await builtAnew(then))).toBe(true);
  },
);

it('is computed again where the store lacks a part that it names', async () => {
  const [, first, then] = remade[0];
  await build(first);
  rmSync(workspace.path('store', 'derived', 'part'), { recursive: true });
  await build(then);
  const bytes = initrd();
  expect(bytes.equals(await builtAnew(then))).toBe(true);
});

it('is not kept when the system puts a file into an image’s folder, because the image may decide where it goes', async () => {
  const at = { path: 'containers/services/web/lower/bin/f', contents: 'x' };
  const { count, bytes } = await builtTwice({ files: [at] }, { files: [at], image: 'newer' });
  expect(count).toBe(0);
  expect(bytes.equals(await builtAnew({ files: [at], image: 'newer' }))).toBe(true);
});

it('distinguishes an empty file, which the image has too, from a file with contents', async () => {
  const at = (contents: string) => ({ files: [{ path: 'empty', mode: '0644', contents }] });
  const { bytes } = await builtTwice(at(''), at('x'));
  expect(bytes.equals(await builtAnew(at('x')))).toBe(true);
});
