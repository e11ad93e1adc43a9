import { formatNames } from '@nx-linuxkit/formats';
import type { Definition } from '../../definition.js';

/** `linuxkit build`. */
export const build: Definition = {
  name: 'build',
  text: 'builds a bootable system out of YAML files, which are merged in order; - is standard input; oci://REFERENCE is a system that was pushed, of which other formats are made',
  given: 'FILE...',
  exclusive: [
    ['o', 'name'],
    ['o', 'dir'],
  ],
  flags: [
    {
      name: 'format',
      short: 'f',
      kind: 'list',
      value: 'NAME,...',
      choices: formatNames,
      text: 'makes these formats; default: those that `outputs` in the YAML names, else kernel+initrd',
    },
    {
      name: 'name',
      kind: 'text',
      value: 'NAME',
      text: 'begins the names of the files, and may begin with folders below --dir; default: the last file’s name without its extension',
    },
    {
      name: 'dir',
      kind: 'text',
      value: 'DIR',
      text: 'writes the files into DIR, which is made; default: here',
    },
    {
      name: 'o',
      short: 'o',
      kind: 'text',
      value: 'FILE',
      text: 'writes a format of one file to FILE, or to standard output for -; the format is tar unless --format says so',
    },
    {
      name: 'arch',
      kind: 'text',
      value: 'ARCH',
      text: 'builds for this architecture (amd64, arm64, riscv64); default: that of this machine',
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
      text: 'builds a variant: a key of `variants` in the last YAML',
    },
    {
      name: 'size',
      kind: 'text',
      value: 'SIZE',
      text: 'is the least size of a disk, such as 512M or 2G; a bare number is in GiB',
    },
    {
      name: 'docker',
      kind: 'switch',
      text: 'looks for each image in the Docker daemon first',
    },
    {
      name: 'pull',
      kind: 'switch',
      text: 'asks the registry also for images that the cache has; what a lock beside the YAML pins stays',
    },
    {
      name: 'decompress-kernel',
      kind: 'switch',
      text: 'writes the kernel decompressed',
    },
    { name: 'dry-run', kind: 'switch', text: 'prints the merged YAML and builds nothing' },
    {
      name: 'no-sbom',
      kind: 'switch',
      text: 'writes no SBOM into the root file system, and fetches no attestations of images',
    },
    {
      name: 'sbom-output',
      kind: 'text',
      value: 'NAME',
      text: 'is the path of the SBOM in the root file system; default: sbom.spdx.json',
    },
    {
      name: 'sbom-current-time',
      kind: 'switch',
      text: 'writes the current time into the SBOM, so that no two builds are equal; default: the latest time of the images',
    },
    {
      name: 'input-tar',
      kind: 'text',
      value: 'FILE',
      as: 'needless',
      text: 'nothing of FILE is read: the cache has what an earlier build made',
    },
  ],
  load: () => import('./run.js'),
};
