import { readContent, type Tree } from '@nx-linuxkit/tree';
import type { VersionChange } from './system-diff.js';

/** Bytes of a list of packages; Debian's whole archive has 60,000 packages in 50 MB. */
const LARGEST = 64 << 20;

/** Where package managers keep what is installed, and the keys of name and version in a record. */
const RECORDS = [
  { file: /^(?:(.*)\/)?var\/lib\/dpkg\/(?:status|status\.d\/[^/]+)$/, name: 'Package', version: 'Version' },
  { file: /^(?:(.*)\/)?(?:usr\/)?lib\/apk\/db\/installed$/, name: 'P', version: 'V' },
];

/** The versions of the packages that the records in a root list, by place and name. */
export async function packagesOf(root: Tree): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { path, inode } of root.entries()) {
    const kind = RECORDS.find(({ file }) => file.test(path));
    if (!kind || path.endsWith('.md5sums') || !inode.content || inode.content.size > LARGEST) continue;
    const [, place] = kind.file.exec(path) as RegExpExecArray;
    for (const record of (await textOf(inode.content)).split(/\n\n+/)) {
      const [name, version] = [kind.name, kind.version].map((key) => valueOf(record, key));
      if (name && version) found.set(place ? `${name} in ${place}` : name, version);
    }
  }
  return found;
}

/** What has another version in the second list, sorted by name. */
export function versionChanges(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): VersionChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    if (old === now) return [];
    return [{ name, ...(old !== undefined && { before: old }), ...(now !== undefined && { after: now }) }];
  });
}

function valueOf(record: string, key: string): string | undefined {
  return record
    .split('\n')
    .find((line) => line.startsWith(`${key}:`))
    ?.slice(key.length + 1)
    .trim();
}

async function textOf(content: Parameters<typeof readContent>[0]): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(content)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
