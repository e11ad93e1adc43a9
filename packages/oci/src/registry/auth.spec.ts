import {
  listen,
  randomImage,
  startMemoryRegistry,
  type AuthOptions,
  type MemoryRegistry,
  type TestImage,
} from '@nx-linuxkit/testing';
import { keychainWith } from '../__tests__/keychain.js';
import { AMD64 } from '../__tests__/platforms.js';
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

beforeAll(async () => {
  image = await randomImage(1);
});

afterEach(() => registry.stop());

async function start(auth: AuthOptions): Promise<void> {
  registry = await startMemoryRegistry({ auth });
  registry.add('team/app', '1', image);
}

function open(credentials?: Credentials) {
  const keychain = keychainWith(credentials);
  return openImageSource(parseReference(`${registry.host}/team/app:1`), { keychain, retryDelays: [] });
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
    );

  it.each([
    ['https://auth.example/token', 'https://registry.example/'],
    ['https://auth.example/token', 'http://localhost:5000/'],
    ['http://localhost:5000/token', 'http://localhost:5000/'],
  ])('at %s is asked for a token of %s', (realm, from) => {
    expect(request(realm, from).url.href).toBe(`${realm}?scope=repository%3Aapp%3Apull`);
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
