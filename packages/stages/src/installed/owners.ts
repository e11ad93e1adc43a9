import type { Tree } from '@nx-linuxkit/tree';
import { smallText, type InstalledRecord } from './records.js';

/** The files that a package has installed, as paths in the root; directories may be among them. */
export async function ownedPaths(root: Tree, record: InstalledRecord): Promise<string[]> {
  const { place } = record;
  const listed = record.type === 'apk' ? apkPaths(record.text) : await dpkgPaths(root, record);
  return listed.map((path) => inRoot(root, place === '' ? path : `${place}/${path}`, place, path));
}

/** Debian's packages name `bin/x` where the image has a link from `bin` to `usr/bin`. */
function inRoot(root: Tree, path: string, place: string, listed: string): string {
  if (root.get(path)) return path;
  const merged = place === '' ? `usr/${listed}` : `${place}/usr/${listed}`;
  return root.get(merged) ? merged : path;
}

/** The lines `F:` and `R:` of an entry of Alpine: a folder, and the files in it. */
function apkPaths(text: string): string[] {
  let folder = '';
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('F:')) folder = line.slice(2);
    return line.startsWith('R:') ? [folder === '' ? line.slice(2) : `${folder}/${line.slice(2)}`] : [];
  });
}

/**
 * dpkg's list of a package; images without dpkg itself may have its checksums instead, beside the entry. The entry is the
 * package's there, as is its copyright file.
 */
async function dpkgPaths(root: Tree, { place, file, name, text }: InstalledRecord): Promise<string[]> {
  const at = (path: string) => (place === '' ? path : `${place}/${path}`);
  if (file.includes('/status.d/')) {
    const sums = await smallText(root, at(`${file}.md5sums`));
    const own = [file, `usr/share/doc/${name}/copyright.gz`];
    return [...own, ...lines(sums).map((line) => line.replace(/^[0-9a-f]+\s+/, ''))];
  }
  const architecture = /^Architecture: *(\S+)/m.exec(text)?.[1];
  for (const list of [`${name}:${architecture}`, name]) {
    const found = await smallText(root, at(`var/lib/dpkg/info/${list}.list`));
    if (found !== undefined) return lines(found).map((path) => path.replace(/^\//, ''));
  }
  return [];
}

function lines(text = ''): string[] {
  return text.split('\n').filter((line) => line !== '' && line !== '/.');
}
