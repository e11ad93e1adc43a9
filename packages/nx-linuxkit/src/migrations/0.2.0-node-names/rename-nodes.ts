import { imageNodeName, segmentNodeName, systemNodeName, systemNodes } from '@nx-linuxkit/stages/plan';

/** What a text is read against, so that a path that looks like an old name stays. */
export interface Workspace {
  /** Names of systems, without what a variant or a platform adds. */
  readonly systems: ReadonlySet<string>;
  /** The folders of packages, which may have any character in their names. */
  readonly packages: ReadonlySet<string>;
}

/** Nothing that would make a name a part of a longer word or path. */
const BEFORE = '(?<![\\w/.@-])';
const AFTER = '(?![\\w/@-])';
const PLATFORM = '(amd64|arm64(?:-v8)?|arm-v[67]|riscv64|s390x|ppc64le|386)';
const PLACE = '((?:kernel|init|(?:onboot|onshutdown|services|volumes)/[\\w.-]+))';

const PULLED = new RegExp(`${BEFORE}oci/([\\w.-]+)-([0-9a-f]{12})-${PLATFORM}${AFTER}`, 'g');
const PULLED_SEGMENT = new RegExp(
  `${BEFORE}segment/oci/([\\w.-]+)-([0-9a-f]{12})-${PLATFORM}/${PLACE}${AFTER}`,
  'g',
);
/** A package that npm has installed. */
const INSTALLED = '@[\\w.@/-]+?';
/** The tags of 0.1, and no executor. */
const TAG = /(?<![\w-])linuxkit:(image|segment|initramfs|oci-config|verify|sign)(?![\w-])/g;

/** Replaces the names and tags that internal nodes had in 0.1. */
export function renameNodes(text: string, { systems, packages }: Workspace): string {
  const packageAt = (folder: string) => ({
    kind: 'package' as const,
    folder: packages.has(folder) ? folder : `node_modules/${folder}`,
  });
  const folder = `(${[...longestFirst(packages).map(escaped), INSTALLED].join('|')})`;
  const packageNode = new RegExp(`${BEFORE}pkg/${folder}-${PLATFORM}${AFTER}`, 'g');
  const packageSegment = new RegExp(`${BEFORE}segment/pkg/${folder}-${PLATFORM}/${PLACE}${AFTER}`, 'g');
  return text
    .replace(PULLED_SEGMENT, (_, word: string, digits: string, platform: string, place: string) => {
      const source = { kind: 'pulled', from: word, digest: `sha256:${digits}` } as const;
      return segmentNodeName(imageNodeName(source, platformOf(platform)), source, place);
    })
    .replace(packageSegment, (_, named: string, platform: string, place: string) => {
      const source = packageAt(named);
      return segmentNodeName(imageNodeName(source, platformOf(platform)), source, place);
    })
    .replace(PULLED, (_, word: string, digits: string, platform: string) =>
      imageNodeName({ kind: 'pulled', from: word, digest: `sha256:${digits}` }, platformOf(platform)),
    )
    .replace(packageNode, (_, named: string, platform: string) =>
      imageNodeName(packageAt(named), platformOf(platform)),
    )
    .replace(systemPattern(systems), (_, name: string, node: (typeof systemNodes)[number]) =>
      systemNodeName(name, node),
    )
    .replace(TAG, 'linuxkit:internal');
}

/** A system's own nodes, those of its variants and platforms among them; a file called `verify` has a dot or slash. */
function systemPattern(systems: ReadonlySet<string>): RegExp {
  return new RegExp(`${BEFORE}(${systemNames(systems)})/(${systemNodes.join('|')})(?![\\w/@.-])`, 'g');
}

/** A pattern for the name of any system, of a variant or of another platform. It matches nothing without systems. */
export function systemNames(systems: ReadonlySet<string>): string {
  const names = longestFirst(systems).map(escaped);
  return names.length === 0 ? '(?!)' : `(?:${names.join('|')})(?:-[\\w-]+)?`;
}

/** A name comes before those that it begins with. */
function longestFirst(names: ReadonlySet<string>): string[] {
  return [...names].sort((a, b) => b.length - a.length);
}

function platformOf(word: string): string {
  return `linux/${word.replace('-', '/')}`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
