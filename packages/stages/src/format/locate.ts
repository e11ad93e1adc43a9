import { DiskError } from '@nx-linuxkit/disk';
import type { Where } from '@nx-linuxkit/errors';
import { StageError } from '../error.js';
import type { OsPlan } from '../plan/os-plan.js';

/** Keys of the YAML that a format may refuse, by error code. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  'cmdline-too-long': ['kernel', 'cmdline'],
  'no-efi-stub': ['kernel', 'image'],
  'bad-kernel': ['kernel', 'image'],
  'bad-image': ['kernel', 'image'],
};
/** Codes of errors whose place is the format's entry in `outputs`. */
const OF_THE_FORMAT = ['image-too-large', 'file-too-large', 'boot-image-too-large', 'unsupported'];

/**
 * Gives an error of a format its place in the YAML. The packages that make bytes do not know the YAML. Other errors,
 * and those that have a place, stay as they are.
 */
export function located(error: unknown, plan: OsPlan, format: string): unknown {
  const refused = error instanceof DiskError || error instanceof StageError;
  if (!refused || error.where) return error;
  const where = placeOf(error.code, plan, format);
  if (!where) return error;
  const { message, hint, cause } = error;
  return error instanceof DiskError
    ? new DiskError(error.code, message, { where, hint, cause })
    : new StageError(error.code, message, { where, hint, cause });
}

function placeOf(code: string, { os, file }: OsPlan, format: string): Where | undefined {
  if (code in PLACES) return os.where([...PLACES[code]]);
  if (!OF_THE_FORMAT.includes(code)) return undefined;
  const entry = os.outputs.findIndex((output) => output.format === format);
  return entry < 0 ? { file } : os.where(['outputs', entry, 'format']);
}
