import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readBuild } from '@nx-linuxkit/debian';
import type { Container, Label } from '@nx-linuxkit/spec';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { privilegesOf } from './privileges.js';

const asks = (label: Label, container: Partial<Container> = {}) =>
  privilegesOf({ name: 'a', image: 'a', ...container }, label);

test.each<[Label, string[]]>([
  [{ capabilities: ['all'] }, ['all capabilities']],
  [{ capabilities: ['ALL'] }, ['all capabilities']],
  [{ ambient: ['all'] }, ['all capabilities']],
  [{ devices: [{ path: 'all', type: 'a' }] }, ['all devices']],
  [{ devices: [{ path: 'all', type: 'c' }] }, ['all devices']],
  [{ binds: ['/:/host'] }, ['a bind of / to /host']],
  [{ binds: ['/:/host:ro'] }, ['a bind of / to /host']],
  [{ binds: ['/run/..//:/host'] }, ['a bind of / to /host']],
  [
    { binds: ['/etc/:/etc', '/usr/bin/runc:/x'] },
    ['a bind of /etc to /etc', 'a bind of /usr/bin/runc to /x'],
  ],
  [{ binds: ['/run/containerd/containerd.sock:/s'] }, ['a bind of /run/containerd/containerd.sock to /s']],
  [{ mounts: [{ type: 'bind', source: '/', destination: '/h' }] }, ['a bind of / to /h']],
  [{ mounts: [{ source: '/', destination: '/h', options: ['rbind'] }] }, ['a bind of / to /h']],
  [{ runtime: { mounts: [{ type: 'bind', source: '/', destination: 'h' }] } }, ['a bind of / to h']],
])('a label %j asks for %j', (label, expected) => expect(asks(label)).toEqual(expected));

test.each<Label>([
  {},
  { capabilities: ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN'], pid: 'host', net: 'host' },
  { capabilities: ['none'] },
  {
    devices: [
      { path: 'all', type: 'b' },
      { path: '/dev/console', type: 'c' },
    ],
  },
  {
    binds: ['/dev:/dev', '/run:/run', '/var:/var:rshared', '/sys:/sys', '/etc/resolv.conf:/etc/resolv.conf'],
  },
  { binds: ['/etc:/hostetc:ro', '/usr/bin:/b:rbind,ro'] },
  { binds: ['data:/data'], mounts: [{ type: 'tmpfs', source: '/', destination: '/t' }] },
])('a label %j asks for nothing that LinuxKit’s images do not commonly have', (label) =>
  expect(asks(label)).toEqual([]),
);

test('what the YAML’s entry says itself is not the label’s', () => {
  const label: Label = {
    capabilities: ['all'],
    binds: ['/:/host'],
    runtime: { mounts: [{ type: 'bind', source: '/', destination: 'h' }] },
  };
  const mounts = label.runtime!.mounts;
  expect(asks(label, { capabilities: ['all'], binds: ['/:/host'], runtime: { mounts } })).toEqual([]);
  expect(asks(label, { binds: [], runtime: { mkdir: ['a'] } })).toEqual([
    'all capabilities',
    'a bind of / to h',
  ]);
});

test('of the base set only what manages the whole machine is reported', () => {
  const root = join(__dirname, '../../../../images');
  // An image that is built on another one has no label of its own.
  const folders = readdirSync(root).filter((name) => existsSync(join(root, name, 'build.lock.json')));
  const reported = folders.flatMap((name) => {
    const file = join(root, name, 'build.yml');
    const { config } = readBuild(readFileSync(file, 'utf8'), file);
    return config && asks(config as Label).length > 0 ? [name] : [];
  });
  expect(folders.length).toBeGreaterThan(20);
  // Those of LinuxKit's labels that ask for all devices, the processes of the machine, or its root.
  const onDevices = ['acpid', 'bless', 'dm-crypt', 'docker', 'host-timesync-daemon', 'mount', 'swap'];
  expect(reported.sort()).toEqual([...onDevices, 'getty', 'node_exporter', 'sshd', 'tss', 'update'].sort());
});

describe('a build', () => {
  let workspace: TestWorkspace;
  const label = (config: Label) => ({ Labels: { 'org.mobyproject.config': JSON.stringify(config) } });
  const YAML = `init: [test/plain]
services:
  - {name: a, image: 'test/root'}
  - {name: b, image: 'test/root'}
  - {name: c, image: test/tools}
  - {name: d, image: test/plain}
`;
  const LINES = [
    'the label of test/root (services[0], services[1]) asks for all capabilities, a bind of / to /host',
    'the label of test/tools (services[2]) asks for a bind of /etc to /etc',
  ];
  const build = (settings = {}) => workspace.build('os', YAML, ['tar'], settings);

  beforeAll(async () => {
    workspace = new TestWorkspace();
    const entries = [[{ name: 'bin/a', body: 'x' }]];
    await workspace.image('root', entries, label({ capabilities: ['all'], binds: ['/:/host'] }));
    await workspace.image('tools', entries, label({ binds: ['/etc:/etc'] }));
    await workspace.image('plain', entries, label({ capabilities: ['CAP_SYS_ADMIN'] }));
  });
  afterAll(() => workspace.remove());
  const reported = (lines: string[]) => lines.filter((line) => line.includes('the label of'));

  it('reports each image in one line, also when nothing is made', async () => {
    for (const log of [await build(), await build()])
      expect(reported(log)).toEqual(LINES.map((line) => `os: ${line}`));
  });

  it('reports nothing with `allow`, and not the images of privilegedImages', async () => {
    expect(reported(await build({ imagePrivileges: 'allow' }))).toEqual([]);
    expect(reported(await build({ privilegedImages: ['test/root'] }))).toEqual([`os: ${LINES[1]}`]);
    expect(reported(await build({ privilegedImages: ['test/'] }))).toEqual([]);
    expect(reported(await build({ privilegedImages: ['docker.io/test/tools'] }))).toEqual([
      `os: ${LINES[0]}`,
    ]);
    expect(reported(await build({ privilegedImages: ['tes', 'root', '/'] }))).toHaveLength(2);
  });

  it('with `deny` fails before an initramfs is made, though a build that allowed was there', async () => {
    await build({ imagePrivileges: 'allow' });
    await expect(build({ imagePrivileges: 'deny' })).rejects.toMatchObject({
      code: 'denied-privileges',
      message: LINES.join('; '),
      where: { file: 'os/linuxkit.yml' },
      hint: expect.stringContaining('privilegedImages: ["test/root","test/tools"]'),
    });
    await build({
      imagePrivileges: 'deny',
      privilegedImages: ['test/root', 'test/tools:latest', 'test/tools'],
    });
  });

  it('with `deny` passes where the YAML says it itself', () => {
    const own = YAML.replaceAll(
      "'test/root'",
      "'test/root', capabilities: [all], binds: ['/:/host']",
    ).replace('image: test/tools', 'image: test/tools, binds: []');
    return workspace.build('own', own, ['tar'], { imagePrivileges: 'deny' });
  });

  it('refuses a policy that does not exist', () =>
    expect(build({ imagePrivileges: 'denny' })).rejects.toMatchObject({
      message: `the plugin's option imagePrivileges: expected one of report, deny, allow, got "denny"`,
      where: { file: 'nx.json' },
    }));
});
