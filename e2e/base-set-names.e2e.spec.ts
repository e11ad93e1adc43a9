import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest } from '@nx-linuxkit/machine';
import { buildSystem, GUEST_FILES, image, onHost, saidOf, watched } from './base-set/system.js';
import { converse, type Line } from './base-set/terminal.js';

/**
 * Boots a YAML of LinuxKit's names, which the option `images` maps, with memlogd: banner, prompt and logs are those that
 * scripts of LinuxKit users look for.
 */
const root = mkdtempSync(join(tmpdir(), 'base-set-names-'));
const SET = image(root, '');
const IMAGES = { 'linuxkit/': `${SET}/`, 'linuxkit/init': `${SET}/init-linuxkit` };
const probe = { binds: ['/etc/probe:/etc/probe'] };
const shell = (name: string, ...command: string[]) => ({
  name,
  image: 'linuxkit/getty:v1',
  command,
  ...probe,
});

const YAML = {
  kernel: { image: 'linuxkit/kernel:6.12.59', cmdline: 'console=ttyS0 console=ttyS1 quiet' },
  init: ['init:v1', 'runc:v1', 'containerd:v1', 'memlogd:v1'].map((name) => `linuxkit/${name}`),
  onboot: [shell('hello', 'echo', 'hello from onboot')],
  services: [
    {
      name: 'getty',
      image: 'linuxkit/getty:v1',
      env: ['INSECURE=true'],
      devices: [{ path: '/dev/ttyS1', type: 'c', major: 4, minor: 65, mode: '0666' }],
    },
    shell('noise', 'sh', '-c', 'while true; do echo noise; usleep 200000; done'),
    shell('talker', 'sh', '/etc/probe/talk.sh'),
    {
      name: 'logwrite',
      image: 'linuxkit/logwrite:v1',
      command: ['/usr/bin/logwrite', '-max-log-size', '1024', '-interval', '2'],
    },
    { name: 'report', image: 'linuxkit/getty:v1', command: onHost('report-names.sh') },
  ],
  files: GUEST_FILES,
};

const READS = '/proc/1/root/usr/bin/logread | grep -c ";onboot.000-hello.out;hello from onboot$"';
const LOGIN: readonly Line[] = [
  [':~# ', `mkdir -p /run/probe; ${READS} >/run/probe/lines; mv /run/probe/lines /run/probe/login\n`],
  [':~# ', 'exit\n'],
];

let text: string;
let terminal: string;
const said = (name: string) => saidOf(text, name);

beforeAll(async () => {
  const medium = await buildSystem(root, 'os', YAML, { images: IMAGES });
  const line = join(root, 'ttyS1');
  const over = new AbortController();
  const talk = converse(line, LOGIN, over.signal);
  const booted = bootTest({
    medium,
    network: 'none',
    args: ['-chardev', `socket,id=line,path=${line},server=on,wait=off`, '-serial', 'chardev:line'],
    powerOff: true,
    timeout: 900,
    ...watched,
  }).finally(() => over.abort());
  [terminal, { console: text }] = await Promise.all([talk, booted]);
}, 1_200_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the banner and the prompt are LinuxKit’s', () => {
  expect(text).toMatch(/^Welcome to LinuxKit\r?$/m);
  expect(terminal).toMatch(/\(ns: getty\) [\w.()-]+:~# /);
});

test('logwrite writes what memlogd has to a file for each output, and rotates it', () => {
  expect(said('written')).toEqual([
    'talker.out to standard output',
    'talker to standard error',
    'onboot.000-hello.out hello from onboot',
  ]);
  expect(said('rotated')).toEqual(['1']);
});

test('logs of onboot are files in /var/log/onboot too', () => {
  expect(said('onboot')).toEqual(['hello from onboot']);
});

test('logread prints what memlogd has, on the host and in a container, and follows it', () => {
  expect(said('logread')).toEqual([
    expect.stringMatching(/^talker(\.out)?;to standard .*\|talker(\.out)?;to standard .*\|$/),
  ]);
  expect(said('in-container')).toEqual(['1']);
  expect(said('followed')[0]).toContain('said.out;new|');
  expect(said('followed')[0]).toContain('said;wrong|');
});

test('the program logwrite keeps the status of its command', () => {
  expect(said('logwrite')).toEqual(['status 3']);
});

test('memlogd takes descriptors, and answers queries with JSON of lines that are cut at their limit', () => {
  const entries = said('query').map((line) => JSON.parse(line) as Record<string, string>);
  expect(entries[0]).toMatchObject({ source: 'memlogd', msg: 'memlogd started' });
  const passed = entries.filter(({ source }) => source === 'passed').map(({ msg }) => msg);
  expect(passed).toEqual([`a "quoted" word, too long: ${'x'.repeat(1024 - 27)}`]);
  expect(entries.every(({ time }) => !Number.isNaN(Date.parse(time)))).toBe(true);
});

test('without memlogd a service has a file for each output, by LinuxKit’s names', () => {
  expect(said('plain')).toEqual(['to standard output', 'to standard error']);
});

test('the system ends cleanly', () => {
  expect(text).toContain('reboot: Power down');
});
