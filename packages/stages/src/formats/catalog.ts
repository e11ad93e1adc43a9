import type { Format } from './format.js';

/**
 * Every format by its name. Listing one here makes it a target of every OS, a case of the tests that run
 * over all formats, and a row of the reference page. Code is loaded when a format is made.
 */
export const formats: readonly Format[] = [
  {
    name: 'kernel+initrd',
    description: 'Kernel, initrd and command line as three files',
    boots: 'kernel',
    files: (name) => [`${name}-kernel`, `${name}-initrd.img`, `${name}-cmdline`],
    load: async () => (await import('./kernel+initrd/index.js')).kernelInitrd,
  },
  {
    name: 'tar',
    description: 'The root file system as a tar archive, with the kernel under boot/',
    files: (name) => [`${name}.tar`],
    load: async () => (await import('./tar/index.js')).tar,
  },
  {
    name: 'docker',
    description: 'The root file system as a build context for Docker: tar and a Dockerfile',
    files: (name) => [`${name}.docker`],
    load: async () => (await import('./docker/index.js')).docker,
  },
  {
    name: 'tar-kernel-initrd',
    description: 'Kernel, initrd and command line in one tar archive',
    files: (name) => [`${name}-initrd.tar`],
    load: async () => (await import('./tar-kernel-initrd/index.js')).tarKernelInitrd,
  },
];

export const formatNames: readonly string[] = formats.map(({ name }) => name);
