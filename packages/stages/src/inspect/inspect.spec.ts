import { formats } from '@nx-linuxkit/formats';
import { inspectPage, type InspectedSystem, type SizeNode } from '@nx-linuxkit/inspect';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { identify, parseOsFile, type OsFile } from '../plan/index.js';
import { inspectSystem } from './index.js';
import { startCommands } from './start.js';

const YAML = (motd: string) => `
kernel: {image: test/kernel, tar: none, cmdline: console=ttyS0}
init: [test/init]
onboot: [{name: first, image: test/init, capabilities: [all], net: host, readonly: true}]
onshutdown: [{name: last, image: test/init}]
services:
  - name: web
    image: test/web
    capabilities: [CAP_CHOWN]
    binds: ["/var:/srv", "/etc/motd:/etc/motd:ro"]
    net: new
    env: [PASSWORD=tr0ub4dor]
files: [{path: etc/motd, contents: "${motd}"}]
outputs: [{format: tar}]
`;
const DPKG =
  'Package: app\nVersion: 1.0-2\nArchitecture: amd64\n\nPackage: bare\nVersion: 2\nArchitecture: all\n';
const APK = 'P:busybox\nV:1.36\nL:GPL-2.0-only\nF:bin\nR:init\n\n';

const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os', {});
let workspace: TestWorkspace;
let system: InspectedSystem;
beforeAll(async () => {
  workspace = new TestWorkspace();
  await workspace.image('kernel', [[{ name: 'kernel', body: 'the kernel' }]]);
  await workspace.image('init', [
    [
      { name: 'bin/init', body: 'init', mode: 0o755 },
      { name: 'lib/apk/db/installed', body: APK },
    ],
  ]);
  await workspace.image(
    'web',
    [
      [
        { name: 'usr/bin/app', body: 'x'.repeat(5000), mode: 0o755 },
        { name: 'bin', type: 'symlink', linkname: 'usr/bin' },
        { name: 'var/lib/dpkg/status', body: DPKG },
        { name: 'var/lib/dpkg/info/app:amd64.list', body: '/.\n/bin\n/bin/app\n' },
      ],
      [{ name: 'etc/web.conf', body: 'y'.repeat(300) }],
    ],
    { ExposedPorts: { '443/tcp': {}, '80/tcp': {} } },
  );
  await workspace.build('os', YAML('one'.repeat(9)), ['tar']);
  await workspace.build('os', YAML('two'.repeat(9)), ['tar']);
  system = await inspectSystem(workspace.environment(), os, () => undefined);
});
afterAll(() => workspace.remove());

function part(node: SizeNode, ...names: readonly RegExp[]): SizeNode | undefined {
  const [first, ...rest] = names;
  if (!first) return node;
  const child = node.children?.find(({ name }) => first.test(name));
  return child && part(child, ...rest);
}

it('a file lies in its package, its layer and its image, by its path there', () => {
  const { content } = system;
  expect(part(content, /test\/web/, /^layer 1 of 2$/, /^app 1\.0-2$/, /^usr\/bin\/app$/)).toEqual({
    ...{ name: 'usr/bin/app', kind: 'file', size: 5000 },
  });
  expect(part(content, /test\/web/, /^layer 2 of 2$/, /^etc\/web\.conf$/)).toMatchObject({ size: 300 });
  expect(part(content, /^os\/linuxkit\.yml$/, /^etc\/motd$/)).toMatchObject({ size: 27 });
});

it('the sizes of the parts of every node give its own', () => {
  const check = ({ size, children }: SizeNode): void => {
    if (!children) return;
    expect(children.reduce((sum, child) => sum + child.size, 0)).toBe(size);
    children.forEach(check);
  };
  check(system.content);
  expect(system.content.size).toBe(system.unpacked);
});

it('the order of a boot has rights, binds and ports, and what runs at the shutdown is last', () => {
  expect(system.steps.map(({ name }) => name)).toEqual(['test/kernel', 'test/init', 'first', 'web', 'last']);
  const [, , first, web] = system.steps;
  expect(first.container).toMatchObject({ capabilities: ['all'], readonly: true });
  expect(first.container?.shares).toContain('network');
  expect(web.container).toMatchObject({
    ...{ capabilities: ['CAP_CHOWN'], ports: ['80/tcp', '443/tcp'], readonly: false },
  });
  expect(web.container?.binds).toEqual(['/etc/motd:/etc/motd:ro', '/var:/srv']);
  expect(web.container?.shares).not.toContain('network');
});

it('the last build has its tasks with their times, and what had changed', () => {
  expect(system.build?.changes).toEqual([
    { input: 'files/etc/motd: contents', change: 'changed', made: ['initramfs', 'tar'] },
  ]);
  expect(system.build?.tasks.map(({ target }) => target)).toEqual(['initramfs', 'tar']);
  for (const { milliseconds } of system.build?.tasks ?? []) expect(milliseconds).toBeGreaterThanOrEqual(0);
});

it('what a build makes is first among the formats, with the files that are there', () => {
  const [first, ...others] = system.formats;
  expect(first).toMatchObject({ name: 'tar', isBuilt: true, files: [{ name: 'os.tar' }] });
  expect(first.files[0].size).toBeGreaterThan(5000);
  expect(others.every(({ isBuilt, files }) => !isBuilt && files.length === 0)).toBe(true);
});

it('packages of dpkg and apk have versions, images and the sizes of their files, each copy counted', () => {
  expect(system.packages).toEqual([
    expect.objectContaining({ name: 'app', version: '1.0-2', type: 'deb', size: 5000 }),
    expect.objectContaining({ name: 'bare', version: '2', type: 'deb', size: 0 }),
    expect.objectContaining({ name: 'busybox', version: '1.36', type: 'apk', size: 8 }),
  ]);
  expect(system.packages[0].images).toEqual([expect.stringContaining('test/web')]);
  expect(system.packages.map(({ license }) => license)).toEqual([undefined, undefined, 'GPL-2.0-only']);
});

it('no value of an env and no contents of a file are in the page', () => {
  const page = inspectPage(system);
  expect(page).not.toContain('tr0ub4dor');
  expect(page).not.toContain('PASSWORD');
});

it.each(formats.map((format) => [format.name, format] as const))(
  'the format %s has a command that starts it',
  (name, format) => {
    const plan = { name: '@scope/os', dist: 'dist/os', settings: {} };
    const commands = startCommands(format, plan);
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.join('\n')).not.toMatch(/[{}]|undefined/);
    if (format.medium) expect(commands[0]).toBe(`nx boot @scope/os --format=${name}`);
  },
);
