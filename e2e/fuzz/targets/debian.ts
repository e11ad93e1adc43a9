import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolvePackages } from '@nx-linuxkit/debian';
import { streamOf } from '../stream.js';
import { openTable, tabulatePackages } from '../../../packages/debian/src/archive/packages.js';
import { parseRelease } from '../../../packages/debian/src/archive/release.js';
import { readKeyFiles, verifyClearsigned } from '../../../packages/debian/src/archive/signature.js';
import { mutateBytes } from '../mutate-bytes.js';
import { mutateText } from '../mutate-text.js';
import type { Target } from '../target.js';

const SHA256 = 'a'.repeat(64);

const PACKAGES = `Package: app
Version: 1:2.0~rc1-3+deb12u1
Essential: yes
Depends: libc6 (>= 2.34), awk | mawk (<< 2:9), python3:any
Pre-Depends: dpkg (= 1.21)
Provides: awk (= 1.0), virtual
Filename: ./pool/main/a/app/app_1_amd64.deb
Size: 1234
SHA256: ${SHA256}
Description: folded
 lines
 .
 more

# a comment
Package: libc6
Version: 2.36-9
Provides: dpkg (= 1.21), python3
Filename: pool/main/g/glibc/libc6_2.36-9_amd64.deb
Size: 5
SHA256: ${SHA256}
`;

/** The index `Packages` of a Debian archive, and what is found in it. */
export const packages: Target = {
  name: 'packages',
  sample: 5_000,
  faults: { DebianError: ['bad-format', 'unknown-package', 'unsatisfiable'] },
  seeds: async () => [Buffer.from(PACKAGES)],
  mutate: mutateText,
  async read(input) {
    const index = openTable(await tabulatePackages(streamOf(input)));
    for (const { package: found } of resolvePackages(index, ['app'])) {
      // These three become a URL, a path and a limit.
      if (!/^[0-9a-f]{64}$/.test(found.sha256)) throw new Error(`accepted the digest ${found.sha256}`);
      if (!Number.isSafeInteger(found.size) || found.size < 0)
        throw new Error(`accepted the size ${found.size}`);
      if (/(^|\/)\.\.(\/|$)|^\//.test(found.path)) throw new Error(`accepted the path ${found.path}`);
    }
  },
};

const RELEASE = `Origin: Debian
Suite: oldstable
Codename: bookworm
SHA256:
 ${SHA256} 123 main/binary-amd64/Packages.xz
 ${SHA256} 0 main/binary-arm64/Packages.xz
`;

/** The text of a Release whose signature was right. */
export const release: Target = {
  name: 'release',
  sample: 10_000,
  faults: { DebianError: ['bad-format'] },
  seeds: async () => [Buffer.from(RELEASE)],
  mutate: mutateText,
  read(input) {
    for (const [path, { sha256, size }] of parseRelease(input.toString('utf8'), 'bookworm')) {
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`accepted the digest ${sha256}`);
      if (!Number.isSafeInteger(size)) throw new Error(`accepted the size ${size} of ${path}`);
    }
  },
};

const SIGNED = readFileSync(join(__dirname, '..', 'seeds', 'inrelease', 'signed'));
const [, SIGNED_TEXT] = /\n\n([^]*?)\n-----BEGIN PGP SIGNATURE/.exec(
  SIGNED.toString('utf8'),
) as RegExpExecArray;
const KEYS = join(__dirname, '..', 'seeds', 'inrelease', 'keys');

/** InRelease, which is signed: damage is refused, or leaves the signed text as it was. */
export const inRelease: Target = {
  name: 'inrelease',
  sample: 300,
  faults: { DebianError: ['bad-format', 'bad-signature'] },
  seeds: async () => [SIGNED],
  mutate: (next, input, other) => (next(2) ? mutateBytes : mutateText)(next, input, other),
  async read(input) {
    const text = await verifyClearsigned(input.toString('utf8'), 'InRelease', await readKeyFiles(KEYS));
    // RFC 9580, section 7: white space at the end of lines is not part of what is signed.
    const trimmed = (lines: string) => lines.replace(/[ \t\r]+$/gm, '').trimEnd();
    if (trimmed(text) !== trimmed(SIGNED_TEXT.replace(/^- /gm, '')))
      throw new Error(`took other bytes as signed: ${JSON.stringify(text)}`);
  },
};
