import { DiskError } from '../error.js';

/** A name of 8 + 3 bytes, padded with spaces, as in a directory record. */
export type ShortName = string;

/** Matches characters that a short name cannot have, and that become `_`. */
const SHORT = /[^A-Z0-9!#$%&'()@^_`{}~-]/g;
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u001f"*/:<>?\\|\u007f]/;

/** A name with its short form. */
export interface FatName {
  readonly name: string;
  readonly short: ShortName;
  /** Whether the directory needs the long name as well, because the short one loses case, length or characters. */
  readonly long: boolean;
}

/** The short names for the names of one directory; they depend on these names alone. */
export function shortNames(names: readonly string[], directory: string): FatName[] {
  const taken = new Set<ShortName>();
  const folded = new Set<string>();
  for (const name of names) {
    check(name, directory);
    const key = name.toUpperCase();
    if (folded.has(key)) {
      throw new DiskError(
        'duplicate-name',
        `${directory}/${name}: FAT ignores case, and another name differs only in case`,
      );
    }
    folded.add(key);
    const exact = exactShort(name);
    if (exact) taken.add(exact);
  }
  const next = new Map<string, number>();
  return names.map((name) => {
    const short = exactShort(name) ?? numbered(name, taken, next);
    return { name, short, long: display(short) !== name };
  });
}

/** The name in upper case, if it fits into 8 + 3 characters without loss. */
function exactShort(name: string): ShortName | undefined {
  const match = /^([^.]{1,8})(?:\.([^.]{1,3}))?$/.exec(name.toUpperCase());
  if (!match || match[1]!.search(SHORT) >= 0 || (match[2] ?? '').search(SHORT) >= 0) return undefined;
  return match[1]!.padEnd(8) + (match[2] ?? '').padEnd(3);
}

/** A short name such as `LINUXK~1.EFI`, with the first free number. */
function numbered(name: string, taken: Set<ShortName>, next: Map<string, number>): ShortName {
  const upper = name.toUpperCase().replace(/ /g, '').replace(/^\.+/, '');
  const dot = upper.lastIndexOf('.');
  const base = (dot < 0 ? upper : upper.slice(0, dot)).replace(/\./g, '').replace(SHORT, '_') || '_';
  const extension = (dot < 0 ? '' : upper.slice(dot + 1)).replace(SHORT, '_').slice(0, 3).padEnd(3);
  for (let number = next.get(base + extension) ?? 1; ; number++) {
    const tail = `~${number}`;
    const short = base.slice(0, 8 - tail.length) + tail;
    const full = short.padEnd(8) + extension;
    if (taken.has(full)) continue;
    taken.add(full);
    next.set(base + extension, number + 1);
    return full;
  }
}

function display(short: ShortName): string {
  const extension = short.slice(8).trimEnd();
  return short.slice(0, 8).trimEnd() + (extension && `.${extension}`);
}

function check(name: string, directory: string): void {
  const reason = FORBIDDEN.test(name)
    ? 'FAT forbids one of its characters'
    : /\p{Surrogate}/u.test(name)
      ? 'it is not Unicode'
      : /[. ]$/.test(name)
        ? 'FAT drops dots and spaces at the end'
        : name.length > 255
          ? `expected at most 255 UTF-16 units, got ${name.length}`
          : undefined;
  if (reason) throw new DiskError('bad-name', `${directory}/${name}: ${reason}`);
}
