import { readFileSync } from 'node:fs';
import { paxOf } from '@nx-linuxkit/testing';
import { TestWorkspace } from '../../__tests__/test-workspace.js';
import { LOADERS, addBootImages } from '../__tests__/boot-images.js';

jest.setTimeout(120_000);

const APPLE = 'com.apple.provenance';
const ACL = 'system.posix_acl_access';
const record = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [`SCHILY.xattr.${name}`, 'abc']));

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = new TestWorkspace();
  await addBootImages(workspace);
  await workspace.image('mac', [[{ name: 'bin/tool', body: 'x', pax: record(APPLE, ACL, 'user.kept') }]]);
  const many = Array.from({ length: 20 }, (_, i) => ({ name: `f${i}`, body: 'x', pax: record(APPLE) }));
  await workspace.image('many', [many]);
});
afterAll(() => workspace.remove());

const yaml = (image: string) =>
  `kernel: {image: test/kernel, cmdline: quiet}\ninit: [test/init, test/${image}]\n`;
const IMAGE = '(init[1], docker.io/test/mac)';
const warnings = (log: string[]) => log.filter((line) => line.startsWith('warning:'));

it.each([
  ['kernel+squashfs', 'squashfs', [APPLE, ACL]],
  ['kernel+erofs', 'erofs', [APPLE]],
])('%s leaves out what %s cannot hold, with one warning', async (format, fileSystem, attributes) => {
  const log = await workspace.build('os', yaml('mac'), ['tar', format], { loaders: LOADERS });
  const list = attributes.map((name) => `${name} of /bin/tool ${IMAGE}`).join('; ');
  expect(warnings(log)).toEqual([
    `warning: ${format} os: ${fileSystem} cannot hold these extended attributes, so they are left out: ${list}`,
  ]);
  const records = await paxOf(readFileSync(workspace.output('os', 'tar', 'os.tar')));
  expect(Object.keys(records.get('bin/tool')!)).toEqual(
    expect.arrayContaining(Object.keys(record(APPLE, ACL, 'user.kept'))),
  );
});

it('kernel+iso names attributes as well, because Rock Ridge has none', async () => {
  const log = await workspace.build('iso', yaml('mac'), ['kernel+iso'], { loaders: LOADERS });
  expect(warnings(log)).toHaveLength(1);
  for (const name of [APPLE, ACL, 'user.kept']) expect(log.join()).toContain(`${name} of /bin/tool ${IMAGE}`);
});

it('a long list is cut, and counted', async () => {
  const log = await workspace.build('many', yaml('many'), ['kernel+squashfs'], { loaders: LOADERS });
  expect(warnings(log)).toHaveLength(1);
  expect(log.join()).toMatch(/; and 12 more/);
});
