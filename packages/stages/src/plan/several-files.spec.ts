import { build, identify, openEnvironment, parseOsFile, type OsFile } from '../index.js';
import { TestWorkspace } from '../__tests__/test-workspace.js';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = new TestWorkspace();
  await workspace.image('a', [[{ name: 'a', body: 'a' }]]);
  await workspace.image('b', [[{ name: 'b', body: 'b' }]]);
  workspace.write('base.yml', 'init: [test/a]\nfiles: [{path: one, contents: base}]\n');
});
afterAll(() => workspace.remove());

const OS = 'init: [test/b]\nfiles: [{path: one, contents: os}]\n';

it('a list and `extends` give the same tree: lists joined, later files over earlier ones', async () => {
  await workspace.build('extended', `extends: [../base.yml]\n${OS}`, ['tar']);
  workspace.write('listed/linuxkit.yml', OS);
  const images = { 'test/a': 'oci:images/a', 'test/b': 'oci:images/b' };
  const environment = openEnvironment(workspace.root, { images, store: 'store' });
  const os = { ...identify(parseOsFile('listed/linuxkit.yml') as OsFile, 'listed'), before: ['base.yml'] };
  const request = { os, formats: ['tar'], frozen: false, lockCommand: '' };
  await build(environment, request, () => undefined);
  const [extended, listed] = await Promise.all(['extended', 'listed'].map((name) => workspace.tar(name)));
  const paths = listed.entries().map(({ path }) => path);
  expect(paths).toEqual(extended.entries().map(({ path }) => path));
  expect(paths).toEqual(expect.arrayContaining(['a', 'b', 'one']));
  expect(listed.get('one')?.content?.size).toBe('os'.length);
});

it('a build notices that a base file has changed', async () => {
  await workspace.build('edited', `extends: [../own.yml]\n${OS}`, ['tar']).catch(() => undefined);
  workspace.write('own.yml', 'files: [{path: two, contents: "1"}]\n');
  await workspace.buildAgain('edited', ['tar']);
  workspace.write('own.yml', 'files: [{path: two, contents: "22"}]\n');
  await workspace.buildAgain('edited', ['tar']);
  expect((await workspace.tar('edited')).get('two')?.content?.size).toBe(2);
});
