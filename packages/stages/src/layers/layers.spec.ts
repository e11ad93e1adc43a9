import { readFileSync, rmSync } from 'node:fs';
import { TestWorkspace } from '../__tests__/test-workspace.js';

let workspace: TestWorkspace;
beforeEach(() => {
  workspace = new TestWorkspace();
});
afterEach(() => workspace.remove());

it('a store of which only the blobs are left serves a build as one that is whole', async () => {
  await workspace.image('init', [[{ name: 'init', body: 'i' }], [{ name: 'etc/f', body: 'f' }]]);
  const initrd = () => readFileSync(workspace.output('os', 'kernel+initrd', 'os-initrd.img'));
  await workspace.build('os', 'init: [test/init]', ['kernel+initrd']);
  const whole = initrd();
  for (const lost of ['store/derived', 'store/tmp', '.linuxkit', 'dist'])
    rmSync(workspace.path(lost), { recursive: true });
  await workspace.buildAgain('os', ['kernel+initrd']);
  expect(initrd().equals(whole)).toBe(true);
});
