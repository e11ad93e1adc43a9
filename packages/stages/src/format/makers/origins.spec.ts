import { readFileSync } from 'node:fs';
import { paxOf, tarOf } from '@nx-linuxkit/testing';
import { TestWorkspace, kernelLayer } from '../../__tests__/test-workspace.js';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = new TestWorkspace();
  await workspace.image('kernel', [await kernelLayer(tarOf)]);
  await workspace.image('init', [
    [{ name: 'usr/lib/a', body: '' }],
    [{ name: 'only/gone', body: '' }],
    [{ name: 'only/.wh.gone', body: '' }],
  ]);
  await workspace.image('tools', [[{ name: 'usr/bin/b', body: '' }]]);
  const yaml = `kernel: {image: test/kernel}
init: [test/init, test/tools]
volumes: [{name: blank}, {name: data, image: test/init}]
onboot: [{name: once, image: test/init}]
services: [{name: web, image: test/tools, readonly: true}]
files: [{path: etc/own/file, contents: x}]
`;
  await workspace.build('os', yaml, ['tar', 'docker']);
});
afterAll(() => workspace.remove());

it.each([
  ['tar', []],
  ['docker', ['Dockerfile']],
])('every entry of %s says which image it came from', async (format, without) => {
  const records = await paxOf(readFileSync(workspace.output('os', format, `os.${format}`)));
  const origins = new Map(
    [...records].map(([path, pax]) => [path, `${pax['LINUXKIT.location']} ${pax['LINUXKIT.source']}`]),
  );
  const missing = [...origins].filter(([, origin]) => origin.includes('undefined')).map(([path]) => path);
  expect(missing).toEqual(without);
  // Directories that no layer names.
  expect(origins.get('usr')).toBe('init[1] docker.io/test/tools');
  expect(origins.get('usr/lib')).toBe('init[0] docker.io/test/init');
  expect(origins.get('containers/volumes/data/lower/only')).toBe('volume[1] docker.io/test/init');
  expect(origins.get('etc/own')).toBe('files[0] linuxkit.files');
});
