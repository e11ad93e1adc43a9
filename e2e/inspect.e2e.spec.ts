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

test('the page of a system that was never built lies beside its formats, and a build’s formats are in the next one', async () => {
  const { output } = await workspace.succeed('inspect', 'one');
  const [, file] = /^one: a browser shows (.+)$/m.exec(output) as RegExpExecArray;
  expect(file).toBe('dist/apps/one/inspect.html');
  expect(dataOf(workspace.read(file))).toMatchObject({
    name: 'one',
    formats: [{ isBuilt: true, files: [] }],
  });
  await workspace.succeed('build', 'one');
  await workspace.succeed('inspect', 'one', '--outputFile=pages/one.html');
  const [format] = dataOf(workspace.read('pages/one.html')).formats as { files: { size: number }[] }[];
  expect(format.files[0].size).toBeGreaterThan(0);
});

test.each([
  ['--outputFle=one.html', 'inspect has no option outputFle, did you mean outputFile?'],
  ['--outputFile=apps', 'cannot write apps: a folder is there'],
  ['--outputFile=nx.json/one.html', 'cannot write nx.json/one.html'],
])('%s is refused', async (option, message) => {
  expectOneError(await workspace.nx('inspect', 'one', option), message);
});
