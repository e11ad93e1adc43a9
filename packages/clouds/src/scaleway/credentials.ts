import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CloudError } from '../error.js';

/** Keys of Scaleway, which open its API and its object storage. */
export interface ScalewayKeys {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** The keys of the environment, else those of the program `scw`. Throws CloudError `no-credentials`. */
export async function scalewayKeys(env: Readonly<Record<string, string | undefined>>): Promise<ScalewayKeys> {
  const { SCW_ACCESS_KEY: accessKey, SCW_SECRET_KEY: secretKey } = env;
  if (accessKey && secretKey) return { accessKey, secretKey };
  const file =
    env.SCW_CONFIG_PATH ||
    join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'scw/config.yaml');
  const found = profileOf(await readFile(file, 'utf8').catch(() => ''), env.SCW_PROFILE);
  if (found.access_key && found.secret_key)
    return { accessKey: found.access_key, secretKey: found.secret_key };
  throw new CloudError(
    'no-credentials',
    `no keys in SCW_ACCESS_KEY and SCW_SECRET_KEY, and none in ${file}`,
    {
      hint: 'Run `scw init`, or export both variables.',
    },
  );
}

/**
 * The values of a profile in the file that `scw init` writes: `name: value` at the start of lines, and those of
 * further profiles indented below `profiles:`, which add to the first ones.
 */
function profileOf(text: string, named: string | undefined): Record<string, string> {
  const top: Record<string, string> = {};
  const profiles: Record<string, Record<string, string>> = {};
  let profile = '';
  for (const line of text.split('\n')) {
    const [, indent, key, value] = /^( *)([\w-]+):\s*(.*?)\s*$/.exec(line.replace(/\s#.*$/, '')) ?? [];
    if (indent === undefined || key === undefined) continue;
    const plain = (value ?? '').replace(/^(["'])(.*)\1$/, '$2');
    if (indent === '') {
      profile = '';
      top[key] = plain;
    } else if (plain === '') profile = key;
    else if (profile !== '') (profiles[profile] ??= {})[key] = plain;
  }
  return { ...top, ...profiles[named || (top.active_profile ?? '')] };
}
