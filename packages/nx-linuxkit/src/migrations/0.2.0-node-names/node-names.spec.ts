import { logger, readJson, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import renameNodes from './index.js';

let tree: Tree;
let warn: jest.SpyInstance;
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace();
  warn = jest.spyOn(logger, 'warn').mockImplementation();
  tree.write('apps/my-os/linuxkit.yml', 'init: []\n');
  tree.write('apps/web/linuxkit.yml', 'init: []\n');
  tree.write('apps/web/package.json', '{"name":"@acme/web"}');
  tree.write('images/app/build.yml', 'image: app\n');
  for (const folder of ['images/50%_a:b', 'images/a (1)+é']) tree.write(`${folder}/build.yml`, 'image: b\n');
});
afterEach(() => warn.mockRestore());

it.each([
  ['nx lock pkg/images/app-amd64', 'nx lock pkg@images-app'],
  ['nx lock pkg/images/app-arm64', 'nx lock pkg@images-app@arm64'],
  ['nx run pkg/@nx-linuxkit/images/dhcpcd-amd64:extract', 'nx run base@dhcpcd:extract-image'],
  [
    'nx run my-os:docker && nx docker my-os-debug',
    'nx run my-os:docker-context && nx docker-context my-os-debug',
  ],
  ['nx image "pkg/images/50%_a:b-amd64"', 'nx make-image "pkg@images-50-a-b"'],
  ['nx run "pkg/images/50%_a:b-amd64:extract"', 'nx run "pkg@images-50-a-b:extract-image"'],
  ["nx lock 'pkg/images/a (1)+é-arm64'", "nx lock 'pkg@images-a-1-é@arm64'"],
  [
    'nx run "segment/pkg/images/50%_a:b-amd64/services/web:segment"',
    'nx run "pkg@images-50-a-b@services-web:segment"',
  ],
  ['nx pull oci/nginx-0123456789ab-amd64', 'nx pull-image oci@nginx-0123456'],
  [
    'nx run segment/oci/nginx-0123456789ab-amd64/services/nginx:segment',
    'nx run oci@nginx-0123456@services:segment',
  ],
  ['nx run segment/pkg/images/app-amd64/onboot/001-app:segment', 'nx run pkg@images-app@onboot-001:segment'],
  [
    'nx sign my-os/sign && nx verify my-os-debug/verify',
    'nx sign my-os@sign && nx verify-images my-os-debug@verify',
  ],
  ['nx run @acme/web/initramfs:initramfs', 'nx run @acme/web@initramfs:initramfs'],
  ['nx show projects -p tag:linuxkit:image', 'nx show projects -p tag:linuxkit:internal'],
])('%s', (before, after) => {
  tree.write('package.json', JSON.stringify({ name: 'root', scripts: { run: before } }));
  tree.write(
    'apps/other/project.json',
    JSON.stringify({ name: 'other', targets: { run: { command: before } } }),
  );
  renameNodes(tree);
  expect(readJson(tree, 'package.json').scripts.run).toBe(after);
  expect(readJson(tree, 'apps/other/project.json').targets.run.command).toBe(after);
  renameNodes(tree);
  expect(readJson(tree, 'package.json').scripts.run).toBe(after);
  expect(warn).not.toHaveBeenCalled();
});

it.each([
  'cp pkg/tools/app-amd64 dist',
  'cat .linuxkit/my-os/initramfs/initramfs/own.cpio',
  'cat my-os/initramfs.txt docs/my-os/sign',
  'nx run-many -t build --exclude=tag:linuxkit:os',
  'nx run other:docker && nx docker other && nx verify other',
])('%s stays as it is', (text) => {
  tree.write('package.json', JSON.stringify({ scripts: { run: text } }));
  renameNodes(tree);
  expect(readJson(tree, 'package.json').scripts.run).toBe(text);
});

it.each([
  [{ docker: { options: { a: 1 } } }, { 'docker-context': { options: { a: 1 } } }],
  [{ push: { dependsOn: ['docker'] } }, { push: { dependsOn: ['docker-context'] } }],
  [{ docker: { command: 'x' }, push: { dependsOn: ['docker'] } }, undefined],
])('targets of a system’s project.json: %j', (targets, expected) => {
  tree.write('apps/my-os/project.json', JSON.stringify({ name: 'my-os', targets }));
  tree.write('apps/other/project.json', JSON.stringify({ name: 'other', targets }));
  renameNodes(tree);
  expect(readJson(tree, 'apps/my-os/project.json').targets).toEqual(expected ?? targets);
  expect(readJson(tree, 'apps/other/project.json').targets).toEqual(targets);
});

it('an executor is no tag', () => {
  const targets = { one: { executor: 'nx-linuxkit:image' }, two: { executor: 'nx-linuxkit:sign' } };
  tree.write('apps/my-os/project.json', JSON.stringify({ name: 'my-os', targets }));
  renameNodes(tree);
  expect(readJson(tree, 'apps/my-os/project.json').targets).toEqual(targets);
});

it('a workflow is left to people, who are told the line', () => {
  const text = 'steps:\n  - run: npx nx lock pkg/images/app-amd64\n';
  tree.write('.github/workflows/ci.yml', text);
  renameNodes(tree);
  expect(tree.read('.github/workflows/ci.yml', 'utf8')).toBe(text);
  expect(warn.mock.calls).toEqual([
    [expect.stringContaining('.github/workflows/ci.yml:2: - run: npx nx lock pkg@images-app')],
  ]);
});
