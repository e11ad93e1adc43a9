import { JsonApi, secretOf } from '../client/json-api.js';
import { CloudError } from '../error.js';
import type { Session } from '../platform.js';

/** The API of DigitalOcean. Throws CloudError `no-credentials`. */
export function digitaloceanApi(session: Session): JsonApi {
  const token = secretOf(session, 'DIGITALOCEAN_TOKEN', 'DIGITALOCEAN_ACCESS_TOKEN');
  if (token === '') throw lacks('DIGITALOCEAN_TOKEN', 'Make a token in the control panel, below API.');
  const root = session.env.DIGITALOCEAN_API_URL || 'https://api.digitalocean.com';
  return new JsonApi(session.client, 'DigitalOcean', root, { authorization: `Bearer ${token}` });
}

/** The error of a variable that is not set. */
export function lacks(variable: string, hint: string): CloudError {
  return new CloudError('no-credentials', `${variable} is not set`, { hint });
}
