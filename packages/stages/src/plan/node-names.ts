import { posix } from 'node:path';
import { DEFAULT_PLATFORM } from '@nx-linuxkit/spec';
import { platformWord } from './project-name.js';

/**
 * Joins the parts of an internal node's name. Nx takes `nx build my-os` for `@acme/my-os` when no other name has `my-os`
 * as a word of its own; letters, digits, `-` and `@` beside it make it part of a longer word, but `/` does not. So an
 * internal node never makes an abbreviation ambiguous.
 */
const JOINT = '@';

/** The npm package of the base set, whose images have the shortest names. */
const BASE_SET = '@nx-linuxkit/images/';

/** Digits of a digest in a name: enough for the images of a workspace that share a repository's last word. */
const NAME_DIGITS = 7;

/** Where an image comes from, as far as its name shows it. */
type Source =
  | { readonly kind: 'pulled'; readonly digest: string; readonly from: string }
  | { readonly kind: 'package'; readonly folder: string; readonly file?: string };

/** The nodes that each system has to itself. */
export const systemNodes = ['oci-config', 'verify', 'sbom', 'initramfs', 'sign'] as const;

/** The project name of a system's own node: `my-os@initramfs`. */
export function systemNodeName(system: string, node: (typeof systemNodes)[number]): string {
  return `${system}${JOINT}${node}`;
}

/**
 * The project name of an image: `oci@nginx-0123456` for one that is pulled, `base@dhcpcd` for one of the base set,
 * `pkg@images-app` for another package, `pkg@images-app-build-debug` for its variant. The default platform is left out: `base@dhcpcd@arm64`.
 */
export function imageNodeName(source: Source, platform: string): string {
  const name = source.kind === 'pulled' ? pulledName(source) : packageName(source);
  return platform === DEFAULT_PLATFORM ? name : `${name}${JOINT}${platformWord(platform)}`;
}

/**
 * The project name of an image at a place: `base@dhcpcd@onboot-000`, `oci@nginx-0123456@services`. The place has the
 * container's name where that is not the image's.
 */
export function segmentNodeName(image: string, source: Source, place: string): string {
  const [, section, index = '', name = ''] = PLACE.exec(place) as RegExpExecArray;
  const words = [section, index, name === imageWord(source) ? '' : name];
  return `${image}${JOINT}${words.filter((word) => word !== '').join('-')}`;
}

/** `kernel`, `services/web`, `onboot/000-dhcpcd`: only containers that run in order have an index. */
const PLACE = /^([^/]+)(?:\/(?:(?<=^on[a-z]+\/)(\d+)-)?(.*))?$/s;

function pulledName(source: Source & { kind: 'pulled' }): string {
  const digits = source.digest.slice('sha256:'.length, 'sha256:'.length + NAME_DIGITS);
  return `oci${JOINT}${glued(imageWord(source))}-${digits}`;
}

function packageName({ folder, file = '' }: Source & { kind: 'package' }): string {
  // pnpm's own folder of a package holds another `node_modules`.
  const path = folder.replace(/^.*\bnode_modules\//, '').replace(/^(\.\.\/|\/)+/, '');
  if (path !== folder && path.startsWith(BASE_SET))
    return `base${JOINT}${glued(path.slice(BASE_SET.length))}`;
  // A variant is described by a file of its own beside build.yml.
  return `pkg${JOINT}${glued(posix.join(path, file.replace(/\.ya?ml$/, '')))}`;
}

/** The last word of a reference or folder, as people say it: `localhost:5000/a/nginx` is `nginx`. */
export function imageWord(source: Source): string {
  if (source.kind === 'package') return posix.basename(source.folder);
  const path = source.from.replace(/^[a-z-]+:(?=[./])/, '');
  const word = posix.basename(path).replace(/[:@].*$/, '');
  return word.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^-+|-+$/g, '') || 'image';
}

/** One word for Nx, whatever the path or repository is. */
function glued(path: string): string {
  return path.replace(/^@/, '').replace(/[^\p{L}\p{N}@-]+/gu, '-');
}
