import type { LoaderShare } from '@nx-linuxkit/disk';
import { argumentsOf, refusedArgument } from './cmdline.js';

const ADDED = 'BOOT_IMAGE=/kernel ';

/** What GRUB puts before the line that it passes on: grub-core/loader/i386/linux.c, LINUX_IMAGE. */
export const GRUB_SHARE: LoaderShare = { text: ADDED, bytes: ADDED.length };

/** GRUB's configuration: one entry, started at once. The kernel gets the very bytes of the line behind `BOOT_IMAGE`. */
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

/** An argument that is quoted as a whole and has a space, the only one that GRUB quotes itself. */
const QUOTED = /^"([^"]* [^"]*)"$/;
/** What GRUB puts a backslash before. */
const ESCAPED = /["'\\]/;

/**
 * The words for which GRUB writes the line (grub-core/lib/cmdline.c): it joins them by one space, puts a word with a
 * space between double quotes, and a backslash before each quote and backslash. So an empty word stands for each
 * further space. Throws StageError `bad-cmdline` for an argument that no word gives.
 */
function grubWords(cmdline: string, format: string): string[] {
  return argumentsOf(cmdline).flatMap((text, i) => {
    const argument = text.trimStart();
    const further = text.length - argument.length - (i === 0 ? 0 : 1);
    const word = QUOTED.exec(argument)?.[1] ?? argument;
    if (ESCAPED.test(word)) throw changedByGrub(argument, format);
    return [...Array<string>(further).fill(''), word];
  });
}

function changedByGrub(argument: string, format: string) {
  const whole = `"${argument.replaceAll('"', '')}"`;
  const another =
    QUOTED.test(whole) && !ESCAPED.test(whole.slice(1, -1)) ? `Write ${whole}, or make` : 'Make';
  return refusedArgument({
    format,
    argument,
    reason: `GRUB puts a backslash before ' and " and \\, except for double quotes around a whole argument`,
    hint: `${another} a unified kernel image (the format uki, or \`uki: true\`), which holds the line as it is.`,
  });
}

/** A word as GRUB's script has it. Between single quotes nothing is special, and the word has none. */
function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word}'`;
}
