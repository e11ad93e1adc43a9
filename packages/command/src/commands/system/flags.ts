import type { Flag } from '../../definition.js';

/** The flags of commands that say something about a system: they name it as `build` does. */
export const SYSTEM_FLAGS: readonly Flag[] = [
  {
    name: 'name',
    kind: 'text',
    value: 'NAME',
    as: 'ours',
    text: 'is the name of the system; default: the last file’s name without its extension',
  },
  {
    name: 'arch',
    kind: 'text',
    value: 'ARCH',
    as: 'ours',
    text: 'is the architecture (amd64, arm64, riscv64); default: that of this machine',
  },
  {
    name: 'set',
    kind: 'repeated',
    value: 'NAME=VALUE',
    as: 'ours',
    text: 'gives a variable that the YAML declares a value; may be repeated',
  },
  {
    name: 'variant',
    kind: 'text',
    value: 'NAME',
    as: 'ours',
    text: 'takes a variant: a key of `variants` in the last YAML',
  },
  {
    name: 'docker',
    kind: 'switch',
    as: 'ours',
    text: 'looks for each image in the Docker daemon first',
  },
  {
    name: 'pull',
    kind: 'switch',
    as: 'ours',
    text: 'asks the registry also for images that the cache has; what a lock beside the YAML pins stays',
  },
];
