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

function dataOf(page: string): Record<string, unknown> {
  const [, data] = /<script type="application\/json" id="system">([^]*?)<\/script>/.exec(page) ?? [];
  return JSON.parse(data);
}

function formatsIn(file: string): { files: unknown[] }[] {
  return dataOf(workspace.read(file)).formats as { files: unknown[] }[];
}

test('the page of a system that was never built lies beside its formats, and a build’s formats are in the next one', async () => {
  const { output } = await workspace.succeed('inspect', 'one');
  const [, file] = /^one: a browser shows (.+)$/m.exec(output) as RegExpExecArray;
  expect(file).toBe('dist/apps/one/inspect.html');
  expect(dataOf(workspace.read(file)).name).toBe('one');
  expect(formatsIn(file)[0]).toMatchObject({ name: 'tar', isBuilt: true, files: [] });
  await workspace.succeed('build', 'one');
  await workspace.succeed('inspect', 'one', '--outputFile=pages/one.html');
  const [{ files }] = formatsIn('pages/one.html');
  expect(files).toEqual([{ name: 'one.tar', size: expect.any(Number) }]);
});

test.each([
  ['--outputFle=one.html', 'inspect has no option outputFle, did you mean outputFile?'],
  ['--outputFile=apps', 'cannot write apps: a folder is there'],
  ['--outputFile=nx.json/one.html', 'cannot write nx.json/one.html'],
  ['--outputFile=/proc/none/one.html', 'cannot write /proc/none/one.html'],
])('%s is refused', async (option, message) => {
  expectOneError(await workspace.nx('inspect', 'one', option), message);
});
