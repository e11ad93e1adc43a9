import { logger, readJson, writeJson } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import followProjectNames from './index.js';

const told = jest.spyOn(logger, 'info').mockImplementation(() => undefined);
beforeEach(() => told.mockClear());

function workspace(files: Readonly<Record<string, object | string>>) {
  const tree = createTreeWithEmptyWorkspace();
  for (const [path, content] of Object.entries(files)) {
    if (typeof content === 'string') tree.write(path, content);
    else writeJson(tree, path, content);
  }
  return tree;
}

it('commands in scripts get the new names, exclusions and other projects stay, and the names are told', () => {
  const tree = workspace({
    'apps/!odd/linuxkit.yml': '',
    'apps/!more/debug.linuxkit.yaml': '',
    'package.json': {
      name: 'root',
      scripts: {
        one: 'nx build \'!odd\' && nx run "!odd:tar"',
        two: 'nx kernel+initrd !odd-arm64; npx nx boot !more-debug --publish=0:80',
        excluded: "nx run-many -t build -p '*,!odd' && nx run-many -t build --exclude '!odd'",
        other: 'nx build !oddity',
      },
    },
    'tools/package.json': { name: 'tools', scripts: { boot: 'nx boot !odd' } },
  });
  followProjectNames(tree);
  expect(readJson(tree, 'package.json')).toEqual({
    name: 'root',
    scripts: {
      one: 'nx build \'_odd\' && nx run "_odd:tar"',
      two: 'nx kernel+initrd _odd-arm64; npx nx boot _more-debug --publish=0:80',
      excluded: "nx run-many -t build -p '*,!odd' && nx run-many -t build --exclude '!odd'",
      other: 'nx build !oddity',
    },
  });
  expect(readJson(tree, 'tools/package.json').scripts).toEqual({ boot: 'nx boot _odd' });
  expect(told).toHaveBeenCalledWith(expect.stringContaining('!more is _more, !odd is _odd.'));
});

it.each([
  ['a name of its own', { 'apps/!odd/linuxkit.yml': '', 'apps/!odd/project.json': { name: '!odd' } }],
  ['no exclamation mark', { 'apps/odd/linuxkit.yml': '' }],
  ['no system', { 'apps/!odd/other.yml': '' }],
  ['a broken package.json', { 'apps/odd/linuxkit.yml': '', 'apps/odd/package.json': '{' }],
])('a folder with %s changes nothing', (_, files) => {
  const manifest = { name: 'root', scripts: { odd: 'nx build !odd' } };
  const tree = workspace({ ...files, 'package.json': manifest } as Record<string, object | string>);
  followProjectNames(tree);
  expect(readJson(tree, 'package.json')).toEqual(manifest);
  expect(told).not.toHaveBeenCalled();
});
