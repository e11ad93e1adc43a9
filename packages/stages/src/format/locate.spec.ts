import { DiskError } from '@nx-linuxkit/disk';
import { readOs } from '@nx-linuxkit/spec';
import { StageError } from '../error.js';
import type { OsPlan } from '../plan/os-plan.js';
import { located } from './locate.js';

const YAML = "kernel: {image: a, cmdline: 'x'}\noutputs: [{format: tar}, {format: raw-efi}]\n";
const plan = { os: readOs('a.yml', () => YAML, { formats: ['tar', 'raw-efi'] }), file: 'a.yml' } as OsPlan;

test.each([
  ['what a format cannot hold', new DiskError('image-too-large', 'm'), 'raw-efi', { line: 2, column: 35 }],
  ['a format that the YAML does not name', new StageError('unsupported', 'm'), 'iso', {}],
  ['a bad command line', new StageError('bad-cmdline', 'm'), 'raw-efi', { line: 1, column: 29 }],
] as const)('%s is located in the YAML', (_, error, format, where) =>
  expect(located(error, plan, format)).toMatchObject({ message: 'm', where: { file: 'a.yml', ...where } }),
);
