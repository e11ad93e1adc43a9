import { DiskError } from '../error.js';
import type { Node } from '../node/node.js';

/** A child with the identifier that its directory record holds. */
export interface Named {
  readonly node: Node;
  readonly id: Buffer;
}

/** ECMA-119 7.5.1: 30 characters and the dot, before `;1`; directories have 31. */
const LONGEST = 31;
/** Joliet, section 4: 64 UCS-2 units; 103 is what Windows reads and `-joliet-long` writes. */
const LONGEST_JOLIET = 103;

/** Identifiers in upper case with `_` for what ISO 9660 lacks; true names are in Rock Ridge. */
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

/** UCS-2, big endian; characters that Joliet forbids become `_`. */
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

/** The name cut to what fits; a number replaces its end where that is taken. */
function unique(taken: Set<string>, base: string, extension: string, longest: number): string {
  for (let number = 0; number < 1e6; number++) {
    const tail = number === 0 ? '' : `_${number}`;
    const name = base.slice(0, longest - extension.length - tail.length) + tail + extension;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
  throw new DiskError(
    'duplicate-name',
    `more than a million names like ${base}${extension} in one directory`,
  );
}

/** ECMA-119 9.3: records are sorted by identifier. */
const sorted = (names: Named[]): Named[] => names.sort((a, b) => a.id.compare(b.id));
