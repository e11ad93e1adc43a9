import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest, mediumOf, type BootMedium } from '@nx-linuxkit/machine';
import { build, identify, openEnvironment, parseOsFile, type OsFile } from '@nx-linuxkit/stages';
import { ociArchiveOf, randomImage, type TestEntry } from '@nx-linuxkit/testing';

const PROGRAMS = {
  '/init': 'init',
  '/bin/rc.init': 'rc.init',
  '/bin/rc.shutdown': 'rc.shutdown',
  '/usr/bin/service': 'service',
};
const SET = '@pkg:@nx-linuxkit/images';
/** An image of busybox alone, whose label says `readonly`. */
const TOOLS = `${SET}/poweroff`;

/** The image `metadata` has jq, with which the stand-ins below read JSON. */
const YAML = `kernel: { image: '${SET}/kernel', cmdline: console=ttyS0 }
init: ['${SET}/metadata', '${SET}/init', '${SET}/runc', '${SET}/containerd', 'oci-archive:linuxkit-init.tar']
volumes:
  - { name: blank }
  - { name: seeded, image: '${TOOLS}' }
onboot:
  - name: reader
    image: '${TOOLS}'
    command: [/bin/sh, -c, 'busybox touch /new || echo read-only']
  - name: writer
    image: '${TOOLS}'
    readonly: false
    command: [/bin/sh, -c, 'busybox touch /new /data/new && echo writable']
    binds: ['blank:/data']
  - name: other
    image: '${TOOLS}'
    readonly: false
    command: [/bin/sh, -c, 'busybox ls /new; busybox ls /data; busybox ls /seed/poweroff; busybox readlink /proc/self/ns/net']
    binds: ['blank:/data', 'seeded:/seed']
    net: new
    runtime:
      mkdir: [/run/made/by/runtime]
      mounts: [{ type: tmpfs, source: tmpfs, destination: /run/mounted, options: [size=1m] }]
      bindNS: { net: /run/netns/other }
  - name: observer
    image: '${TOOLS}'
    readonly: false
    binds: ['/run:/host', '/proc/1/mounts:/mounts']
    command: [/bin/sh, -c, 'busybox find /host/made; busybox grep /run/mounted /mounts; busybox ls /host/netns']
onshutdown:
  - name: farewell
    image: '${TOOLS}'
    command: [/bin/sh, -c, echo going down]
services:
  - name: fixed
    image: '${TOOLS}'
    command: [/bin/sh, -c, 'busybox touch /new || echo read-only; sleep 1000']
  - name: loose
    image: '${TOOLS}'
    readonly: false
    command: [/bin/sh, -c, 'busybox touch /new && echo writable; sleep 1000']
files:
  - { path: etc/hostname, contents: contract, mode: '0644' }
`;

let workspace: string;
let console: string;

/** Stand-ins for the programs of LinuxKit's init image, written after its contract, run on what a build lays out. */
beforeAll(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'nx-linuxkit-contract-'));
  mkdirSync(join(workspace, 'node_modules/@nx-linuxkit'), { recursive: true });
  mkdirSync(join(workspace, 'os'));
  symlinkSync(join(__dirname, '..', 'images'), join(workspace, 'node_modules/@nx-linuxkit/images'));
  writeFileSync(join(workspace, 'package.json'), '{}');
  writeFileSync(join(workspace, 'os/linuxkit.yml'), YAML);
  const image = await randomImage(1, { layers: [{ entries: programs() }] });
  await ociArchiveOf(image, join(workspace, 'linuxkit-init.tar'));
  const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os');
  const formats = ['kernel+initrd'];
  await build(
    openEnvironment(workspace, {}),
    { os, formats, frozen: false, lockCommand: '' },
    () => undefined,
  );
  const result = await bootTest({
    medium: mediumOf('kernel+initrd', join(workspace, 'dist/os/kernel+initrd/os')) as BootMedium,
    expect: ['reboot: Power down'],
    timeout: 300,
    powerOff: true,
  });
  console = result.console;
}, 600_000);
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

function programs(): TestEntry[] {
  return Object.entries(PROGRAMS).map(([path, file]) => ({
    name: path.slice(1),
    mode: 0o755,
    body: readFileSync(join(__dirname, 'linuxkit-init', file), 'utf8'),
  }));
}

test('the programs of init find what they look for', () => {
  expect(console.match(/contract broken.*/g)).toBeNull();
});

test('runc runs onboot in order, and a root is read-only or writable as its entry says', () => {
  expect(saidBy('000-reader')).toContain('read-only');
  expect(saidBy('001-writer')).toEqual(['writable']);
  const starts = [...console.matchAll(/^(\d{3}-\w+) says: /gm)].map(([, id]) => id);
  expect([...new Set(starts)]).toEqual([
    '000-reader',
    '001-writer',
    '002-other',
    '003-observer',
    '000-farewell',
  ]);
});

test('containers of one image have roots of their own, and share volumes', () => {
  const said = saidBy('002-other');
  expect(said).toContain('ls: /new: No such file or directory');
  expect(said).toContain('new');
  expect(said).toContain('/seed/poweroff');
});

test('runtime.json: directories, mounts and namespaces are made', () => {
  const said = saidBy('003-observer').join('\n');
  expect(said).toContain('/host/made/by/runtime');
  expect(said).toMatch(/^tmpfs \/run\/mounted tmpfs .*size=1024k/m);
  expect(said).toContain('other');
  const [, namespace] = /bound net of 002-other: (net:\[\d+\])/.exec(console)!;
  expect(saidBy('002-other')).toContain(namespace);
});

test('containerd runs services, and onshutdown runs at the end', () => {
  expect(console).toMatch(/^fixed +\d+ +RUNNING/m);
  expect(console).toMatch(/^loose +\d+ +RUNNING/m);
  expect(saidBy('fixed')).toContain('read-only');
  expect(saidBy('loose')).toEqual(['writable']);
  expect(saidBy('000-farewell')).toEqual(['going down']);
});

function saidBy(id: string): string[] {
  return console
    .split('\n')
    .flatMap((line) => (line.startsWith(`${id} says: `) ? [line.slice(id.length + 7)] : []));
}
