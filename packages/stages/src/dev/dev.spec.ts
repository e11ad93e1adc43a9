import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { identify, parseOsFile, type OsFile } from '../plan/index.js';
import {
  AGENT_PATH,
  AGENT_PORT,
  compareSystems,
  openLiveSystem,
  readPlaces,
  updateOf,
  writeDevInitrd,
  type LiveSystem,
  type SystemChange,
} from './index.js';

interface Parts {
  readonly cmdline?: string;
  readonly motd?: string;
  readonly env?: string;
  readonly more?: string;
  readonly onboot?: string;
}

const yaml = ({ cmdline = 'quiet', motd = 'hello', env = 'A=1', more = '', onboot = '[]' }: Parts = {}) => `
kernel: {image: test/kernel, tar: none, cmdline: ${cmdline}}
init: [test/init]
onboot: ${onboot}
services:
  - {name: web, image: test/web, env: ["${env}"]}
  - {name: other, image: test/init}
${more}
files: [{path: etc/motd, contents: "${motd}"}, {path: etc/source, source: text/source}]
outputs: [{format: kernel+initrd}, {format: tar}]
`;
const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os', {});
let workspace: TestWorkspace;
let first: LiveSystem;
const opened: LiveSystem[] = [];

beforeAll(async () => {
  workspace = new TestWorkspace();
  workspace.write('os/text/source', 'text');
  await workspace.image('kernel', [[{ name: 'kernel', body: 'the kernel' }]]);
  await workspace.image('init', [[{ name: 'bin/init', body: 'init', mode: 0o755 }]]);
  await addWeb('one');
  await workspace.build('os', yaml(), ['kernel+initrd', 'tar']);
  first = await open();
});
afterAll(async () => {
  await Promise.all(opened.map((system) => system.close()));
  workspace.remove();
});

async function addWeb(text: string, more: string[] = []): Promise<void> {
  await workspace.image('web', [
    [
      { name: 'srv/index.html', body: text },
      { name: 'srv/link', type: 'symlink', linkname: 'index.html' },
      ...more.map((name) => ({ name, body: name })),
    ],
  ]);
}

async function open(): Promise<LiveSystem> {
  const system = (await openLiveSystem(workspace.environment(), os, () => undefined)) as LiveSystem;
  opened.push(system);
  return system;
}

async function changed(text: string): Promise<{ change: SystemChange; next: LiveSystem }> {
  workspace.write('os/linuxkit.yml', text);
  const next = await open();
  return { change: await compareSystems(first, next), next };
}

describe('what a change asks of the guest', () => {
  test('nothing, for a comment', async () => {
    expect((await changed(`${yaml()}# a comment\n`)).change).toEqual({ kind: 'none' });
  });

  test('the service, for its config', async () => {
    const { change } = await changed(yaml({ env: 'A=2' }));
    expect(change).toMatchObject({
      ...{ kind: 'services', services: ['web'] },
      files: [{ path: 'containers/services/web/config.json', change: 'changed' }],
    });
  });

  test.each([
    [{ cmdline: 'panic=1' }, 'kernel: cmdline has changed'],
    [{ motd: 'bye' }, 'etc/motd is of no service'],
    [{ more: '  - {name: third, image: test/init}' }, 'the service third is new'],
    [{ onboot: '[{name: early, image: test/init}]' }, 'containers/onboot'],
  ])('a boot, for %p', async (parts, reason) => {
    const { change } = await changed(yaml(parts));
    expect(change).toEqual({ kind: 'reboot', reason: expect.stringContaining(reason) });
  });

  test('a boot, for a service that is gone', async () => {
    const { change } = await changed(yaml().replace('  - {name: other, image: test/init}\n', ''));
    expect(change).toEqual({ kind: 'reboot', reason: 'the service other is gone' });
  });
});

