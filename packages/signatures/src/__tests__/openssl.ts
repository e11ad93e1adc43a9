import { spawnSync } from 'node:child_process';
import type { PublicKey } from '../key/public-key.js';
import type { TemporaryFolder } from './folder.js';

/** Runs openssl, the second opinion on keys and signatures; its output, or its complaint as an error. */
export function openssl(...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(stderr || stdout);
  return stdout;
}

/** Lets openssl verify the signature of a file's bytes. Returns what it prints, or throws its complaint. */
export function opensslVerify(
  { algorithm, key }: PublicKey,
  message: string,
  signature: Buffer,
  folder: TemporaryFolder,
): string {
  const pub = folder.write('key.pub', key.export({ type: 'spki', format: 'pem' }).toString());
  // Ed25519 hashes the message itself.
  const hash = algorithm === 'ed25519' ? [] : ['-digest', algorithm === 'ecdsa-p384' ? 'sha384' : 'sha256'];
  const files = ['-inkey', pub, '-in', message, '-sigfile', folder.write('signature', signature)];
  return openssl('pkeyutl', '-verify', '-pubin', '-rawin', ...hash, ...files);
}
