import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Answer {
  readonly status: number;
  readonly body: string;
}
type Cloud = (request: IncomingMessage, url: URL) => Answer;

export const CLOUD_KEY = (cloud: string) => `ssh-ed25519 AAAA${cloud} user@${cloud}`;
const CLOUD_DATA = (cloud: string) =>
  JSON.stringify({
    app: { perm: '0700', entries: { 'of.conf': { perm: '0600', content: `it is ${cloud}\n` } } },
  });

const ok = (body: string | undefined): Answer =>
  body === undefined ? { status: 404, body: 'not found' } : { status: 200, body };
const refused = (status: number): Answer => ({ status, body: 'refused' });

const ec2 = (cloud: string): Record<string, string> => ({
  '/latest/meta-data/instance-id': `i-${cloud}`,
  '/latest/meta-data/local-hostname': `${cloud}-host`,
  '/latest/meta-data/local-ipv4': '10.0.0.7',
  '/latest/meta-data/public-ipv4': '203.0.113.7',
  '/latest/meta-data/public-keys/0/openssh-key': CLOUD_KEY(cloud),
  '/latest/user-data': CLOUD_DATA(cloud),
});
const plain =
  (answers: Record<string, string>): Cloud =>
  (_, { pathname }) =>
    ok(answers[pathname]);

const TOKEN = 'token-of-a-minute';

/** The demands and answers of each cloud's endpoint, after its documentation. */
const CLOUDS: Readonly<Record<string, Cloud>> = {
  /** Version 2 answers nothing without a token, and gives no token without a life time. */
  aws: ({ method, headers }, { pathname }) => {
    if (pathname === '/latest/api/token') {
      if (method !== 'PUT') return refused(405);
      return headers['x-aws-ec2-metadata-token-ttl-seconds'] ? ok(TOKEN) : refused(400);
    }
    return headers['x-aws-ec2-metadata-token'] === TOKEN ? ok(ec2('aws')[pathname]) : refused(401);
  },
  /** Version 1, which clouds like EC2 have, needs no token. */
  ec2: plain(ec2('ec2')),
  gcp: ({ headers }, { pathname }) => {
    if (headers['metadata-flavor'] !== 'Google') return refused(403);
    const answers: Record<string, string> = {
      '/computeMetadata/v1/instance/hostname': 'gcp-host',
      '/computeMetadata/v1/project/attributes/ssh-keys': `user:${CLOUD_KEY('gcp')}`,
      '/computeMetadata/v1/instance/attributes/user-data': CLOUD_DATA('gcp'),
    };
    return ok(answers[pathname]);
  },
  azure: ({ headers }, { pathname, searchParams }) => {
    const versioned = searchParams.has('api-version') && searchParams.get('format') === 'text';
    if (headers.metadata !== 'true' || headers['x-forwarded-for'] || !versioned) return refused(400);
    const answers: Record<string, string> = {
      '/metadata/instance/compute/name': 'azure-host',
      '/metadata/instance/compute/publicKeys/0/keyData': CLOUD_KEY('azure'),
      '/metadata/instance/compute/userData': Buffer.from(CLOUD_DATA('azure')).toString('base64'),
    };
    return ok(answers[pathname]);
  },
  hetzner: plain({
    '/hetzner/v1/metadata/instance-id': '4711',
    '/hetzner/v1/metadata/hostname': 'hetzner-host',
    '/hetzner/v1/metadata/public-ipv4': '203.0.113.7',
    '/hetzner/v1/metadata/public-keys': JSON.stringify([CLOUD_KEY('hetzner')]),
    '/hetzner/v1/userdata': CLOUD_DATA('hetzner'),
  }),
  openstack: plain({
    '/openstack/latest/meta_data.json': JSON.stringify({
      uuid: '83679162-1378-4288-a2d4-70e13ec132aa',
      hostname: 'openstack-host',
      public_keys: { mine: CLOUD_KEY('openstack') },
    }),
    '/openstack/latest/user_data': CLOUD_DATA('openstack'),
  }),
  digitalocean: plain({
    '/metadata/v1/id': '2756294',
    '/metadata/v1/hostname': 'digitalocean-host',
    '/metadata/v1/interfaces/public/0/ipv4/address': '203.0.113.7',
    '/metadata/v1/public-keys': CLOUD_KEY('digitalocean'),
    '/metadata/v1/user-data': CLOUD_DATA('digitalocean'),
  }),
  scaleway: plain({
    '/conf': [
      'ID=11111111-1111-4111-8111-111111111111',
      'HOSTNAME=scaleway-host',
      'LOCATION_ZONE_ID=par1',
      'PRIVATE_IP=10.1.2.3',
      'SSH_PUBLIC_KEYS=1',
      `SSH_PUBLIC_KEYS_0_KEY='${CLOUD_KEY('scaleway')}'`,
      '',
    ].join('\n'),
    '/user_data/cloud-init': CLOUD_DATA('scaleway'),
  }),
  metaldata: plain({
    '/get/meta/hostname': 'metaldata-host',
    '/get/meta/machine-id': 'm-1',
    '/get/meta/authorized-keys': CLOUD_KEY('metaldata'),
    '/get/user': CLOUD_DATA('metaldata'),
  }),
};

export const CLOUD_NAMES = Object.keys(CLOUDS);

/** Serves one cloud at a time on loopback. `GET /select/<cloud>` changes to another one. */
export async function startClouds(): Promise<{ port: number; stop: () => Promise<void> }> {
  let current: Cloud = () => refused(404);
  const server = createServer((request, response) => {
    const url = new URL(request.url as string, 'http://cloud');
    const selected = /^\/select\/(\w+)$/.exec(url.pathname)?.[1];
    if (selected) current = CLOUDS[selected];
    const { status, body } = selected ? ok(selected) : current(request, url);
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), connection: 'close' });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
