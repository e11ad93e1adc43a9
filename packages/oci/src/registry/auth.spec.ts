import type { ServerResponse } from 'node:http';
import {
  listen,
  randomImage,
  startMemoryRegistry,
  type AuthOptions,
  type Fault,
  type MemoryRegistry,
  type TestImage,
} from '@nx-linuxkit/testing';
import { keychainWith } from '../__tests__/keychain.js';
import { AMD64 } from '../__tests__/platforms.js';
import { describe as describeError } from '@nx-linuxkit/errors';
import { OciError } from '../error.js';
import type { Credentials } from '../credentials.js';
import { parseReference } from '../reference.js';
import { openImageSource } from '../sources/open.js';
import { collect } from '../verify.js';
import { parseChallenges } from './challenge.js';
import { tokenRequest } from './token.js';

const USER = { username: 'me', password: 'secret:with:colons' };
const AUTH: AuthOptions = { kind: 'token', user: USER.username, password: USER.password };

let image: TestImage;
let registry: MemoryRegistry;
let warnings: string[] = [];

beforeAll(async () => {
  image = await randomImage(1);
});

afterEach(() => registry.stop());
beforeEach(() => (warnings = []));

async function start(auth: AuthOptions): Promise<void> {
  registry = await startMemoryRegistry({ auth });
  registry.add('team/app', '1', image);
}

function open(credentials?: Credentials) {
  const keychain = keychainWith(credentials);
  return openImageSource(parseReference(`${registry.host}/team/app:1`), {
    keychain,
    retryDelays: [],
    onWarning: (warning) => void warnings.push(warning),
  });
}

async function pull(credentials?: Credentials): Promise<void> {
  const source = await open(credentials);
  try {
    await source.resolve(AMD64);
    for (const { descriptor } of image.layers)
      await collect(source.blob(descriptor), descriptor.size, 'layer');
  } finally {
    await source.close();
  }
}

describe('the token flow', () => {
  it.each(['token', 'access_token'] as const)('reads the field %s, and asks once', async (field) => {
    await start({ ...AUTH, field });
    await pull(USER);
    expect(registry.guard.scopes).toEqual(['repository:team/app:pull']);
  });

  it('gets a token without credentials from a registry that allows it', async () => {
    await start({ ...AUTH, anonymous: true });
    await pull();
  });

  it('sends an identity token by POST', async () => {
    await start({ ...AUTH, identityToken: 'refresh-me' });
    await pull({ identityToken: 'refresh-me' });
  });

  it('gets a new token when the old one is refused', async () => {
    await start(AUTH);
    const source = await open(USER);
    await source.resolve(AMD64);
    registry.guard.revoke();
    await source.resolve(AMD64);
    expect(registry.guard.scopes).toHaveLength(2);
    await source.close();
  });

  it('gets a new token before the old one expires', async () => {
    await start({ ...AUTH, expiresIn: 0 });
    const source = await open(USER);
    await source.resolve(AMD64);
    expect(
      registry.log.requests.filter(({ path, status }) => path.startsWith('/v2/team') && status === 401),
    ).toHaveLength(1);
    await source.close();
  });

  it('asks for one token when several blobs are fetched at the same time', async () => {
    await start(AUTH);
    const source = await open(USER);
    await source.resolve(AMD64);
    await Promise.all(image.layers.map(({ descriptor: d }) => collect(source.blob(d), d.size, 'layer')));
    expect(registry.guard.scopes).toHaveLength(1);
    await source.close();
  });
});

describe('a token server that fails', () => {
  /** Resolves the image with a token server that answers as `answer` does; returns how often it was asked. */
  const askedBy = async (answer: (response: ServerResponse, attempt: number) => void) => {
    await start(AUTH);
    let asked = 0;
    const server = await listen((_, response) => answer(response, (asked += 1)));
    registry.guard.url = `http://localhost:${server.port}`;
    const options = { keychain: keychainWith(USER), retryDelays: [1, 1], idleTimeout: 100 };
    const source = await openImageSource(parseReference(`${registry.host}/team/app:1`), options);
    const error = await source.resolve(AMD64).catch((reason: unknown) => reason);
    await source.close();
    await server.stop();
    return { asked, error };
  };

  it('by silence is asked three times, and not three times by each of three requests', async () => {
    const { asked, error } = await askedBy(() => undefined);
    expect(error).toMatchObject({ code: 'timeout' });
    expect(asked).toBe(3);
  });

  it('by breaking within its answer is asked again', async () => {
    const { asked, error } = await askedBy((response, attempt) =>
      attempt < 3
        ? response.writeHead(200, { 'content-length': 99 }).write('{', () => response.destroy())
        : response.end('{"token":"t"}'),
    );
    expect(asked).toBe(3);
    expect(error).toMatchObject({ code: 'unauthorized' });
  });
});

describe('a refusal', () => {
  it.each([
    ['token', undefined, /no credentials for localhost:\d+ in \/home\/me\/.docker\/config.json/],
    [
      'token',
      { username: 'me', password: 'wrong' },
      /the credentials for localhost:\d+ in .*config.json were refused/,
    ],
    ['token', { identityToken: 'wrong' }, /were refused/],
    ['basic', undefined, /no credentials/],
    ['basic', { username: 'me', password: 'wrong' }, /were refused/],
  ] as const)('with %s auth and %j names the file and docker login', async (kind, credentials, message) => {
    await start({ ...AUTH, kind });
    await expect(pull(credentials)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(message),
      hint: expect.stringContaining(`docker login ${registry.host}`),
    });
  });
});

