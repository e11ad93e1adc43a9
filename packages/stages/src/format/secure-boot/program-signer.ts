import { createPrivateKey, sign, type KeyObject, type X509Certificate } from 'node:crypto';
import type { Signer } from '@nx-linuxkit/disk';
import { StageError } from '../../error.js';
import { certificatesOf } from '../../plan/secure-boot-plan.js';
import { SECURE_BOOT_VARIABLES, type SecureBootSettings } from '../../plan/secure-boot-settings.js';
import { readNamed, type Named, type SigningPlace } from './read-named.js';
import { signByCommand } from './sign-by-command.js';

/**
 * What signs EFI programs: the key of the option `secureBoot`, or its command. No message has a text of the key.
 *
 * @throws StageError `bad-option` for what cannot sign, `unreadable-file`, and `signing-failed` when it signs.
 */
export async function programSigner(option: SecureBootSettings, place: SigningPlace): Promise<Signer> {
  const chain = await certificates(option, place);
  const { command, identity } = option;
  if (!command)
    return { certificates: raw(chain), sign: signByKey(await privateKey(option, chain[0], place)) };
  if (command.length === 0 || !identity) {
    throw wrong(
      command.length === 0
        ? 'the option secureBoot.command is empty, expected a program and its arguments'
        : 'the option secureBoot.command has no secureBoot.identity beside it',
      'Name the key that the command signs with in `secureBoot.identity`: the keys of tasks hold it.',
    );
  }
  return { certificates: raw(chain), sign: (bytes) => signByCommand(command, bytes, place.path('.')) };
}

const raw = (chain: readonly X509Certificate[]): Uint8Array[] => chain.map((certificate) => certificate.raw);

async function certificates(option: SecureBootSettings, place: SigningPlace): Promise<X509Certificate[]> {
  const named: Named = {
    what: 'certificate',
    file: option.certificate,
    variable: option.certificateVariable ?? SECURE_BOOT_VARIABLES.certificate,
  };
  const chain = certificatesOf(await readNamed(named, place));
  if (chain) return chain;
  throw wrong(
    `expected a certificate in PEM in ${named.file ?? named.variable}, found none that can be read`,
    'A certificate in DER becomes PEM by `openssl x509 -inform DER -in db.cer -out db.pem`.',
  );
}

async function privateKey(
  option: SecureBootSettings,
  certificate: X509Certificate,
  place: SigningPlace,
): Promise<KeyObject> {
  const named: Named = {
    what: 'private key',
    file: option.key,
    variable: option.keyVariable ?? SECURE_BOOT_VARIABLES.key,
  };
  const text = await readNamed(named, place);
  const at = named.file ?? `the environment variable ${named.variable}`;
  const key = parseKey(text, at, await password(option, place));
  if (certificate.checkPrivateKey(key)) return key;
  throw wrong(
    `the private key in ${at} is not that of the certificate`,
    'Name the key that the certificate was made for.',
  );
}

/** OpenSSL's message names no part of a key, but the option may have an old one: only the kind of fault is said. */
function parseKey(text: string, at: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: text, passphrase });
  } catch {
    throw wrong(
      `expected a private key in PEM in ${at}${passphrase === undefined ? '' : ' that the password opens'}`,
      'An encrypted key needs `secureBoot.passwordFile` or its environment variable; see the guide on Secure Boot.',
    );
  }
}

async function password(option: SecureBootSettings, place: SigningPlace): Promise<string | undefined> {
  const { passwordFile: file, passwordVariable: variable = SECURE_BOOT_VARIABLES.password } = option;
  if (file === undefined) return place.environment[variable];
  return (await readNamed({ what: 'password', file, variable }, place)).split(/\r?\n/)[0];
}

function signByKey(key: KeyObject): Signer['sign'] {
  return async (bytes) => sign('sha256', bytes, key);
}

function wrong(message: string, hint: string): StageError {
  return new StageError('bad-option', message, { where: { file: 'nx.json' }, hint });
}
