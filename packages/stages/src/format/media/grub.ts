import { StageError } from '../../error.js';

/** GRUB's configuration: one entry, started at once. */
export function grubConfig(cmdline: string): string {
  const words = kernelWords(cmdline).map(quoted).join(' ');
  return [
    'set timeout=0',
    'menuentry linux {',
    `  linux /kernel${words ? ` ${words}` : ''}`,
    '  initrd /initrd.img',
    '}',
    '',
  ].join('\n');
}

/**
 * Splits a command line into words as the kernel does, and drops their double quotes. GRUB puts a word with a space
 * into quotes again (grub-core/lib/cmdline.c), which the kernel reads as the same word.
 */
function kernelWords(cmdline: string): string[] {
  if (/['\\]/.test(cmdline)) {
    throw new StageError(
      'unsupported',
      `GRUB puts a backslash before ' and \\, so they cannot be in kernel.cmdline: ${cmdline}`,
      { hint: 'Leave them out, or make a unified kernel image (`uki`), which holds the line as it is.' },
    );
  }
  return (cmdline.match(/(?:"[^"]*"?|[^\s"])+/g) ?? []).map((word) => word.replaceAll('"', ''));
}

function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word}'`;
}
