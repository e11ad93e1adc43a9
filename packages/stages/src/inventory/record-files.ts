import { expectFewValues } from '@nx-linuxkit/oci';
import {
  readApk,
  readCargoLock,
  readDpkg,
  readGoMod,
  readPackageLock,
  readPythonMetadata,
  type NamedPackage,
} from '@nx-linuxkit/sbom';

/** A file that names packages. */
export interface RecordFile {
  /** Matches its path in an image. */
  readonly path: RegExp;
  /** Bytes of the largest one that is read. */
  readonly limit: number;
  /** Throws SyntaxError for a text that is none of this kind, and OciError for one that would take too much memory. */
  read(text: string): NamedPackage[];
}

/** A list of packages: Debian's whole archive has 60,000 of them in 50 MB. */
const LIST = 64 << 20;
/** What says something about one package. */
const ONE = 1 << 20;

/** Where package managers keep what is installed, and the lock files of languages. */
export const RECORD_FILES: readonly RecordFile[] = [
  { path: /^var\/lib\/dpkg\/status$/, limit: LIST, read: readDpkg },
  { path: /^var\/lib\/dpkg\/status\.d\/(?!.*\.md5sums$)[^/]+$/, limit: ONE, read: readDpkg },
  { path: /^(?:usr\/)?lib\/apk\/db\/installed$/, limit: LIST, read: readApk },
  {
    path: /(?:^|\/)(?:package-lock|npm-shrinkwrap|\.package-lock)\.json$/,
    limit: LIST,
    read(text) {
      expectFewValues(text, 'the lock file');
      return readPackageLock(JSON.parse(text));
    },
  },
  { path: /(?:^|\/)go\.mod$/, limit: ONE, read: readGoMod },
  { path: /(?:^|\/)Cargo\.lock$/, limit: LIST, read: readCargoLock },
  { path: /\.dist-info\/METADATA$/, limit: ONE, read: readPythonMetadata },
  { path: /\.egg-info(?:\/PKG-INFO)?$/, limit: ONE, read: readPythonMetadata },
];
