import { platforms } from '@nx-linuxkit/clouds/platforms';
import type { Definition, Flag } from '../../../definition.js';

const ARCHITECTURE: Flag = {
  name: 'arch',
  kind: 'text',
  value: 'ARCH',
  text: 'is the architecture of the system; default: that of this machine',
  as: 'ours',
};

function optionFlags(platform: (typeof platforms)[number]): Flag[] {
  return platform.options.map(({ name, text, env = [] }) => ({
    name,
    kind: 'text',
    value: name.toUpperCase(),
    text: `is the ${text}${env.length > 0 ? ` (${env.join(', ')})` : ''}`,
    as: 'ours',
  }));
}

/** `nx-linuxkit push aws` and its like: a command for each platform. */
export const pushToClouds: readonly Definition[] = platforms.map((platform) => ({
  name: `push ${platform.name}`,
  text: `uploads a disk that a build made: ${platform.title}`,
  given: 'PATH',
  flags: [
    {
      name: 'format',
      kind: 'text',
      value: 'NAME',
      text: `is the format of the file; default: the first that is there of ${platform.formats.join(', ')}`,
      as: 'ours',
    },
    {
      name: 'img-name',
      kind: 'text',
      value: 'NAME',
      text: 'is the name of the system, with which the image’s name begins; default: that of the file',
    },
    ARCHITECTURE,
    ...optionFlags(platform),
    {
      name: 'dry-run',
      kind: 'switch',
      text: 'says what would be sent and called, and does nothing',
      as: 'ours',
    },
    {
      name: 'keep-last',
      kind: 'number',
      value: 'N',
      text: 'removes all but N images of the system, once the new one is there',
      as: 'ours',
    },
    { name: 'result', kind: 'text', value: 'FILE', text: 'writes what came of it as JSON', as: 'ours' },
  ],
  load: async () => ({ run: (await import('./run.js')).pushTo(platform.name) }),
}));

/** `nx-linuxkit unpush aws` and its like, for each platform that keeps images. */
export const unpushFromClouds: readonly Definition[] = platforms
  .filter(({ name }) => name !== 'ssh')
  .map((platform) => ({
    name: `unpush ${platform.name}`,
    text: `removes what push ${platform.name} has made of a system`,
    given: 'SYSTEM',
    flags: [
      ...optionFlags(platform),
      { name: 'keep-last', kind: 'number', value: 'N', text: 'leaves the newest N images', as: 'ours' },
    ],
    load: async () => ({ run: (await import('./run.js')).unpushFrom(platform.name) }),
  }));
