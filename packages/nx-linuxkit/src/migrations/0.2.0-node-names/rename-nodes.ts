import { imageNodeName, segmentNodeName, systemNodeName, systemNodes } from '@nx-linuxkit/stages/plan';

/** What a text is read against, so that a path that looks like an old name stays. */
export interface Workspace {
  /** Names of systems, without what a variant or a platform adds. */
  readonly systems: ReadonlySet<string>;
  /** Whether a folder of the workspace is a package. */
  isPackage(folder: string): boolean;
}

/** Nothing that would make a name a part of a longer word or path. */
const BEFORE = '(?<![\\w/.@-])';
const AFTER = '(?![\\w/@-])';
const PLATFORM = '(amd64|arm64(?:-v8)?|arm-v[67]|riscv64|s390x|ppc64le|386)';
const PLACE = '((?:kernel|init|(?:onboot|onshutdown|services|volumes)/[\\w.-]+))';

const PULLED = new RegExp(`${BEFORE}oci/([\\w.-]+)-([0-9a-f]{12})-${PLATFORM}${AFTER}`, 'g');
const PACKAGE = new RegExp(`${BEFORE}pkg/([\\w.@/-]+?)-${PLATFORM}${AFTER}`, 'g');
const PULLED_SEGMENT = new RegExp(
  `${BEFORE}segment/oci/([\\w.-]+)-([0-9a-f]{12})-${PLATFORM}/${PLACE}${AFTER}`,
  'g',
);
const PACKAGE_SEGMENT = new RegExp(`${BEFORE}segment/pkg/([\\w.@/-]+?)-${PLATFORM}/${PLACE}${AFTER}`, 'g');
/** The tags of 0.1, and no executor. */
const TAG = /(?<![\w-])linuxkit:(image|segment|initramfs|oci-config|verify|sign)(?![\w-])/g;

/** Replaces the names and tags that internal nodes had in 0.1. */
export function renameNodes(text: string, { systems, isPackage }: Workspace): string {
  const packageAt = (folder: string) => {
    if (isPackage(folder)) return { kind: 'package', folder } as const;
    return folder.startsWith('@')
      ? ({ kind: 'package', folder: `node_modules/${folder}` } as const)
      : undefined;
  };
  return text
    .replace(PULLED_SEGMENT, (_, word: string, digits: string, platform: string, place: string) => {
      const source = { kind: 'pulled', from: word, digest: `sha256:${digits}` } as const;
      return segmentNodeName(imageNodeName(source, platformOf(platform)), source, place);
    })
    .replace(PACKAGE_SEGMENT, (all: string, folder: string, platform: string, place: string) => {
      const source = packageAt(folder);
      return source ? segmentNodeName(imageNodeName(source, platformOf(platform)), source, place) : all;
    })
    .replace(PULLED, (_, word: string, digits: string, platform: string) =>
      imageNodeName({ kind: 'pulled', from: word, digest: `sha256:${digits}` }, platformOf(platform)),
    )
    .replace(PACKAGE, (all: string, folder: string, platform: string) => {
      const source = packageAt(folder);
      return source ? imageNodeName(source, platformOf(platform)) : all;
    })
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
  const names = [...systems].sort((a, b) => b.length - a.length).map((name) => escaped(name));
  return names.length === 0 ? '(?!)' : `(?:${names.join('|')})(?:-[\\w-]+)?`;
}

function platformOf(word: string): string {
  return `linux/${word.replace('-', '/')}`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
