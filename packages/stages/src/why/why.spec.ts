import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { systemNodeName } from '../plan/index.js';
import { readHistory } from './history.js';
import { whyBuilt, whyLines, type Why } from './index.js';

const SECRET = 'hunter2';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = new TestWorkspace();
  for (const name of ['init', 'web', 'other']) {
    await workspace.image(name, [[{ name: `bin/${name}`, body: name }]]);
  }
});
afterAll(() => workspace.remove());

const why = () => whyBuilt(workspace.environment({}), 'os', 'nx build os');
const names = ({ changes }: Why) =>
  changes.map(({ place, name, change }) => `${place} ${name ?? ''} ${change}`);

async function build(yaml: string, formats = ['tar']): Promise<Why> {
  await workspace.build('os', yaml, formats);
  return why();
}

const YAML = (env: string, more = '') =>
  `init: [test/init]\nservices: [{name: web, image: test/web, env: [KEY=${env}]}${more}]\nfiles: [{path: etc/b, source: b}]\n`;

it('the first build has nothing to compare with, and a changed env and file are named with the tasks that ran', async () => {
  await expect(why()).rejects.toMatchObject({
    code: 'not-built',
    hint: expect.stringContaining('nx build os'),
  });
  workspace.write('os/b', 'one');
  const first = await build(YAML('a'));
  expect(first).toMatchObject({ changes: [], system: 'os', platform: 'linux/amd64' });
  expect(first.since).toBeUndefined();
  expect(whyLines(first, {}).join('\n')).toMatch(/^made: pull-image of|made: .*tar$/m);

  const second = await build(YAML(SECRET));
  expect(second.since).toBe(first.at);
  expect(names(second)).toEqual(['services/web env changed']);
  expect(second.changes[0].tasks.map(({ stage }) => stage)).toEqual(['oci-config', 'initramfs', 'format']);
  expect(second.changes[0].tasks[1]).toMatchObject({
    project: systemNodeName('os', 'initramfs'),
    because: 'other-inputs',
  });
  expect(whyLines(second, {})).toContain('  services/web: env changed -> oci-config, initramfs, tar');

  workspace.write('os/b', 'two');
  const third = await build(YAML(SECRET));
  expect(names(third)).toEqual(['files/etc/b bytes changed']);
  expect(third.changes[0].tasks.map(({ stage }) => stage)).toEqual(['initramfs', 'format']);
});

it('a container that came is one change with the tasks that brought its image', async () => {
  const added = await build(YAML(SECRET, ', {name: more, image: test/other}'));
  expect(names(added)).toEqual(['services/more  added']);
  expect(added.changes[0].tasks.map(({ stage }) => stage)).toEqual(
    expect.arrayContaining(['pull', 'extract', 'segment', 'oci-config', 'initramfs', 'format']),
  );
  expect(added.others).toEqual([]);
  const gone = await build(YAML(SECRET));
  expect(names(gone)).toEqual(['services/more  removed']);
});

it('a task that ran without a change says what it found', async () => {
  await build(YAML(SECRET));
  rmSync(workspace.path('.linuxkit/os/initramfs'), { recursive: true });
  const again = await build(YAML(SECRET));
  expect(again.changes).toEqual([]);
  expect(again.others.map(({ stage, because }) => [stage, because])).toEqual([
    ['initramfs', 'absent'],
    ['format', 'asked'],
  ]);
  expect(whyLines(again, {})).toContain('made without a change, because no output was there: initramfs');
});

it('the processes of one run are one build', async () => {
  const { at } = await build(YAML(SECRET));
  process.env.NX_INVOCATION_ANCESTOR_PIDS = `1,${process.ppid}`;
  try {
    await workspace.build('os', YAML('x'), ['tar']);
    await workspace.build('os', YAML('x'), ['docker']);
  } finally {
    delete process.env.NX_INVOCATION_ANCESTOR_PIDS;
  }
  const both = await why();
  expect(both.since).toBe(at);
  expect(names(both)).toEqual(['services/web env changed']);
  expect(both.changes[0].tasks.flatMap(({ format }) => format ?? [])).toEqual(['tar', 'docker']);
});

it('a changed file of a package is named, and the others are not read again', async () => {
  const dockerfile = 'FROM scratch\nCOPY banner /etc/banner\nCOPY other /etc/other\n';
  workspace.write('images/app/Dockerfile', dockerfile);
  workspace.write('images/app/banner', 'one');
  workspace.write('images/app/other', 'other');
  const yaml = 'init: [test/init, "@pkg:../images/app"]\n';
  await build(yaml);
  workspace.write('images/app/banner', 'two');
  const changed = await build(yaml);
  expect(names(changed)).toEqual(['package images/app/Dockerfile banner changed']);
  expect(changed.changes[0].tasks.map(({ stage }) => stage)).toEqual(
    expect.arrayContaining(['image', 'extract', 'segment', 'initramfs', 'format']),
  );
  expect(changed.others).toEqual([]);
});

it('the store keeps hashes with a key of their own, for this user alone, and no value', async () => {
  await build(YAML(SECRET));
  const folder = workspace.path('store/derived/history');
  const [file] = readdirSync(folder);
  expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  const text = readFileSync(join(folder, file), 'utf8');
  expect(text).not.toContain(SECRET);
  expect(text).toContain('"env"');
  const other = new TestWorkspace();
  try {
    await other.image('init', [[{ name: 'bin/init', body: 'init' }]]);
    await other.image('web', [[{ name: 'bin/web', body: 'web' }]]);
    other.write('os/b', 'two');
    await other.build('os', YAML(SECRET), ['tar']);
    const [mine, theirs] = await Promise.all(
      [workspace, other].map((from) => readHistory(from.environment({}), 'os')),
    );
    const hashOf = (history: typeof mine) => history?.after.fields['services/web'].env[0];
    expect(hashOf(mine)).toMatch(/^[0-9a-f]{32}$/);
    expect(hashOf(mine)).not.toBe(hashOf(theirs));
  } finally {
    other.remove();
  }
});

it('a build with nothing to keep it in says so and succeeds', async () => {
  const said = jest.spyOn(console, 'error').mockImplementation();
  try {
    rmSync(workspace.path('store/derived/history'), { recursive: true });
    workspace.write('store/derived/history', 'a file in the place of the folder');
    await workspace.build('os', YAML('last'), ['tar']);
    expect(said.mock.calls.flat().join()).toMatch(/^what os was built of is not kept for later: [\w-]+$/);
  } finally {
    said.mockRestore();
    rmSync(workspace.path('store/derived/history'));
  }
});

it('a damaged history is none', async () => {
  await build(YAML('a'));
  const folder = workspace.path('store/derived/history');
  const [file] = readdirSync(folder);
  const text = readFileSync(join(folder, file), 'utf8');
  workspace.write(`store/derived/history/${file}`, text.replace('"system":"os"', '"system":"so"'));
  await expect(why()).rejects.toMatchObject({ code: 'not-built' });
});

it('a changed file in a folder is a change of the entry that takes the folder', async () => {
  workspace.write('os/conf/deep/a', 'one');
  const yaml = 'init: [test/init]\nfiles: [{path: etc, source: conf, directory: true}]\n';
  await build(yaml);
  workspace.write('os/conf/deep/a', 'two');
  expect(names(await build(yaml))).toEqual(['files/etc bytes changed']);
});
