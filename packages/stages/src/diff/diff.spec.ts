import { execFileSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pushTo, randomImage, startRegistry } from '@nx-linuxkit/testing';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { identify, parseOsFile, type OsFile, type Settings } from '../plan/index.js';
import { pushSystem } from '../publish/system/push-system.js';
import { diffLines, diffSystem, type SystemDiff } from './index.js';

const DPKG = (version: string) =>
  `Package: app\nStatus: install ok installed\nVersion: ${version}\n\nPackage: same\nVersion: 1\n`;
const YAML = (motd: string, more = '') =>
  `kernel: {image: test/kernel, tar: none}\ninit: [test/init]\nservices: [{name: web, image: test/web, env: [KEY=${motd}]}]\n` +
  `files: [{path: etc/motd, contents: "${motd}\\n", mode: '0644'}, {path: etc/key, contents: ${motd}}${more}]\n`;

const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os', {});
let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = new TestWorkspace();
  await workspace.image('kernel', [[{ name: 'kernel', body: 'the kernel' }]]);
  await workspace.image('init', [[{ name: 'bin/init', body: 'init', mode: 0o755 }]]);
  await addWeb('1.0');
  workspace.write('os/linuxkit.yml', YAML('one'));
  await workspace.build('os', YAML('one'), ['kernel+initrd']);
  cpSync(workspace.path('dist/os'), workspace.path('earlier'), { recursive: true });
});
afterAll(() => workspace.remove());

async function addWeb(version: string): Promise<void> {
  await workspace.image('web', [
    [
      { name: 'var/lib/dpkg/status', body: DPKG(version) },
      { name: 'bin/web', body: `web ${version}`, mode: version === '1.0' ? 0o755 : 0o700 },
      { name: 'bin/link', type: 'symlink', linkname: 'web' },
    ],
  ]);
}

function diff(named: string, settings: Settings = {}): Promise<SystemDiff> {
  const environment = workspace.environment(settings);
  const request = { os, with: named, cwd: workspace.root, settingsAt: () => environment.settings };
  return diffSystem(environment, request, () => undefined);
}

const byPath = ({ files }: SystemDiff) => new Map(files.map((file) => [file.path, file]));

it('a system is what its own initrd unpacks to', async () => {
  const same = await diff('earlier');
  expect(same.files).toEqual([]);
  expect(diffLines(same)).toEqual(['os for linux/amd64, compared with earlier: no difference']);
});

describe('after a change', () => {
  let changed: SystemDiff;
  beforeAll(async () => {
    await addWeb('2.0');
    const yaml = YAML('two', ', {path: etc/new, symlink: /etc/motd}');
    await workspace.build('os', yaml, ['kernel+initrd']);
    execFileSync('rm', ['-r', workspace.path('os/linuxkit.lock.json')]);
    await workspace.build('os', yaml, ['kernel+initrd']);
    changed = await diff('earlier/kernel+initrd');
  });

  it('files that came, or have other bytes, modes or sizes are listed, and none else', () => {
    const web = 'containers/services/web/lower';
    const files = byPath(changed);
    expect([...files.keys()].filter((path) => !/config\.json$|^etc\/linuxkit/.test(path))).toEqual([
      `${web}/bin/web`,
      `${web}/var/lib/dpkg/status`,
      'etc/key',
      'etc/motd',
      'etc/new',
    ]);
    expect(files.get(`${web}/bin/web`)).toMatchObject({
      change: 'changed',
      before: { mode: '0755', size: 7, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      after: { mode: '0700', size: 7 },
    });
    expect(files.get('etc/new')).toMatchObject({
      change: 'added',
      after: { type: 'symlink', target: '/etc/motd' },
    });
  });

  it('a package has another version, at its place', () => {
    expect(changed.packages).toEqual([
      { name: 'app in containers/services/web/lower', before: '1.0', after: '2.0' },
    ]);
  });

  it('a text that others may read is shown as a diff, and no secret is', () => {
    const files = byPath(changed);
    expect(files.get('etc/motd')?.text).toContain('\n-one\n+two\n');
    expect(files.get('etc/key')).toMatchObject({ change: 'changed' });
    expect(files.get('etc/key')?.text).toBeUndefined();
    const config = files.get('containers/services/web/config.json');
    expect(config?.change).toBe('changed');
    expect(config?.text).toBeUndefined();
  });

  it('lines for people name mode, size and content, and the texts follow', () => {
    const lines = diffLines(changed);
    expect(lines).toContain('  ~ containers/services/web/lower/bin/web (mode 0755 -> 0700, content)');
    expect(lines).toContain('  ~ app in containers/services/web/lower: 1.0 -> 2.0');
    expect(lines).toContain('+two');
  });
});

it('a git ref is planned and made beside the repository, with the images that it pins', async () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: workspace.root });
  git('init', '--quiet');
  workspace.write('.gitignore', 'dist\nstore\n.linuxkit\nearlier\n');
  git('add', '.');
  git('commit', '--quiet', '-m', 'one');
  workspace.write('os/linuxkit.yml', YAML('three'));
  const { files, images, packages } = await diff('HEAD');
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['etc/motd', 'etc/new']));
  expect(byPath({ files } as SystemDiff).get('etc/new')?.change).toBe('removed');
  expect(images).toEqual([]);
  expect(packages).toEqual([]);
  expect(git('status', '--porcelain').toString().trim()).toBe('M os/linuxkit.yml');
  git('rm', '--quiet', '--cached', 'os/linuxkit.yml');
  git('commit', '--quiet', '-m', 'two');
  await expect(diff('HEAD')).rejects.toMatchObject({
    code: 'missing-file',
    message: 'HEAD has no os/linuxkit.yml',
  });
});

