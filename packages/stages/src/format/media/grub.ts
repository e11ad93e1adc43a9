import type { LoaderShare } from '@nx-linuxkit/disk';
import { argumentsOf, refusedArgument } from './cmdline.js';

const ADDED = 'BOOT_IMAGE=/kernel ';

/** What GRUB puts before the line that it passes on: grub-core/loader/i386/linux.c, LINUX_IMAGE. */
export const GRUB_SHARE: LoaderShare = { text: ADDED, bytes: ADDED.length };

/**
 * GRUB's configuration: one entry, started at once. Behind `BOOT_IMAGE` the kernel gets the very bytes of the line, except
 * for double quotes that it would take away itself: those stand where GRUB writes them.
 */
export function grubConfig(cmdline: string, format: string): string {
  const words = grubWords(cmdline, format).map(quoted);
  return [
    'set timeout=0',
    'menuentry linux {',
    `  ${['linux /kernel', ...words].join(' ')}`,
    '  initrd /initrd.img',
    '}',
    '',
  ].join('\n');
}

/** An argument in double quotes as a whole, or with a value in double quotes. */
const QUOTED = /^(?:"([^"]+)"|([^"=]+=)"([^"]*)")$/;
/** What GRUB puts a backslash before. */
const ESCAPED = /["'\\]/;

/**
 * The words for which GRUB writes the line (grub-core/lib/cmdline.c): it joins them by one space, puts a word with a
 * space between double quotes, and a backslash before each quote and backslash. So an empty word stands for each
 * further space, and a quoted argument is a word without its quotes. Linux reads `a="b c"`, `"a=b c"` and, without a space,
 * `a=b` and `a="b"` alike (next_arg in lib/cmdline.c). Throws StageError `bad-cmdline` for an argument that no word gives.
 */
function grubWords(cmdline: string, format: string): string[] {
  return argumentsOf(cmdline).flatMap((text, i) => {
    const argument = text.trimStart();
    const further = text.length - argument.length - (i === 0 ? 0 : 1);
    const word = unquoted(argument);
    if (ESCAPED.test(word)) throw changedByGrub(argument, format);
    return [...Array<string>(further).fill(''), word];
  });
}

/** The text of an argument without the double quotes that Linux takes away. */
function unquoted(argument: string): string {
  const [, whole, name = '', value = ''] = QUOTED.exec(argument) ?? [undefined, argument];
  return whole ?? name + value;
}

function changedByGrub(argument: string, format: string) {
  return refusedArgument({
    format,
    argument,
    reason: `GRUB puts a backslash before ' and " and \\, except for double quotes around an argument or its value`,
    hint: 'Make a unified kernel image (the format uki, or `uki: true`), which holds the line as it is.',
  });
}

/** A word as GRUB's script has it. Between single quotes nothing is special, and the word has none. */
function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word}'`;
}
