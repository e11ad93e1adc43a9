import type { Definition } from '../../definition.js';
import { SYSTEM_FLAGS } from '../system/flags.js';

/** `nx-linuxkit sbom`, which LinuxKit does not have. */
export const sbom: Definition = {
  name: 'sbom',
  text: 'writes bills of materials of a system: NAME.spdx.json (SPDX 2.3) and NAME.cdx.json (CycloneDX 1.6)',
  given: 'FILE...',
  flags: [
    {
      name: 'dir',
      kind: 'text',
      value: 'DIR',
      as: 'ours',
      text: 'writes the files into DIR, which is made; default: here',
    },
    {
      name: 'vex',
      kind: 'text',
      value: 'FILE',
      as: 'ours',
      text: 'is a document of OpenVEX: its statements are in NAME.cdx.json, and NAME.vex.json is a copy of it',
    },
    ...SYSTEM_FLAGS,
  ],
  load: () => import('./run.js'),
};
