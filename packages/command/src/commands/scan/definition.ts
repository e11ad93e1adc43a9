import type { Definition } from '../../definition.js';
import { SYSTEM_FLAGS } from '../system/flags.js';

/** `nx-linuxkit scan`, which LinuxKit does not have. */
export const scan: Definition = {
  name: 'scan',
  text: 'says which packages of a system have vulnerabilities, by a feed that you have downloaded',
  given: 'FILE...',
  flags: [
    {
      name: 'with',
      kind: 'text',
      value: 'FEED',
      as: 'ours',
      text: 'is the feed: an export of OSV (a zip archive, JSON or JSON lines), or the JSON of Debian’s security tracker',
    },
    {
      name: 'vex',
      kind: 'text',
      value: 'FILE',
      as: 'ours',
      text: 'is a document of OpenVEX, whose statements silence vulnerabilities',
    },
    {
      name: 'fail-on',
      kind: 'text',
      value: 'SEVERITY',
      as: 'ours',
      text: 'ends with 1 for a vulnerability of this severity or a higher one: unknown, negligible, low, medium, high, critical',
    },
    { name: 'json', kind: 'switch', as: 'ours', text: 'prints JSON' },
    ...SYSTEM_FLAGS,
  ],
  load: () => import('./run.js'),
};
