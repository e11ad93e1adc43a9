import { SECTIONS, fileKind, fileModes, type OsSpec } from '@nx-linuxkit/spec';

/** Bits of a mode that let others read, write or run a file. */
const OTHERS = 0o077;
/** Kinds of `files` entries without bytes. */
const WITHOUT_BYTES = ['directory', 'symlink'];

/**
 * Tells whether the configs of a system's containers may hold a secret: the YAML gives one an `env`. The environment
 * of an image is not secret, because the image's registry has it.
 */
export function hasSecretEnv(os: OsSpec): boolean {
  return SECTIONS.some((section) => os[section].some(({ env = [] }) => env.length > 0));
}

/**
 * Tells whether the root of a system may hold a secret: an `env`, or a `files` entry that only its owner may
 * read, as entries are by default.
 */
export function hasSecrets(os: OsSpec): boolean {
  const isSecret = (file: OsSpec['files'][number]) =>
    !WITHOUT_BYTES.includes(fileKind(file)) && fileModes(file).some((mode) => (mode & OTHERS) === 0);
  return hasSecretEnv(os) || os.files.some(isSecret);
}
