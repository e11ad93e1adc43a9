import { bootTest, mediumOf, type BootMedium } from '@nx-linuxkit/machine';
import { exampleWorkspace } from './examples/example-workspace.js';
import type { Workspace } from './workspace/workspace.js';

let workspace: Workspace;
beforeAll(async () => {
  workspace = await exampleWorkspace(['minimal']);
  await workspace.succeed('kernel+initrd', 'minimal');
}, 900_000);
afterAll(() => workspace?.stop());

test('a machine without firmware, emulated, boots a system, which switches it off', async () => {
  const prefix = workspace.path('dist/examples/minimal/kernel+initrd/minimal');
  await bootTest({
    medium: mediumOf('kernel+initrd', prefix) as BootMedium,
    machine: 'microvm',
    expect: ['Welcome to nx-linuxkit', 'hello from a container', 'Power down'],
    powerOff: true,
    timeout: 900,
  });
}, 900_000);
