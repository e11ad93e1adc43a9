import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { IN_PROCESS, Workspace } from '../workspace/workspace.js';
import { systemImage } from './images.js';
import { smallYaml } from './system-yaml.js';

/** A workspace of one small system called `one`, which is not locked, and the registry of its image. */
export interface OneSystem {
  readonly workspace: Workspace;
  stop(): Promise<void>;
}

/** Makes the workspace. The system has the file `etc/note`, whose source is `shared/note`. */
export async function oneSystem(): Promise<OneSystem> {
  const registry: TestRegistry = await startRegistry();
  await pushTo(registry, await systemImage('init'), 'init:1');
  const workspace = await Workspace.create({ env: IN_PROCESS });
  workspace.write({
    'apps/one/linuxkit.yml': smallYaml(`${registry.host}/init:1`, { files: ['../../shared/note'] }),
    'shared/note': 'a note',
  });
  const stop = async () => {
    await workspace.stop();
    await registry.stop();
  };
  return { workspace, stop };
}
