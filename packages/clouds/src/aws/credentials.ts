import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CloudError } from '../error.js';
import type { AwsCredentials } from './sign.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The keys of the environment, else those of AWS_PROFILE in ~/.aws/credentials. Other sources (SSO, roles, instances)
 * are reached by the AWS CLI, which exports what it finds.
 *
 * @throws CloudError `no-credentials`.
 */
export async function awsCredentials(env: Environment): Promise<AwsCredentials> {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  if (id && secret)
    return { accessKeyId: id, secretAccessKey: secret, ...(token && { sessionToken: token }) };
  const profile = env.AWS_PROFILE || 'default';
  const file = env.AWS_SHARED_CREDENTIALS_FILE || join(env.HOME || homedir(), '.aws/credentials');
  const found = profileOf(await readFile(file, 'utf8').catch(() => ''), profile);
  if (found.aws_access_key_id && found.aws_secret_access_key) {
    return {
      accessKeyId: found.aws_access_key_id,
      secretAccessKey: found.aws_secret_access_key,
      ...(found.aws_session_token && { sessionToken: found.aws_session_token }),
    };
  }
  throw new CloudError(
    'no-credentials',
    `no keys in AWS_ACCESS_KEY_ID, and no profile ${profile} in ${file}`,
    {
      hint: 'Run `eval "$(aws configure export-credentials --format env)"`, which exports those of any source.',
    },
  );
}

/** The keys of one section of an INI file. */
function profileOf(text: string, profile: string): Record<string, string> {
  const values: Record<string, string> = {};
  let section = '';
  for (const line of text.split('\n')) {
    const header = /^\s*\[\s*(.+?)\s*\]/.exec(line);
    if (header) section = header[1]!;
    const entry = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (entry && section === profile) values[entry[1]!] = entry[2]!;
  }
  return values;
}
