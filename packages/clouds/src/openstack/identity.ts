import { objectIn } from '../client/json.js';
import { CloudError } from '../error.js';
import type { Session } from '../platform.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where Glance or Nova is, and the headers that its requests have. */
export interface Identity {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The project that the credentials belong to. */
  readonly project: string;
}

interface Catalog {
  readonly token?: {
    readonly project?: { readonly name?: string };
    readonly catalog?: readonly {
      readonly type: string;
      readonly endpoints: readonly {
        readonly interface: string;
        readonly region: string;
        readonly url: string;
      }[];
    }[];
  };
}

/**
 * Gets a token of Keystone v3, and finds a service in its catalog.
 *
 * @throws CloudError `no-credentials`; `not-found` for a catalog without images.
 */
export async function identify(session: Session, service: 'image' | 'compute' = 'image'): Promise<Identity> {
  const { client, env, option } = session;
  if (env.OS_AUTH_TYPE === 'none') {
    if (env.OS_ENDPOINT) return { endpoint: rootOf(env.OS_ENDPOINT), headers: {}, project: 'no project' };
    throw new CloudError('no-credentials', 'OS_AUTH_TYPE is none, and OS_ENDPOINT is not set', {
      hint: 'Set OS_ENDPOINT to the address of Glance.',
    });
  }
  if (!env.OS_AUTH_URL) throw lacks('OS_AUTH_URL');
  const auth = { identity: methodOf(env), ...scopeOf(env) };
  for (const secret of [env.OS_PASSWORD, env.OS_APPLICATION_CREDENTIAL_SECRET])
    if (secret) client.hide(secret);
  const answer = await client.call({
    method: 'POST',
    url: `${rootOf(env.OS_AUTH_URL).replace(/\/v3$/, '')}/v3/auth/tokens`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
    purpose: 'get a token',
  });
  const token = answer.headers['x-subject-token'];
  if (typeof token !== 'string') throw new CloudError('platform-error', 'Keystone has granted no token');
  client.hide(token);
  const { token: granted } = objectIn<Catalog>(answer, 'Keystone');
  return {
    endpoint: rootOf(endpointOf(granted, service, option('region'))),
    headers: { 'x-auth-token': token },
    project: `project ${granted?.project?.name ?? ''}`,
  };
}

function methodOf(env: Environment): object {
  const { OS_APPLICATION_CREDENTIAL_ID: id, OS_APPLICATION_CREDENTIAL_SECRET: secret } = env;
  if (id && secret) return { methods: ['application_credential'], application_credential: { id, secret } };
  const { OS_USERNAME: name, OS_USER_ID: userId, OS_PASSWORD: password } = env;
  if (!password) throw lacks('OS_PASSWORD');
  if (userId) return { methods: ['password'], password: { user: { id: userId, password } } };
  if (!name) throw lacks('OS_USERNAME');
  const domain = domainOf(env.OS_USER_DOMAIN_ID, env.OS_USER_DOMAIN_NAME);
  return { methods: ['password'], password: { user: { name, password, domain } } };
}

/** An application credential has its project already. */
function scopeOf(env: Environment): object {
  if (env.OS_APPLICATION_CREDENTIAL_ID) return {};
  if (env.OS_PROJECT_ID) return { scope: { project: { id: env.OS_PROJECT_ID } } };
  if (!env.OS_PROJECT_NAME) throw lacks('OS_PROJECT_NAME');
  const domain = domainOf(env.OS_PROJECT_DOMAIN_ID, env.OS_PROJECT_DOMAIN_NAME);
  return { scope: { project: { name: env.OS_PROJECT_NAME, domain } } };
}

function domainOf(id: string | undefined, name: string | undefined): object {
  return id ? { id } : { name: name || 'Default' };
}

function endpointOf(token: Catalog['token'], service: string, region: string): string {
  const endpoints = (token?.catalog ?? [])
    .filter(({ type }) => type === service)
    .flatMap((found) => found.endpoints)
    .filter((endpoint) => endpoint.interface === 'public' && (region === '' || endpoint.region === region));
  if (endpoints.length > 0) return endpoints[0]!.url;
  const where = region === '' ? '' : ` of the region ${region}`;
  throw new CloudError(
    'not-found',
    `the catalog${where} has no public endpoint for ${service === 'image' ? 'images' : 'servers'}`,
    {
      hint: 'Check OS_REGION_NAME, and that the cloud has Glance and Nova.',
    },
  );
}

/** An address without a slash or a version at its end. */
function rootOf(url: string): string {
  return url.replace(/\/+$/, '').replace(/\/v2$/, '');
}

function lacks(variable: string): CloudError {
  return new CloudError('no-credentials', `${variable} is not set`, {
    hint: 'Source the openrc file of the project: `. ./openrc.sh`.',
  });
}