it('a system in a registry is pulled and compared', async () => {
  const registry = await startRegistry();
  try {
    const to = `${registry.host}/systems/os:1.0`;
    const prefix = workspace.path('earlier/kernel+initrd/os');
    const settings = { insecure: [registry.host] };
    const system = {
      name: 'os',
      platform: 'linux/amd64',
      formats: [{ format: 'kernel+initrd', prefix }],
      to,
    };
    await pushSystem(workspace.environment(settings), system, () => undefined);
    const { files } = await diff(to, settings);
    expect(files.map(({ path }) => path)).toContain('etc/motd');
    await pushTo(
      registry,
      await randomImage(1, { layers: [{ entries: [{ name: 'a', body: 'a' }] }] }),
      'image:1',
    );
    await expect(diff(`${registry.host}/image:1`, settings)).rejects.toMatchObject({ code: 'bad-image' });
  } finally {
    await registry.stop();
  }
});

it.each([
  ['nothing-of-the-kind', 'bad-option', /is no folder, no git ref and no reference/],
  ['os', 'missing-file', /there is no initrd of kernel\+initrd in os/],
])('%s is refused', async (named, code, message) => {
  await expect(diff(named)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

it('a folder may be named by its absolute path', async () => {
  expect((await diff(workspace.path('earlier'))).files).toEqual((await diff('earlier')).files);
});

it.each(['zstd', 'none'] as const)('an initrd that is compressed by %s is read', async (compressor) => {
  const settings = { compressor };
  await workspace.build('os', YAML('one'), ['kernel+initrd'], settings);
  workspace.write('os/linuxkit.yml', YAML('four'));
  const { files } = await diff('dist/os', settings);
  expect(files.map(({ path }) => path)).toContain('etc/motd');
});

it.each([
  ['no cpio', Buffer.from('a text that is no archive'), /is compressed otherwise than with gzip or zstd$/],
  ['a frame of zstd that is cut', Buffer.from('28b52ffd04', 'hex'), /cannot be decompressed/],
  [
    'no cpio in gzip',
    gzipSync('a text that is no archive, and longer than a header of cpio has to be, by far. '.repeat(3)),
    /no cpio header at byte 0/,
  ],
  [
    'an archive that is cut',
    gzipSync(
      `070701${'0'.repeat(40)}${'0'.repeat(8)}7fffffff${'0'.repeat(32)}00000002${'0'.repeat(8)}a\0\0\0`,
    ),
    /ends within|no cpio header/,
  ],
])('an initrd that is %s is refused with a name', async (_, bytes, message) => {
  workspace.write('broken/os-initrd.img', '');
  writeFileSync(join(workspace.path('broken'), 'os-initrd.img'), bytes);
  await expect(diff('broken')).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(message),
  });
});
