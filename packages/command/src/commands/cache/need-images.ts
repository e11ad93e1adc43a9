import { CommandError } from '../../error.js';

/** Refuses a call without a single name. Throws CommandError `bad-argument`. */
export function needImages(command: string, references: readonly string[]): void {
  if (references.length > 0) return;
  throw new CommandError('bad-argument', `${command} needs the name of an image`, {
    hint: `Write nx-linuxkit ${command} IMAGE; \`nx-linuxkit cache ls\` lists those of the cache.`,
  });
}
