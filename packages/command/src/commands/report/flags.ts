import type { Flag } from '../../definition.js';
import { build } from '../build/definition.js';

/** The flags of `build` that say which system is meant. */
const OF_BUILD = [
  'name',
  'arch',
  'set',
  'variant',
  'docker',
  'pull',
  'decompress-kernel',
  'no-sbom',
  'sbom-output',
];

/** The flags of a command that reports on a system. */
export const reportFlags: readonly Flag[] = [
  { name: 'json', kind: 'switch', as: 'ours', text: 'prints everything as JSON' },
  ...build.flags.filter(({ name }) => OF_BUILD.includes(name)),
];
