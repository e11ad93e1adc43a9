import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudError } from '../error.js';
import { openRemote, type Remote } from '../ssh/remote.js';

/** A key of SSH for one push, in a folder that is removed in the end. */
export interface RescueKey {
  /** The public half, as a line of `authorized_keys`. */
  readonly line: string;
  /** Reaches a machine as root. */
  connect(address: string): Promise<Remote>;
  remove(): Promise<void>;
}

/** Makes a key. Throws CloudError `no-credentials` without the program `ssh-keygen`. */
export async function makeRescueKey(env: Readonly<Record<string, string | undefined>>): Promise<RescueKey> {
  const folder = await mkdtemp(join(tmpdir(), 'nx-linuxkit-rescue-'));
  const key = join(folder, 'key');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const args = ['-q', '-t', 'ed25519', '-N', '', '-C', 'nx-linuxkit', '-f', key];
    await promisify(execFile)('ssh-keygen', args, { env: { ...env } as NodeJS.ProcessEnv });
  } catch (cause) {
    await remove();
    throw new CloudError('no-credentials', 'cannot make a key for ssh: the program ssh-keygen has failed', {
      hint: 'Install it: apt-get install openssh-client.',
      cause,
    });
  }
  return {
    line: (await readFile(`${key}.pub`, 'utf8')).trim(),
    async connect(address) {
      const config = join(folder, 'config');
      await writeFile(config, configOf(key, join(folder, 'known_hosts')));
      return openRemote(`root@${address}`, config, env);
    },
    remove,
  };
}

/** A machine that is minutes old has a key that nobody knows yet: the first one that it shows has to stay the same. */
function configOf(key: string, knownHosts: string): string {
  const lines = {
    IdentityFile: key,
    IdentitiesOnly: 'yes',
    UserKnownHostsFile: knownHosts,
    StrictHostKeyChecking: 'accept-new',
    ConnectTimeout: '10',
    ServerAliveInterval: '15',
    LogLevel: 'ERROR',
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}