describe('secrets', () => {
  it('are not sent to another host that a redirect names', async () => {
    await start({ ...AUTH, kind: 'basic' });
    const seen: (string | undefined)[] = [];
    const layer = image.layers[0];
    const storage = await listen((request, response) => {
      seen.push(request.headers.authorization);
      response.end(layer.bytes);
    });
    registry.fail(
      { path: layer.descriptor.digest },
      { kind: 'redirect', to: `http://127.0.0.1:${storage.port}/blob` },
    );
    await pull(USER);
    expect(seen).toEqual([undefined]);
    await storage.stop();
  });

  it('are not sent to the token server of a host that a redirect names', async () => {
    await start(AUTH);
    const seen: (string | undefined)[] = [];
    const thief = await listen((request, response) => {
      seen.push(request.url);
      const realm = `http://127.0.0.1:${thief.port}/token`;
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` }).end();
    });
    registry.fail({ path: 'manifests' }, { kind: 'redirect', to: `http://127.0.0.1:${thief.port}/x` });
    await expect(pull(USER)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(seen).toEqual(['/x']);
    await thief.stop();
  });

  it.each([
    ['as it is', USER.password],
    ['in base64', Buffer.from(`${USER.username}:${USER.password}`).toString('base64')],
    ['percent-encoded', encodeURIComponent(USER.password)],
    ['cut off', 'x'.repeat(290) + USER.password],
  ])('are not shown when a registry echoes them %s', async (_, echo) => {
    await start({ ...AUTH, kind: 'basic' });
    const source = await open(USER);
    await source.resolve(AMD64);
    const answers: Fault[] = [
      { kind: 'status', status: 403, body: echo },
      { kind: 'status', status: 403, body: JSON.stringify({ errors: [{ code: 'DENIED', message: echo }] }) },
      { kind: 'status', status: 429, headers: { 'ratelimit-limit': echo } },
      { kind: 'status', status: 200, body: echo },
      { kind: 'redirect', to: `http://[${echo}` },
      { kind: 'redirect', to: `ftp://${encodeURIComponent(echo)}/` },
    ];
    for (const answer of answers) {
      registry.heal();
      registry.fail({ path: 'manifests' }, answer);
      const error = (await source.resolve(AMD64).catch((reason: unknown) => reason)) as OciError;
      expect(error).toBeInstanceOf(OciError);
      const shown = describeError(error) + warnings.join();
      for (const secret of [USER.password, echo, USER.password.slice(0, 8)])
        expect(shown).not.toContain(secret);
    }
    await source.close();
  });

  it('are not shown in errors', async () => {
    await start(AUTH);
    registry.fail({ path: 'token', beforeAuth: true } as never, {
      kind: 'status',
      status: 500,
      beforeAuth: true,
    });
    const error = (await pull(USER).catch((reason: unknown) => reason)) as Error;
    expect(`${error.message}${error.stack}`).not.toContain('secret');
  });
});

describe('a token server', () => {
  const request = (realm: string, from: string) =>
    tokenRequest(
      { scheme: 'bearer', parameters: new Map([['realm', realm]]) },
      ['repository:app:pull'],
      USER,
      new URL(from),
      (host) => host.startsWith('localhost:'),
    );

  it.each([
    ['https://auth.example/token', 'https://registry.example/'],
    ['https://auth.example/token', 'http://localhost:5000/'],
    ['http://localhost:5000/token', 'http://localhost:5000/'],
  ])('at %s is asked for a token of %s', (realm, from) => {
    expect(request(realm, from).url.href).toBe(`${realm}?scope=repository%3Aapp%3Apull`);
  });

  it('over plain http is not sent the password unless it is the registry itself or may be plain', () => {
    expect(() => request('http://auth.example/token', 'http://registry.lan/')).toThrow(
      'expected an https URL',
    );
    expect(request('http://registry.lan:81/token', 'http://registry.lan/').url.port).toBe('81');
  });

  it.each(['http://auth.example/token', 'file:///etc/passwd', 'auth.example', ''])(
    'at %j is not sent the password of an https registry',
    (realm) => {
      expect(() => request(realm, 'https://registry.example/')).toThrow(
        `registry.example names ${JSON.stringify(realm)} as its token server, expected an https URL`,
      );
    },
  );
});

describe('a challenge', () => {
  it.each([
    [
      'Bearer realm="https://a/t",service="s",scope="repository:x:pull,push"',
      'bearer',
      { realm: 'https://a/t', service: 's', scope: 'repository:x:pull,push' },
    ],
    ['bearer realm=https://a/t, service=s', 'bearer', { realm: 'https://a/t', service: 's' }],
    ['Basic realm="x", Bearer realm="y"', 'bearer', { realm: 'y' }],
    ['Basic realm="with \\"quotes\\" and, comma"', 'basic', { realm: 'with "quotes" and, comma' }],
    ['Negotiate', undefined, {}],
    ['', undefined, {}],
    ['Basic', 'basic', {}],
  ])('is read from the header %j', (header, scheme, parameters) => {
    const challenge = parseChallenges(header);
    expect(challenge?.scheme).toBe(scheme);
    expect(Object.fromEntries(challenge?.parameters ?? [])).toEqual(parameters);
  });
});
