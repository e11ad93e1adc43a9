import { readNxJson, updateNxJson, type NxJsonConfiguration, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import type { PluginOptions } from '../../options.js';
import allowPrivateRegistries from './index.js';

let tree: Tree;

function workspace(plugins: NxJsonConfiguration['plugins'], locks: Record<string, readonly string[]>): void {
  tree = createTreeWithEmptyWorkspace();
  updateNxJson(tree, { ...readNxJson(tree), plugins });
  for (const [folder, references] of Object.entries(locks)) {
    const images = Object.fromEntries(references.map((reference) => [reference, {}]));
    tree.write(`${folder}/linuxkit.lock.json`, JSON.stringify({ lockfileVersion: 1, images }));
  }
}

it('the private registries of all locks are listed under insecure, after what is there', () => {
  workspace([{ plugin: 'nx-linuxkit', options: { frozen: true, insecure: ['a.local:1'] } }], {
    one: ['10.1.2.3:5000/team/app:1', 'printer.local/app', 'a.local:1/x', 'nginx', 'docker.io/library/redis'],
    'two/os': [
      '192.168.1.5/app@sha256:0',
      '172.32.0.1/app',
      '10.0.0.1.example.com/app',
      'localhost:5000/app',
    ],
  });
  allowPrivateRegistries(tree);
  expect(readNxJson(tree)?.plugins).toEqual([
    {
      plugin: 'nx-linuxkit',
      options: {
        frozen: true,
        insecure: ['a.local:1', '10.1.2.3:5000', '192.168.1.5', 'printer.local'],
      },
    },
  ]);
});

it('a plugin without options gets them, and a second run changes nothing', () => {
  workspace(['nx-linuxkit'], { one: ['10.1.2.3/app'] });
  allowPrivateRegistries(tree);
  const expected = [{ plugin: 'nx-linuxkit', options: { insecure: ['10.1.2.3'] } }];
  expect(readNxJson(tree)?.plugins).toEqual(expected);
  allowPrivateRegistries(tree);
  expect(readNxJson(tree)?.plugins).toEqual(expected);
});

it('registries that only an OS file or an option names are listed too, and an address that is no registry is not', () => {
  const options = {
    images: { 'team/': '10.9.9.9:5000/team/', init: '@pkg:../init' },
    loaders: { isolinux: 'boot.local/isolinux:1' },
  };
  workspace([{ plugin: 'nx-linuxkit', options }], {});
  tree.write(
    'os/debug.linuxkit.yml',
    [
      'kernel: {image: "10.1.1.1:5000/kernel:1"}',
      'init: [10.1.1.2/init, "10.1.1.3/runc"]',
      'onboot:',
      '  - {name: a, image: printer.local/a}',
      '  - name: b',
      '    image: 192.168.0.1:80/b@sha256:0',
      '    command: [ip, address, add, 10.2.2.2/24, via, 10.3.3.3]',
      'files:',
      '  - {path: etc/hosts, contents: "10.4.4.4 files.local"}',
    ].join('\n'),
  );
  tree.write('compose.yml', 'services: {a: {image: 10.5.5.5/a}}');
  allowPrivateRegistries(tree);
  const [entry] = readNxJson(tree)?.plugins ?? [];
  expect((entry as { options: PluginOptions }).options.insecure).toEqual([
    '10.1.1.1:5000',
    '10.1.1.2',
    '10.1.1.3',
    '10.9.9.9:5000',
    '192.168.0.1:80',
    'boot.local',
    'printer.local',
  ]);
});

it.each([
  ['without private registries', ['nx-linuxkit'], ['nginx', 'ghcr.io/a/b']],
  ['without the plugin', ['@nx/js'], ['10.1.2.3/app']],
])('a workspace %s stays as it is', (_, plugins, references) => {
  workspace(plugins, { one: references });
  allowPrivateRegistries(tree);
  expect(readNxJson(tree)?.plugins).toEqual(plugins);
});

it('a lock that is no JSON is left to nx lock', () => {
  workspace(['nx-linuxkit'], {});
  tree.write('broken/linuxkit.lock.json', '{');
  allowPrivateRegistries(tree);
  expect(readNxJson(tree)?.plugins).toEqual(['nx-linuxkit']);
});
