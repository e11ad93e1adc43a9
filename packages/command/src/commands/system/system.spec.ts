import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layoutOf, randomImage } from '@nx-linuxkit/testing';
import { call, type Called } from '../../__tests__/call.js';

const RECORDS = [
  { name: 'etc/os-release', body: 'ID=debian\nVERSION_ID="12"\n' },
  {
    name: 'var/lib/dpkg/status',
    body: 'Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: 3.0.1-1\n',
  },
  { name: 'usr/share/doc/libssl3/copyright', body: 'See /usr/share/common-licenses/Apache-2.0.' },
];
const FEED = {
  openssl: {
    'CVE-2024-1': {
      releases: { bookworm: { status: 'resolved', fixed_version: '3.0.2-1', urgency: 'high' } },
    },
  },
};

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-system-'));
  const image = await randomImage(3, { layers: [{ entries: RECORDS }] });
  layoutOf([{ name: 'docker.io/our/app:1', image }], join(folder, '.linuxkit/cache'));
  writeFileSync(join(folder, 'os.yml'), 'init: [our/app:1]\n');
  writeFileSync(join(folder, 'feed.json'), JSON.stringify(FEED));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (command: string, ...flags: string[]): Promise<Called> =>
  call(folder, [command, '--arch', 'amd64', ...flags, 'os.yml']);

it('sbom writes both documents into the folder that --dir names', async () => {
  expect(await run('sbom', '--dir', 'out')).toMatchObject({ code: 0 });
  expect(readdirSync(join(folder, 'out')).sort()).toEqual(['os.cdx.json', 'os.spdx.json']);
  const [image] = JSON.parse(readFileSync(join(folder, 'out/os.cdx.json'), 'utf8')).components;
  expect(image.components.map(({ name }: { name: string }) => name)).toEqual(['libssl3']);
});

it('licenses prints lines or JSON, and fails for what is denied after it has printed', async () => {
  const lines = await run('licenses');
  expect(lines).toMatchObject({ code: 0, stdout: expect.stringContaining('Apache-2.0 (1):\n  libssl3') });
  const { code, stdout, log } = await run('licenses', '--json', '--deny', 'Apache-2.0');
  expect({ code, log }).toMatchObject({ code: 1, log: expect.stringContaining('licences are refused') });
  expect(JSON.parse(stdout).licenses).toEqual([expect.objectContaining({ license: 'Apache-2.0' })]);
});

it('scan prints lines or JSON, and fails by severity after it has printed', async () => {
  const feed = ['--with', 'feed.json'];
  const lines = await run('scan', ...feed, '--fail-on', 'critical');
  expect(lines.code).toBe(0);
  expect(lines.stdout).toMatch(/high +CVE-2024-1 {2}libssl3 3\.0\.1-1 .*: fixed in 3\.0\.2-1/);
  const { code, stdout, log } = await run('scan', ...feed, '--json', '--fail-on', 'high');
  expect({ code, log }).toMatchObject({ code: 1, log: expect.stringContaining('severity high or higher') });
  expect(JSON.parse(stdout).findings).toEqual([expect.objectContaining({ id: 'CVE-2024-1' })]);
});

it.each([
  [['licenses', '--allow', 'GPL-2.0-onl'], 'did you mean GPL-2.0-only?'],
  [['scan'], 'to name the file of a feed'],
  [['scan', '--with', 'gone.json'], 'there is no feed gone.json'],
  [['scan', '--with', 'os.yml'], 'os.yml is no feed that can be read'],
  [['scan', '--with', 'feed.json', '--fail-on', 'much'], 'fail-on is "much"'],
  [['licenses', '--deny', 'GPL'], 'did you mean GPL-1.0-only, GPL-1.0-or-later, GPL-2.0-only, '],
  [['scan', '--with', 'feed.json', '--vex', 'feed.json'], 'feed.json:1:1: this is no OpenVEX document'],
])('%j is refused', async ([command, ...flags], message) => {
  expect(await run(command, ...flags)).toMatchObject({ code: 1, log: expect.stringContaining(message) });
});

it.each(['sbom', 'licenses', 'scan'])('%s without a file says how it is called', async (command) => {
  const { code, log } = await call(folder, [command]);
  expect(code).toBe(1);
  expect(log).toContain(`${command} needs the path of a YAML file`);
});
