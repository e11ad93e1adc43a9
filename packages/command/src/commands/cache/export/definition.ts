import type { Definition } from '../../../definition.js';

/** The forms of an exported image; `exportFormats` of the stages, which is not loaded for help. */
const FORMATS = ['oci', 'docker', 'filesystem'];

/** `linuxkit cache export`. */
export const cacheExport: Definition = {
  name: 'cache export',
  text: 'writes an image to a file: an OCI layout, what docker load reads, or the image’s files; it is pulled if need be',
  given: 'IMAGE',
  flags: [
    {
      name: 'outfile',
      kind: 'text',
      value: 'FILE',
      text: 'is the file to write; - is standard output',
    },
    {
      name: 'format',
      short: 'f',
      kind: 'text',
      value: 'FORMAT',
      choices: FORMATS,
      text: 'is oci (the default), docker or filesystem',
    },
    {
      name: 'platform',
      kind: 'text',
      value: 'OS/ARCH',
      text: 'chooses the platform; default: linux and the architecture of this machine',
    },
    {
      name: 'name',
      kind: 'text',
      value: 'NAME',
      text: 'is the image’s name in the file; default: IMAGE',
    },
    {
      name: 'path',
      kind: 'text',
      value: 'PATH',
      as: 'ours',
      text: 'writes the file at PATH of the image, or a tar of the folder there; implies --format filesystem',
    },
  ],
  load: () => import('./run.js'),
};
