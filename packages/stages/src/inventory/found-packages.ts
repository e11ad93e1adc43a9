import { printable } from '@nx-linuxkit/errors';
import {
  debianLicense,
  readCargoAuditable,
  readGoBuildInfo,
  readOsRelease,
  type Distribution,
  type FoundPackage,
  type NamedPackage,
} from '@nx-linuxkit/sbom';
import type { Content, Entry, Tree } from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import { boundedGunzip, boundedText } from './bounded-text.js';
import { elfSections } from './elf-sections.js';
import { RECORD_FILES } from './record-files.js';

/** A copyright file; the largest of Debian, that of the kernel's firmware, has 300 kB. */
const COPYRIGHT = 4 << 20;
/** The list of a program's modules; one of a thousand modules has 100 kB. */
const MODULES = 16 << 20;
const GO = '.go.buildinfo';
const RUST = '.dep-v0';

/**
 * The packages that files in an image name: records of dpkg and apk, lock files of npm, Go and Rust, metadata of Python, and
 * the lists in programs of Go and Rust. `name` names the image in warnings about files that are not read.
 */
export async function foundPackages(tree: Tree, name: string, log: Log): Promise<FoundPackage[]> {
  const distribution = await distributionOf(tree);
  const found: FoundPackage[] = [];
  const licenses: Licenses = new Map();
  for (const { path, content } of filesOf(tree)) {
    const named = (await ofRecords(path, content, name, log)) ?? (await ofProgram(tree, path, content));
    for (const one of named) found.push(await finished(one, path, { tree, distribution, licenses }));
  }
  return found;
}

interface File {
  readonly path: string;
  readonly content: Content;
}

/** The files of an image that have bytes, each by its first path. */
function filesOf(tree: Tree): File[] {
  const seen = new Set<Entry['inode']>();
  return tree.entries().flatMap(({ path, inode }) => {
    if (inode.type !== 'file' || !inode.content || seen.has(inode)) return [];
    seen.add(inode);
    return [{ path, content: inode.content }];
  });
}

/** The packages that a record names; undefined for a file that is none. */
async function ofRecords(
  path: string,
  content: Content,
  image: string,
  log: Log,
): Promise<NamedPackage[] | undefined> {
  const kind = RECORD_FILES.find((one) => one.path.test(path));
  if (!kind) return undefined;
  const text = await boundedText(content, kind.limit);
  if (text === undefined) {
    log(
      printable(
        `warning: /${path} of ${image} has more than ${kind.limit} bytes, so its packages are not listed`,
      ),
    );
    return [];
  }
  try {
    return kind.read(text);
  } catch {
    log(printable(`warning: /${path} of ${image} cannot be read, so its packages are not listed`));
    return [];
  }
}

/** The packages that a program itself lists. */
async function ofProgram(tree: Tree, path: string, content: Content): Promise<NamedPackage[]> {
  if (((tree.get(path)?.mode ?? 0) & 0o111) === 0) return [];
  const sections = await elfSections(content, [GO, RUST], MODULES);
  const [go, rust] = [sections.get(GO), sections.get(RUST)];
  return [...(go ? readGoBuildInfo(go) : []), ...(rust ? readCargoAuditable(rust) : [])];
}

/** What copyright files say, so that each is read once: any number of packages may lead to the same one. */
type Licenses = Map<Content, string | undefined>;

/** Only packages of a distribution are of one; Debian keeps their licences in files of their own. */
async function finished(
  named: NamedPackage,
  path: string,
  {
    tree,
    distribution,
    licenses,
  }: { tree: Tree; distribution: Distribution | undefined; licenses: Licenses },
): Promise<FoundPackage> {
  if (named.type !== 'deb' && named.type !== 'apk') return { ...named, path };
  const license = named.type === 'deb' ? await licenseOf(named.name, tree, licenses) : undefined;
  return {
    ...named,
    ...(distribution && { distribution }),
    ...(license !== undefined && { license }),
    path,
  };
}

async function licenseOf(name: string, tree: Tree, licenses: Licenses): Promise<string | undefined> {
  const path = `usr/share/doc/${name}/copyright`;
  const [plain, packed] = [contentAt(tree, path), contentAt(tree, `${path}.gz`)];
  const content = plain ?? packed;
  if (!content) return undefined;
  if (!licenses.has(content)) {
    const text = await (plain ? boundedText(content, COPYRIGHT) : boundedGunzip(content, COPYRIGHT));
    licenses.set(content, text === undefined ? undefined : debianLicense(text));
  }
  return licenses.get(content);
}

async function distributionOf(tree: Tree): Promise<Distribution | undefined> {
  const content = contentAt(tree, 'etc/os-release') ?? contentAt(tree, 'usr/lib/os-release');
  const text = content && (await boundedText(content, COPYRIGHT));
  return text === undefined ? undefined : readOsRelease(text);
}

/** The bytes that a path leads to, symlinks followed; undefined where it leads nowhere. */
function contentAt(tree: Tree, path: string): Content | undefined {
  try {
    return tree.get(tree.realpath(path))?.content;
  } catch {
    return undefined;
  }
}
