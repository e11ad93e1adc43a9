import { argumentsOf, checkCharacters, refusedArgument, trimmedLine } from './cmdline.js';

/** The initrd's name for the kernel: started by UEFI, it loads what the first `initrd=` names. */
const INITRD = 'initrd.img';

/**
 * A script of iPXE (https://ipxe.org/scripting) that fetches kernel and initrd from the folder of the script, by any
 * protocol, and starts them. `cmdline` of the result is what the kernel gets.
 *
 * @throws StageError `bad-cmdline` for an argument that iPXE would change.
 */
export function ipxeScript(
  files: { readonly kernel: string; readonly initrd: string },
  cmdline: string,
  format: string,
): { readonly text: string; readonly cmdline: string } {
  const given = trimmedLine(cmdline);
  checkArguments(given, format);
  const line = `initrd=${INITRD} ${given}`.trimEnd();
  const text = [
    '#!ipxe',
    `kernel ${encodeURIComponent(files.kernel)} ${line}`,
    `initrd --name ${INITRD} ${encodeURIComponent(files.initrd)}`,
    'boot',
    '',
  ].join('\n');
  return { text, cmdline: line };
}

/** iPXE knows no quotes: it takes a line apart at spaces, reads operators and settings, and joins it again. */
function checkArguments(cmdline: string, format: string): void {
  checkCharacters(cmdline, format);
  for (const argument of argumentsOf(cmdline).map((word) => word.trimStart())) {
    const reason = argument.split(' ').map(changed).find(Boolean) ?? spaces(argument);
    if (reason === undefined) continue;
    throw refusedArgument({
      format,
      argument,
      reason,
      hint: 'Leave it out, or hand the text to the system in a file or by metadata.',
    });
  }
}

function changed(word: string): string | undefined {
  if (['&&', '||', ';'].includes(word)) return 'iPXE takes it for an operator of its scripts';
  if (word.startsWith('#')) return 'iPXE takes a word with # before it for a comment';
  if (word.includes('${')) return 'iPXE replaces ${…} by one of its settings';
  return undefined;
}

function spaces(argument: string): string | undefined {
  return argument.includes('  ') ? 'iPXE makes one space of several' : undefined;
}
