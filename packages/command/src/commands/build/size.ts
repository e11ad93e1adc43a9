import { CommandError } from '../../error.js';
import type { FlagValues } from '../../flags/values.js';

const SIZE = /^[1-9]\d{0,9}[MG]?$/;

/** The least size of a disk. Throws CommandError `bad-flag`. */
export function sizeOf(values: FlagValues): string | undefined {
  const size = values.text('size');
  if (size === undefined || SIZE.test(size)) return size;
  throw new CommandError(
    'bad-flag',
    `--size: expected a size such as 1024M or 2G, got ${JSON.stringify(size)}`,
  );
}
