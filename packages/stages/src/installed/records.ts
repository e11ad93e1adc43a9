import { readContent, type Content, type Inode, type Tree } from '@nx-linuxkit/tree';

/** A package as the package manager of an image has recorded it. */
export interface InstalledRecord {
  readonly name: string;
  readonly version: string;
  readonly type: 'deb' | 'apk';
  /** The root of the image, such as `containers/services/nginx/lower`; '' for the root itself. */
  readonly place: string;
  /** The whole entry. */
  readonly text: string;
  /** The file that has it: its path below `place`, and its inode. */
  readonly file: string;
  readonly inode: Inode;
}

/** Bytes of a list of packages; Debian's whole archive has 60,000 packages in 50 MB. */
const LARGEST = 64 << 20;

/** Where package managers keep what is installed, and the keys of name and version in an entry. */
const KINDS = [
  {
    type: 'deb',
    file: /^(?:(.*)\/)?(var\/lib\/dpkg\/(?:status|status\.d\/[^/]+))$/,
    name: 'Package',
    version: 'Version',
  },
  { type: 'apk', file: /^(?:(.*)\/)?((?:usr\/)?lib\/apk\/db\/installed)$/, name: 'P', version: 'V' },
] as const;

/** The entries of all lists of packages in a root, in its order. */
export async function* installedRecords(root: Tree): AsyncGenerator<InstalledRecord> {
  for (const { path, inode } of root.entries()) {
    const kind = KINDS.find((one) => one.file.test(path));
    if (!kind || path.endsWith('.md5sums') || !inode.content || inode.content.size > LARGEST) continue;
    const [, place = '', file] = kind.file.exec(path) as RegExpExecArray;
    for (const text of (await textOf(inode.content)).split(/\n\n+/)) {
      const [name, version] = [kind.name, kind.version].map((key) => valueOf(text, key));
      if (name && version) yield { name, version, type: kind.type, place, text, file, inode };
    }
  }
}

/** Reads a small file of a root as text; undefined for one that is absent or too large for a list of files. */
export async function smallText(root: Tree, path: string): Promise<string | undefined> {
  const content = root.follow(path)?.content;
  return content && content.size <= LARGEST ? textOf(content) : undefined;
}

function valueOf(text: string, key: string): string | undefined {
  return text
    .split('\n')
    .find((line) => line.startsWith(`${key}:`))
    ?.slice(key.length + 1)
    .trim();
}

async function textOf(content: Content): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(content)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
