import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { objectIn } from '../client/json.js';
import { CloudError } from '../error.js';
import type { Session } from '../platform.js';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const TOKEN_URI = 'https://oauth2.googleapis.com/token';
/** Seconds: the longest that Google allows. */
const VALID = 3600;

/** What a file of credentials holds, as far as it is read here. */
interface CredentialsFile {
  readonly type?: string;
  readonly client_email?: string;
  readonly private_key?: string;
  readonly token_uri?: string;
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly refresh_token?: string;
}

/**
 * A token of the environment, else one for the service account or the user of a credentials file.
 *
 * @throws CloudError `no-credentials`.
 */
export async function googleToken({ client, env }: Session): Promise<string> {
  const given = env.CLOUDSDK_AUTH_ACCESS_TOKEN || env.GOOGLE_OAUTH_ACCESS_TOKEN;
  if (given) {
    client.hide(given);
    return given;
  }
  const file =
    env.GOOGLE_APPLICATION_CREDENTIALS ||
    join(env.HOME || homedir(), '.config/gcloud/application_default_credentials.json');
  const credentials = await readCredentials(file);
  for (const secret of [credentials.private_key, credentials.client_secret, credentials.refresh_token]) {
    if (secret) client.hide(secret);
  }
  const grant = grantOf(credentials, file);
  // The assertion alone gets a token.
  if (grant.assertion) client.hide(grant.assertion);
  const answer = await client.call({
    method: 'POST',
    url: credentials.token_uri || TOKEN_URI,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(grant).toString(),
    purpose: 'get a token',
  });
  const { access_token: token } = objectIn<{ access_token?: string }>(answer, 'Google');
  if (!token) throw new CloudError('platform-error', 'Google has granted no token');
  client.hide(token);
  return token;
}

async function readCredentials(file: string): Promise<CredentialsFile> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as CredentialsFile;
  } catch (cause) {
    throw new CloudError(
      'no-credentials',
      `no token in CLOUDSDK_AUTH_ACCESS_TOKEN, and cannot read ${file}`,
      {
        hint: 'Run `export CLOUDSDK_AUTH_ACCESS_TOKEN=$(gcloud auth print-access-token)`.',
        cause,
      },
    );
  }
}

function grantOf(credentials: CredentialsFile, file: string): Record<string, string> {
  const { type, client_email: email, private_key: key, client_id: id, client_secret: secret } = credentials;
  if (type === 'service_account' && email && key) {
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    return { grant_type, assertion: assertionOf(email, key, credentials.token_uri || TOKEN_URI) };
  }
  if (type === 'authorized_user' && id && secret && credentials.refresh_token) {
    const { refresh_token } = credentials;
    return { grant_type: 'refresh_token', client_id: id, client_secret: secret, refresh_token };
  }
  throw new CloudError(
    'no-credentials',
    `${file} holds credentials of type ${JSON.stringify(type)}, expected service_account or authorized_user`,
    { hint: 'Run `export CLOUDSDK_AUTH_ACCESS_TOKEN=$(gcloud auth print-access-token)`.' },
  );
}

/** A JSON Web Token (RFC 7523) that the service account signs. */
function assertionOf(email: string, key: string, audience: string): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { iss: email, scope: SCOPE, aud: audience, iat: now, exp: now + VALID };
  const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  try {
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key).toString('base64url')}`;
  } catch (cause) {
    throw new CloudError('no-credentials', 'the private key of the service account cannot be read', {
      hint: 'Download the key of the service account again.',
      cause,
    });
  }
}
