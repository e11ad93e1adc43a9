import { chmodSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readContent } from '@nx-linuxkit/tree';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { hostFile } from './host-file.js';

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

it.each(['', ', optional: true'])('a folder as a source needs directory: true%s', async (rest) => {
  await expect(built('../shared', rest)).rejects.toMatchObject({
    code: 'unreadable-file',
    message: expect.stringContaining('is no regular file'),
    hint: expect.stringContaining('directory: true'),
  });
});

describe('a folder', () => {
  beforeAll(() => {
    workspace.write('os/conf/a.conf', 'a');
    workspace.write('os/conf/bin/run', '#!/bin/sh');
    workspace.write('os/conf/deep/er/b.conf', 'b');
    workspace.write('os/conf/old.bak', 'old');
    chmodSync(workspace.path('os/conf/a.conf'), 0o777);
    symlinkSync('a.conf', workspace.path('os/conf/link'));
  });

  /** Builds a system with these `files`, and gives what lies below etc/app: mode, owner and text. */
  async function app(...entries: string[]): Promise<Record<string, string>> {
    await workspace.build('os', `files:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`, ['tar']);
    const tree = await workspace.tar('os');
    const found = tree.entries().filter(({ path }) => /^etc\/app(\/|$)/.test(path));
    const lines = await Promise.all(
      found.map(async ({ path, inode: { mode, uid, gid, content } }) => {
        const chunks: Uint8Array[] = [];
        if (content) for await (const chunk of readContent(content)) chunks.push(chunk);
        return [path, `${mode.toString(8)} ${uid}:${gid} ${Buffer.concat(chunks).toString()}`.trim()];
      }),
    );
    return Object.fromEntries(lines) as Record<string, string>;
  }

  it('is in the root as if each of its files had an entry of its own', async () => {
    const folder = await app(
      '{path: etc/app, source: conf, directory: true, exclude: ["*.bak"], mode: "0640", gid: 7}',
    );
    const files = ['a.conf', 'bin/run', 'deep/er/b.conf', 'link'].map(
      (path) => `{path: etc/app/${path}, source: conf/${path}, mode: "0640", gid: 7}`,
    );
    expect(folder).toEqual(await app(...files));
    expect(folder).toEqual({
      'etc/app': '750 0:7',
      'etc/app/a.conf': '640 0:7 a',
      'etc/app/bin': '750 0:7',
      'etc/app/bin/run': '640 0:7 #!/bin/sh',
      'etc/app/deep': '750 0:7',
      'etc/app/deep/er': '750 0:7',
      'etc/app/deep/er/b.conf': '640 0:7 b',
      'etc/app/link': '640 0:7 a',
    });
  });

  it('has the owners and modes of its rules, the last one first, and is private without', async () => {
    const rules = '[{match: [/bin/, "*.conf"], mode: "0755", uid: 5}, {match: [deep/], uid: 6}]';
    expect(
      await app(
        `{path: etc/app, source: conf, directory: true, include: ["*.conf", run, link], rules: ${rules}}`,
      ),
    ).toEqual({
      'etc/app': '700 0:0',
      'etc/app/a.conf': '755 5:0 a',
      'etc/app/bin': '755 5:0',
      'etc/app/bin/run': '755 5:0 #!/bin/sh',
      'etc/app/deep': '700 6:0',
      'etc/app/deep/er': '700 6:0',
      'etc/app/deep/er/b.conf': '755 6:0 b',
      'etc/app/link': '600 0:0 a',
    });
  });

  it('leaves a directory that is there as it is, and wins over files that are there', async () => {
    const first = '{path: etc/app, directory: true, mode: "0711"}';
    const second = '{path: etc/app/a.conf, contents: other}';
    const third = '{path: etc/app, source: conf, directory: true, include: [a.conf], mode: "0600"}';
    expect(await app(first, second, third)).toEqual({ 'etc/app': '711 0:0', 'etc/app/a.conf': '600 0:0 a' });
  });

  it.each([
    ['source: none', 'no folder none; looked at'],
    ['source: beside.txt', 'beside.txt is no folder'],
    ['source: conf, include: [none]', 'no file of'],
    ['source: odd', 'leads nowhere'],
  ])('is refused with its place: %s', async (rest, message) => {
    workspace.write('os/odd/a', '');
    rmSync(workspace.path('os/odd/link'), { force: true });
    symlinkSync('nowhere', workspace.path('os/odd/link'));
    await expect(app(`{path: etc/app, directory: true, ${rest}}`)).rejects.toMatchObject({
      code: 'unreadable-file',
      message: expect.stringContaining(message),
      where: { file: 'os/linuxkit.yml', line: 2, column: 46 },
      hint: expect.any(String),
    });
  });

  it.each(['none', 'conf, include: [none]'])('that is optional may have no file: %s', async (source) => {
    expect(await app(`{path: etc/app, directory: true, optional: true, source: ${source}}`)).toEqual({});
  });
});

it('a small file that changes after it was hashed fails the build', async () => {
  const path = workspace.path('changes.txt');
  workspace.write('changes.txt', 'before');
  const { source, size } = await hostFile(path, 6, {
    file: () => {
      throw new Error('no large file');
    },
  });
  workspace.write('changes.txt', 'after!');
  const read = async () => {
    for await (const chunk of source.read(0, size)) expect(chunk).toHaveLength(size);
  };
  await expect(read()).rejects.toMatchObject({ code: 'changed-during-build' });
});
