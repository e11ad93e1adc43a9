import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Key, readKeys as ReadKeys } from 'openpgp';
import { installCommand } from '@nx-linuxkit/errors';
import { DebianError } from '../errors.js';

/** The folder of the Debian archive's public keys, which is published with this package, beside `dist`. */
export const ARCHIVE_KEYS = join(__dirname, '..', '..', 'keys');

/**
 * Returns the text of a clearsigned message. Throws `bad-signature` unless one of the keys (armoured, see `readKeyFiles`)
 * signed it, and `bad-format` if it is no such message; `missing-package` without openpgp. `name` is the message in errors.
 */
export async function verifyClearsigned(
  armoured: string,
  name: string,
  keys: readonly string[],
): Promise<string> {
  const { readCleartextMessage, readKeys, verify } = await loadOpenPgp();
  const message = await readCleartextMessage({ cleartextMessage: armoured }).catch((error: unknown) => {
    throw new DebianError('bad-format', `${name} is not a clearsigned message`, { cause: error });
  });
  const { data, signatures } = await verify({
    message,
    verificationKeys: await openKeys(keys, readKeys),
  });
  const verdicts = await Promise.allSettled(signatures.map(({ verified }) => verified));
  if (verdicts.some(({ status }) => status === 'fulfilled')) return data;
  const signers = signatures.map(({ keyID }) => keyID.toHex()).join(', ');
  throw new DebianError(
    'bad-signature',
    `${name} has no good signature by a Debian archive key (signed by ${signers})`,
    {
      hint: 'Check that the mirror is a Debian mirror; for a newer Debian release, update @nx-linuxkit/debian.',
      cause: verdicts.map((verdict) => (verdict as PromiseRejectedResult).reason).at(0),
    },
  );
}

/** Only locking verifies signatures, and openpgp has 17 MB: so it is an optional package, and loaded here. */
async function loadOpenPgp() {
  try {
    return await import('openpgp');
  } catch (cause) {
    throw new DebianError(
      'missing-package',
      'openpgp is needed to verify the signature of the Debian archive',
      {
        hint: `Run \`${installCommand(['openpgp@6'])}\`.`,
        cause,
      },
    );
  }
}

/** Returns the armoured keys of a folder, its files `*.asc`, in the order of their names. */
export async function readKeyFiles(folder = ARCHIVE_KEYS): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.asc')).sort();
  return Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
}

async function openKeys(armoured: readonly string[], readKeys: typeof ReadKeys): Promise<Key[]> {
  const keys = await Promise.all(armoured.map((armoredKeys) => readKeys({ armoredKeys })));
  return keys.flat() as Key[];
}
