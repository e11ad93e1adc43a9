import { oneSystem, type OneSystem } from './graph/one-system.js';
import { expectOneError } from './workspace/expect-one-error.js';
import type { Workspace } from './workspace/workspace.js';

let system: OneSystem;
let workspace: Workspace;

beforeAll(async () => {
  system = await oneSystem();
  ({ workspace } = system);
});
afterAll(() => system?.stop());

test('a system that was never built has no reason, and the error says what to do', async () => {
  await workspace.succeed('lock', 'one');
  const run = await workspace.nx('why', 'one');
  expectOneError(run, 'the store knows no build of one that made something here');
  expect(run.output).toContain('hint: Run `nx build one`');
});

test('a changed file is named with the tasks that ran for it, and a build out of the cache changes nothing', async () => {
  await workspace.succeed('build', 'one');
  expect((await workspace.succeed('why', 'one')).output).toMatch(/^made: .*initramfs.*tar$/m);
  workspace.write({ 'shared/note': 'another note' });
  await workspace.succeed('build', 'one');
  const { output } = await workspace.succeed('why', 'one', '--outputFile=why.json');
  expect(output).toMatch(/^ +files\/etc\/note: bytes changed -> initramfs, tar$/m);
  const why = JSON.parse(workspace.read('why.json'));
  expect(why.changes).toHaveLength(1);
  expect(why.others).toEqual([]);
  workspace.write({ 'shared/note': 'a note' });
  await workspace.succeed('build', 'one');
  await workspace.succeed('why', 'one', '--outputFile=again.json');
  expect(JSON.parse(workspace.read('again.json'))).toEqual(why);
});

test('a changed Dockerfile, a changed file of a package and an option are named, each by what has changed', async () => {
  workspace.write({
    'pkg/box/build.yml': 'image: box\n',
    'pkg/box/Dockerfile': 'FROM scratch\nCOPY a /a\n',
    'pkg/box/a': 'first\n',
  });
  workspace.edit(
    'apps/one/linuxkit.yml',
    (text) => `${text}services:\n  - {name: box, image: '@pkg:../../pkg/box', env: [KEY=one]}\n`,
  );
  await workspace.succeed('build', 'one');
  const changes: [() => void, RegExp][] = [
    [
      () => workspace.write({ 'pkg/box/Dockerfile': 'FROM scratch\nCOPY a /b\n' }),
      /^ +package pkg\/box: Dockerfile changed -> make-image pkg@pkg-box, /m,
    ],
    [
      () => workspace.write({ 'pkg/box/a': 'second\n' }),
      /^ +package pkg\/box: a changed -> make-image pkg@pkg-box, /m,
    ],
    [
      () => workspace.edit('apps/one/linuxkit.yml', (text) => text.replace('KEY=one', 'KEY=two')),
      /^ +services\/box: env changed -> oci-config, /m,
    ],
    [
      () => workspace.edit('nx.json', (text) => withOption(text, { filesOverrideParents: true })),
      /^ +option filesOverrideParents changed -> /m,
    ],
  ];
  for (const [change, line] of changes) {
    change();
    await workspace.succeed('build', 'one');
    const { output } = await workspace.succeed('why', 'one');
    expect(output).toMatch(line);
    expect(output.match(/ changed -> /g)).toHaveLength(1);
  }
});

/** nx.json with an option of the plugin. */
function withOption(text: string, option: Readonly<Record<string, unknown>>): string {
  const nxJson = JSON.parse(text);
  const plugins = nxJson.plugins.map((one: { options?: object }) => ({
    ...one,
    options: { ...one.options, ...option },
  }));
  return JSON.stringify({ ...nxJson, plugins });
}
