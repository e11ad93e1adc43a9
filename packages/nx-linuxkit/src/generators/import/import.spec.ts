import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { logger, readNxJson, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { registersPlugin, type PluginOptions } from '../../options.js';
import importGenerator, { type ImportOptions } from './index.js';

const HOOK = `kernel:
  image: linuxkit/kernel:6.6.71
init:
  - linuxkit/init:1
services:
  - name: app
    image: acme/app:abc
files:
  - path: etc/motd
    source: files/motd
`;

let tree: Tree;
let lines: string[];
let outside: string;
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace();
  outside = mkdtempSync(join(tmpdir(), 'nx-linuxkit-import-'));
});
afterEach(() => rmSync(outside, { recursive: true }));

const run = async (options: ImportOptions) => {
  lines = [];
  const info = jest.spyOn(logger, 'info').mockImplementation((line) => void lines.push(line));
  await importGenerator(tree, { skipFormat: true, ...options });
  info.mockRestore();
};
const options = (): PluginOptions => {
  const entry = readNxJson(tree)?.plugins?.find(registersPlugin);
  return (typeof entry === 'object' && (entry.options as PluginOptions)) || {};
};
const elsewhere = (files: Record<string, string>) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(outside, path)), { recursive: true });
    writeFileSync(join(outside, path), text);
  }
};

describe('YAMLs of the workspace', () => {
  it('stay where they are, and are named in include', async () => {
    tree.write('hook.yml', HOOK);
    tree.write('my-os/linuxkit.yml', HOOK);
    tree.write('.github/workflows/ci.yml', 'on: push\njobs: {}\n');
    tree.write('deploy/app.yml', 'apiVersion: v1\nkind: Pod\n');
    await run({ path: '.' });
    expect(options().include).toEqual(['hook.yml']);
    expect(lines).toContain('hook.yml is the system hook (hook.yml): nx build hook');
    expect(lines).toContain('my-os/linuxkit.yml is the system my-os (my-os/linuxkit.yml): nx build my-os');
    expect(tree.read('hook.yml', 'utf8')).toBe(HOOK);
  });

  it('a second run changes nothing', async () => {
    tree.write('hook.yml', HOOK);
    await run({ path: 'hook.yml' });
    const before = tree.listChanges().map(({ path, content }) => [path, content?.toString()]);
    await run({ path: 'hook.yml' });
    expect(tree.listChanges().map(({ path, content }) => [path, content?.toString()])).toEqual(before);
  });

  it('a map that a person has written stays', async () => {
    const plugins = [{ plugin: 'nx-linuxkit', options: { images: { 'linuxkit/': 'r.example/lk/' } } }];
    tree.write('nx.json', JSON.stringify({ plugins }));
    tree.write('hook.yml', HOOK);
    await run({ path: 'hook.yml' });
    expect(options().images).toEqual({ 'linuxkit/': 'r.example/lk/' });
  });

  it('with images of the registry, nothing is mapped', async () => {
    tree.write('hook.yml', HOOK);
    await run({ path: 'hook.yml', images: 'registry' });
    expect(options().images).toBeUndefined();
  });

  it('folders with a build.yml become packages of the images that the YAMLs name', async () => {
    tree.write('hook.yml', HOOK);
    tree.write('pkg/app/build.yml', 'org: acme\nimage: app\ncontents: {}\n');
    tree.write('pkg/tool/build.yml', 'org: acme\nimage: tool\ncontents: {}\n');
    tree.write('pkg/docker/build.yml', 'org: acme\nimage: docker\nnetwork: yes\n');
    tree.write('pkg/bad/build.yml', 'image: x\nimmage: y\n');
    tree.write('ci/build.yml', 'steps: []\n');
    await run({ path: '.' });
    expect(options().images).toMatchObject({ 'acme/app': '@pkg:pkg/app' });
    expect(lines).toContain('acme/app is made by the package pkg/app');
    expect(lines).toContain('pkg/tool is a package: refer to it by "@pkg:pkg/tool"');
    expect(lines).toContain('pkg/docker is a package: refer to it by "@pkg:pkg/docker"');
    const left = lines.slice(lines.indexOf('left to do:'));
    expect(left.join('\n')).toMatch(/pkg\/bad\/build\.yml:2:1: unknown key "immage"/);
    expect(left).toContain('- pin the images of hook: nx lock hook');
  });

  it('a YAML with a fault is taken in, and its fault is left to do, with its place', async () => {
    tree.write('hook.yml', HOOK.replace('services:', 'servcies:'));
    await run({ path: 'hook.yml' });
    expect(lines.join('\n')).toMatch(/left to do:\n- hook\.yml:5:1: unknown key "servcies"/);
  });
});

describe('YAMLs from outside', () => {
  it('are copied with the files that they read', async () => {
    elsewhere({
      'hook.yml': HOOK.replace('acme/app:abc', '"@pkg:./pkg/app"'),
      'files/motd': 'hello',
      'pkg/app/build.yml': 'image: app\ncontents: {}\n',
      'redis/linuxkit.yml': 'init: [a:1]\nservices: []\n',
    });
    await run({ path: outside });
    expect(tree.read('systems/hook/files/motd', 'utf8')).toBe('hello');
    expect(tree.exists('systems/hook/pkg/app/build.yml')).toBe(true);
    expect(tree.exists('systems/redis/linuxkit.yml')).toBe(true);
    expect(options().include).toBeUndefined();
    expect(lines.join('\n')).toContain('is the system hook (systems/hook/linuxkit.yml): nx build hook');
  });

  it('what lies elsewhere is left to do', async () => {
    elsewhere({ 'hook.yml': HOOK.replace('files/motd', '../motd'), 'b.yml': HOOK });
    await run({ path: outside });
    expect(lines.join('\n')).toMatch(/systems\/hook\/linuxkit\.yml reads \.\.\/motd, which is not beside it/);
    expect(lines.join('\n')).toMatch(/systems\/b\/linuxkit\.yml reads files\/motd, which is not beside/);
  });

  it('a copy that a person has changed stays', async () => {
    elsewhere({ 'hook.yml': HOOK, 'files/motd': '' });
    tree.write('systems/hook/linuxkit.yml', `# mine\n${HOOK}`);
    await run({ path: join(outside, 'hook.yml') });
    expect(tree.read('systems/hook/linuxkit.yml', 'utf8')).toMatch(/^# mine/);
    expect(lines.join('\n')).toContain('systems/hook/linuxkit.yml exists with other contents');
  });
});

it.each(['gone.yml', 'empty', '/nowhere'])('%s has nothing to import', async (path) => {
  tree.write('empty/other.yml', 'on: push\n');
  await expect(run({ path })).rejects.toMatchObject({ code: 'nothing-found', hint: expect.any(String) });
  expect(options()).toEqual({});
});
