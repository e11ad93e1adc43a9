import { DiskError } from '../error.js';
import type { Node } from '../node/node.js';

/** A child with the identifier of its directory record. */
export interface Named {
  readonly node: Node;
  readonly id: Buffer;
}

/** Characters of the longest identifier, a file's dot included but not its `;1`: ECMA-119 7.5.1. */
const LONGEST = 31;
/** UCS-2 units of the longest Joliet name. The specification has 64; Windows reads 103, and `-joliet-long` writes 103. */
const LONGEST_JOLIET = 103;

/** Identifiers in upper case, with `_` for characters that ISO 9660 lacks, sorted. Rock Ridge has the real names. */
export function isoNames(children: readonly Node[]): Named[] {
  const taken = new Set<string>();
  return sorted(
    children.map((node) => {
      const directory = node.inode.type === 'dir';
      const [base, extension] = directory ? [clean(node.name), ''] : split(node.name);
      const id = unique(taken, base, extension ? `.${extension}` : '', LONGEST);
      return { node, id: Buffer.from(directory ? id : `${id}${extension ? '' : '.'};1`, 'latin1') };
    }),
  );
}

/** Joliet identifiers in big endian UCS-2, with `_` for characters that Joliet forbids, sorted. */
export function jolietNames(children: readonly Node[]): Named[] {
  const taken = new Set<string>();
  return sorted(
    children.map((node) => {
      // eslint-disable-next-line no-control-regex
      const name = node.name.replace(/[\u0000-\u001f*/:;?\\\ud800-\udfff]/g, '_');
      const dot = name.lastIndexOf('.');
      const extension = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : '';
      const id = unique(taken, name.slice(0, name.length - extension.length), extension, LONGEST_JOLIET);
      return { node, id: Buffer.from(id, 'utf16le').swap16() };
    }),
  );
}

function split(name: string): [base: string, extension: string] {
  const dot = name.lastIndexOf('.');
  if (dot <= 0) return [clean(name), ''];
  return [clean(name.slice(0, dot)), clean(name.slice(dot + 1)).slice(0, 8)];
}

const clean = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9_]/g, '_');

/** The name cut to `longest` characters; if it is taken, a number replaces its end. */
function unique(taken: Set<string>, base: string, extension: string, longest: number): string {
  for (let number = 0; number < 1e6; number++) {
    const tail = number === 0 ? '' : `_${number}`;
    const name = base.slice(0, longest - extension.length - tail.length) + tail + extension;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
  throw new DiskError('duplicate-name', `a directory has more than a million names like ${base}${extension}`);
}

/** Directory records are sorted by identifier: ECMA-119 9.3. */
const sorted = (names: Named[]): Named[] => names.sort((a, b) => a.id.compare(b.id));
