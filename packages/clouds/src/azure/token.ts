import { readFile } from 'node:fs/promises';
import { objectIn } from '../client/json.js';
import { CloudError } from '../error.js';
import type { Session } from '../platform.js';

/** The audience of the resource manager's tokens. */
const SCOPE = 'https://management.azure.com/.default';

/**
 * A token for the resource manager: that of the environment, or one for a service principal.
 *
 * @throws CloudError `no-credentials`.
 */
export async function azureToken({ client, env }: Session): Promise<string> {
  const given = env.AZURE_ACCESS_TOKEN;
  if (given) {
    client.hide(given);
    return given;
  }
  const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: id } = env;
  const proof = await proofOf(env);
  if (!tenant || !id || !proof) {
    throw new CloudError(
      'no-credentials',
      'neither AZURE_ACCESS_TOKEN nor a whole service principal is set',
      {
        hint: 'Run `export AZURE_ACCESS_TOKEN=$(az account get-access-token --query accessToken --output tsv)`.',
      },
    );
  }
  for (const secret of Object.values(proof)) client.hide(secret);
  const host = env.AZURE_AUTHORITY_HOST || 'https://login.microsoftonline.com';
  const form = { grant_type: 'client_credentials', client_id: id, scope: SCOPE, ...proof };
  const answer = await client.call({
    method: 'POST',
    url: `${host.replace(/\/+$/, '')}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    purpose: 'get a token',
  });
  const { access_token: token } = objectIn<{ access_token?: string }>(answer, 'Azure');
  if (!token) throw new CloudError('platform-error', 'Azure has granted no token');
  client.hide(token);
  return token;
}

async function proofOf(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string> | undefined> {
  if (env.AZURE_CLIENT_SECRET) return { client_secret: env.AZURE_CLIENT_SECRET };
  const file = env.AZURE_FEDERATED_TOKEN_FILE;
  if (!file) return undefined;
  const assertion = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new CloudError('no-credentials', `cannot read AZURE_FEDERATED_TOKEN_FILE: ${cause.message}`, {
      cause,
    });
  });
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion.trim(),
  };
}
