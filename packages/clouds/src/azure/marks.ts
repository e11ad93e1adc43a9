import type { Wanted } from '../platform.js';

/** Resources of machines, behind the resource group. */
export const COMPUTE = '/providers/Microsoft.Compute';
export const SYSTEM_TAG = 'nx-linuxkit-system';
export const DIGEST_TAG = 'nx-linuxkit-sha256';
export const TIME_TAG = 'nx-linuxkit-time';

/** The tags by which the next push finds an image. */
export function tagsOf(
  { system, file }: Pick<Wanted, 'system' | 'file'>,
  created: string,
): Record<string, string> {
  return { [SYSTEM_TAG]: system, [DIGEST_TAG]: file.sha256, [TIME_TAG]: created };
}

/** The generation of machines that a firmware has. */
export const generation = (firmware: 'bios' | 'uefi'): 'V1' | 'V2' => (firmware === 'uefi' ? 'V2' : 'V1');
