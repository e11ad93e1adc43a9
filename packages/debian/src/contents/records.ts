import { compress } from '@nx-linuxkit/deflate';
import type { Inode, Tree } from '@nx-linuxkit/tree';
import { excludedPaths } from '../lock/selection.js';
import { matcher } from './glob.js';
import { file } from './inodes.js';
import type { Contents } from './model.js';
import type { PackageSet } from './package-set.js';

/** Where scanners look for the packages of an image that has no dpkg: a file for each, as in Google's distroless images. */
const RECORDS = 'var/lib/dpkg/status.d';

/** zlib's best: licences are written once and read by people. */
const LEVEL = 9;

/**
 * Adds what says where an image comes from: the record of each package, by its name in `controls`, and its copyright file,
 * compressed. Packages of one source mostly have one text, which is there once, under several names. What `exclude` names
 * stays out, and what is there already stays as it is.
 */
export async function addRecords(
  tree: Tree,
  contents: Contents,
  set: PackageSet,
  controls: ReadonlyMap<string, string>,
): Promise<void> {
  const excluded = matcher(excludedPaths(contents));
  const add = (path: string, inode: Inode): void => {
    if (!excluded(path) && !tree.get(path) && tree.realpath(path) === path) tree.set(path, inode);
  };
  const copyrights = new Map<string, Inode>();
  for (const [name, control] of controls) {
    add(`${RECORDS}/${name}`, file(recordOf(control)));
    const copyright = `usr/share/doc/${name}/copyright`;
    const found = set.tree.get(set.tree.realpath(copyright))?.content;
    // A package of which all files are there has it uncompressed.
    if (!found || tree.get(copyright)) continue;
    const packed = await gzipped(found.source.read(found.offset, found.offset + found.size));
    const text = packed.toString('base64');
    const inode = copyrights.get(text) ?? file(packed);
    copyrights.set(text, inode);
    add(`${copyright}.gz`, inode);
  }
}

/**
 * The fields of a package without the long part of its description, which is no fact. A field goes on in lines that begin
 * with a space (deb822(5)).
 */
function recordOf(control: string): string {
  return control.replace(/^(Description:.*\n)( .*\n?)*/m, '$1');
}

async function gzipped(plain: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of compress(plain, { level: LEVEL })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
