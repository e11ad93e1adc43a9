import { homedir } from 'node:os';
import { join } from 'node:path';
import { readContent } from '@nx-linuxkit/tree';
import { TestWorkspace } from '../__tests__/test-workspace.js';

let workspace: TestWorkspace;
beforeAll(() => {
  workspace = new TestWorkspace();
  workspace.write('os/beside.txt', 'beside the YAML');
  workspace.write('beside.txt', 'of the workspace');
  workspace.write('shared/only.txt', 'only of the workspace');
});
afterAll(() => workspace.remove());

/** Builds a system with the file /f from `source`, and gives its bytes; undefined when there is no /f. */
async function built(source: string, rest = ''): Promise<string | undefined> {
  await workspace.build('os', `files:\n  - {path: f, source: ${source}${rest}}\n`, ['tar']);
  const content = (await workspace.tar('os')).get('f')?.content;
  const chunks: Uint8Array[] = [];
  if (content) for await (const chunk of readContent(content)) chunks.push(chunk);
  return content && Buffer.concat(chunks).toString();
}

it.each([
  ['relative to the folder of the YAML, first', () => 'beside.txt', 'beside the YAML'],
  ['then to the workspace', () => 'shared/only.txt', 'only of the workspace'],
  ['above the folder of the YAML', () => '../beside.txt', 'of the workspace'],
  ['by an absolute path', () => workspace.path('shared/only.txt'), 'only of the workspace'],
])('a source is found %s', async (_name, source, expected) => {
  expect(await built(source())).toBe(expected);
});

it('a missing source is refused with its place in the YAML, and the paths that were tried', async () => {
  await expect(built('none.txt')).rejects.toMatchObject({
    code: 'unreadable-file',
    message: `no file none.txt; looked at ${workspace.path('os/none.txt')} and ${workspace.path('none.txt')}`,
    where: { file: 'os/linuxkit.yml', line: 2, column: 23 },
    hint: expect.stringContaining('optional: true'),
  });
});

it('~/ is the home folder, and nothing else is tried', async () => {
  await expect(built('~/nx-linuxkit/none.txt')).rejects.toMatchObject({
    message: `no file ~/nx-linuxkit/none.txt; looked at ${join(homedir(), 'nx-linuxkit/none.txt')}`,
  });
});

it('an optional source may be missing, and is used where it exists', async () => {
  expect(await built('none.txt', ', optional: true')).toBeUndefined();
  expect(await built('beside.txt', ', optional: true')).toBe('beside the YAML');
});

it.each(['', ', optional: true'])('a folder as a source is refused%s', async (rest) => {
  await expect(built('../shared', rest)).rejects.toMatchObject({
    code: 'unreadable-file',
    message: expect.stringContaining('is no regular file'),
  });
});
