import { fileNames, findFormat, formats as table, type FileRole, type Format } from '@nx-linuxkit/formats';
import { CommandError } from '../../error.js';

/** A kernel has the same bytes in every format. */
const ALIKE: readonly FileRole[] = ['kernel'];

/** Refuses formats that would write different bytes into one file: CommandError `same-file`. */
export function checkFormats(names: readonly string[], system: string): void {
  const owners = new Map<string, string>();
  for (const format of names.flatMap((name) => findFormat(name) ?? [])) {
    for (const [role, suffix] of Object.entries(format.files) as [FileRole, string][]) {
      if (ALIKE.includes(role)) continue;
      const owner = owners.get(suffix);
      if (owner !== undefined && owner !== format.name) throw sameFile(owner, format.name, system + suffix);
      owners.set(suffix, format.name);
    }
  }
}

function sameFile(one: string, other: string, file: string): CommandError {
  return new CommandError('same-file', `${one} and ${other} both write ${file}`, {
    hint: 'Build them by two calls, with another --dir or --name.',
  });
}

/** The one format of a call that writes to a single place, and the name of its file. Throws CommandError. */
export function singleFileOf(names: readonly string[], system: string): { name: string; file: string } {
  const [format, ...more] = names.flatMap((name) => findFormat(name) ?? []);
  const files = format ? fileNames(format, system) : [];
  if (format && more.length === 0 && files.length === 1) return { name: format.name, file: files[0] };
  throw new CommandError('bad-flag', `-o takes one format of one file, got ${names.join(', ')}`, {
    hint: `Such formats are ${table
      .filter(isSingle)
      .map(({ name }) => name)
      .join(', ')}.`,
  });
}

function isSingle({ files }: Format): boolean {
  return Object.keys(files).length === 1;
}