describe('a new image of a service', () => {
  let next: LiveSystem;
  let change: SystemChange;
  const lock = () => workspace.path('os/linuxkit.lock.json');
  let pinned: string;

  beforeAll(async () => {
    pinned = readFileSync(lock(), 'utf8');
    await addWeb('two', ['srv/new']);
    rmSync(lock());
    await workspace.build('os', yaml(), []);
    ({ change, next } = await changed(yaml()));
  });
  afterAll(async () => {
    writeFileSync(lock(), pinned);
    await addWeb('one');
  });

  test('asks for the service, and its archive brings the guest’s files to the new state', async () => {
    if (change.kind !== 'services') throw new Error(JSON.stringify(change));
    expect(change.services).toEqual(['web']);
    const { removed, archive } = await updateOf(change.files, next.root);
    const guest = mkdtempSync(join(tmpdir(), 'nx-linuxkit-guest-'));
    const srv = join(guest, 'containers/services/web/lower/srv');
    mkdirSync(srv, { recursive: true });
    // A write through this link would change a file of another container.
    execFileSync('ln', ['-s', join(guest, 'victim'), join(srv, 'index.html')]);
    writeFileSync(join(guest, 'victim'), 'untouched');
    execFileSync('xargs', ['-0', 'rm', '-rf'], { cwd: guest, input: removed });
    execFileSync('cpio', ['-idum', '--quiet', '--no-preserve-owner'], { cwd: guest, input: archive });
    expect(readdirSync(srv).sort()).toEqual(['index.html', 'new']);
    expect(readFileSync(join(srv, 'index.html'), 'utf8')).toBe('two');
    expect(readFileSync(join(guest, 'victim'), 'utf8')).toBe('untouched');
    rmSync(guest, { recursive: true });
  });
});

describe('an image that two containers have', () => {
  const second = '  - {name: second, image: test/web}';
  const early = '[{name: early, image: test/web}]';

  test.each([
    ['services: both', { more: second }, { kind: 'services', services: ['second', 'web'] }],
    // The image lies in the folder of its first container.
    ['an onboot container and a service: a boot', { onboot: early }, { kind: 'reboot' }],
  ])('%s', async (_, parts, expected) => {
    const build = async (text: string) => {
      await addWeb(text);
      rmSync(workspace.path('os/linuxkit.lock.json'), { force: true });
      await workspace.build('os', yaml(parts), []);
      return open();
    };
    const before = await build('before');
    expect(await compareSystems(before, await build('after'))).toMatchObject(expected);
  });
});

test('the agent is in no build, and only the copy of an initrd that dev makes has it', async () => {
  await workspace.build('os', yaml(), ['kernel+initrd', 'tar']);
  const initrd = workspace.path('dist/os/kernel+initrd/os-initrd.img');
  const plain = execFileSync('gzip', ['-dc', initrd]);
  expect(plain.includes(AGENT_PATH)).toBe(false);
  expect(readFileSync(workspace.path('dist/os/tar/os.tar')).includes(AGENT_PATH)).toBe(false);
  const copy = workspace.path('dev.img');
  await writeDevInitrd(initrd, copy);
  const bytes = readFileSync(copy);
  const { size, mode } = statSync(initrd);
  // An env may be a secret, so the initrd is its owner's.
  expect([mode & 0o077, statSync(copy).mode]).toEqual([0, mode]);
  expect(bytes.subarray(0, size).equals(readFileSync(initrd))).toBe(true);
  const archive = bytes.subarray(Math.ceil(size / 4) * 4);
  expect(execFileSync('cpio', ['-it', '--quiet'], { input: archive, encoding: 'utf8' })).toContain(
    AGENT_PATH,
  );
  expect(archive.includes(AGENT_PORT)).toBe(true);
});

test('the agent is a script that a shell reads without complaint', () => {
  const script = workspace.path('agent.sh');
  const archive = readFileSync(workspace.path('dev.img'));
  const text = archive
    .subarray(archive.indexOf('#!/bin/sh'), archive.indexOf('TRAILER!!!'))
    .toString('latin1');
  writeFileSync(script, text.slice(0, text.lastIndexOf('done\n') + 5));
  execFileSync('sh', ['-n', script]);
});

test('the folders of YAMLs, sources and packages are watched', () => {
  const places = readPlaces(workspace.root, first.plan);
  const shallow = places.filter(({ isDeep }) => !isDeep).map(({ folder }) => folder);
  expect(shallow).toEqual(
    expect.arrayContaining([workspace.root, workspace.path('os'), workspace.path('os/text')]),
  );
});
