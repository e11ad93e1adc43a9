import { Keychain, type Credentials } from '../credentials.js';

/** The file that `keychainWith` claims to have searched. */
export const CONFIG_FILE = '/home/me/.docker/config.json';

/** A keychain that finds nothing, whatever this machine has. */
export const NO_CREDENTIALS = new Keychain({ env: {}, home: '/nonexistent' });

/** A keychain that finds these credentials for every host, or none. */
export function keychainWith(credentials?: Credentials): Keychain {
  const lookup = async () => ({ credentials, file: CONFIG_FILE, looked: [CONFIG_FILE] });
  return { lookup } as unknown as Keychain;
}
