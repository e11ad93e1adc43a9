import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Keychain } from './credentials.js';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'oci-credentials-spec-'));
});

afterEach(() => rmSync(home, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString('base64');
const entry = (user: string) => ({ auth: base64(`${user}:pass`) });
const credentials = (username: string) => ({ username, password: 'pass' });

function file(path: string, content: unknown): string {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), typeof content === 'string' ? content : JSON.stringify(content));
  return join(home, path);
}

function helper(name: string, script: string): void {
  chmodSync(file(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`), 0o755);
}

function lookup(host: string, env: Record<string, string> = {}, repository?: string) {
  const PATH = `${home}/bin:${process.env.PATH}`;
  return new Keychain({ home, env: { PATH, ...env } }).lookup(host, repository);
}

describe('hosts match exactly', () => {
  it.each([
    ['registry.io', 'registry.io', true],
    ['registry.io:5000', 'registry.io:5000', true],
    ['https://registry.io', 'registry.io', true],
    ['https://registry.io/v2/', 'registry.io', true],
    ['registry.io', 'registry.io:5000', false],
    ['registry.io:5000', 'registry.io', false],
    ['registry.io', 'registry.io.attacker.net', false],
    ['registry.io', 'my-registry.io', false],
    ['registry.io', 'sub.registry.io', false],
    ['sub.registry.io', 'registry.io', false],
    ['https://index.docker.io/v1/', 'docker.io', true],
    ['docker.io', 'docker.io', true],
    ['registry-1.docker.io', 'docker.io', true],
    ['docker.io.attacker.net', 'docker.io', false],
    ['__proto__', 'registry.io', false],
  ])('the key %s matches the host %s: %s', async (key, host, found) => {
    file('.docker/config.json', `{"auths":{${JSON.stringify(key)}:${JSON.stringify(entry('me'))}}}`);
    expect((await lookup(host)).credentials).toEqual(found ? credentials('me') : undefined);
  });

  it('a key with a path counts below that path only, and the longest one wins', async () => {
    file('.docker/config.json', {
      auths: { 'r.io': entry('host'), 'r.io/team': entry('team'), 'r.io/team/app': entry('app') },
    });
    expect((await lookup('r.io', {}, 'team/app')).credentials).toEqual(credentials('app'));
    expect((await lookup('r.io', {}, 'team/other')).credentials).toEqual(credentials('team'));
    expect((await lookup('r.io', {}, 'teammates/x')).credentials).toEqual(credentials('host'));
  });
});

describe('an entry', () => {
  it.each([
    [{ auth: base64('me:with:colons:') }, { username: 'me', password: 'with:colons:' }],
    [{ auth: base64('me:') }, { username: 'me', password: '' }],
    [{ username: 'me', password: 'pass' }, credentials('me')],
    [{ identitytoken: 'refresh', auth: base64('me:') }, { identityToken: 'refresh' }],
    [{}, undefined],
  ])('%j holds %j', async (content, expected) => {
    file('.docker/config.json', { auths: { 'r.io': content } });
    expect((await lookup('r.io')).credentials).toEqual(expected);
  });
});

describe('files', () => {
  it('are searched in order: Docker, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME', async () => {
    const env = { REGISTRY_AUTH_FILE: join(home, 'auth.json'), XDG_RUNTIME_DIR: join(home, 'run') };
    const places = [
      '.config/containers/auth.json',
      'run/containers/auth.json',
      'auth.json',
      '.docker/config.json',
    ];
    for (const [i, place] of places.entries()) {
      const path = file(place, { auths: { 'r.io': entry(`user${i}`) } });
      expect(await lookup('r.io', env)).toMatchObject({ credentials: credentials(`user${i}`), file: path });
    }
    file('elsewhere/config.json', { auths: { 'r.io': entry('elsewhere') } });
    const found = await lookup('r.io', { DOCKER_CONFIG: join(home, 'elsewhere') });
    expect(found.credentials).toEqual(credentials('elsewhere'));
  });

  it('that have no credentials are listed in the result', async () => {
    const path = file('.docker/config.json', { auths: {} });
    expect((await lookup('r.io')).looked).toEqual([path, `${home}/.config/containers/auth.json (absent)`]);
  });

  it.each(['{', '[]', '"password"'])(
    'with the text %j are an error that does not quote it',
    async (content) => {
      file('.docker/config.json', content);
      const error = await lookup('r.io').catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        code: 'invalid-credentials',
        message: `${home}/.docker/config.json is not a JSON object`,
      });
      expect((error as Error).cause).toBeUndefined();
    },
  );
});

describe('credential helpers', () => {
  const answer = (user: string) =>
    `read server; echo "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"${user}\\",\\"Secret\\":\\"$server\\"}"`;

  it('for a host are asked before the store, and the store before auths', async () => {
    helper('host', answer('host'));
    helper('store', answer('store'));
    file('.docker/config.json', {
      credHelpers: { 'r.io': 'host' },
      credsStore: 'store',
      auths: { 's.io': entry('me') },
    });
    expect((await lookup('r.io')).credentials).toEqual({ username: 'host', password: 'r.io' });
    expect((await lookup('s.io')).credentials).toEqual({ username: 'store', password: 's.io' });
  });

  it('are asked for Docker Hub by its old URL, and return <token> with an identity token', async () => {
    helper('store', answer('<token>'));
    file('.docker/config.json', { credsStore: 'store' });
    expect((await lookup('docker.io')).credentials).toEqual({ identityToken: 'https://index.docker.io/v1/' });
  });

  it('that have no credentials leave the host to auths', async () => {
    helper('store', 'echo "credentials not found in native keychain"; exit 1');
    file('.docker/config.json', { credsStore: 'store', auths: { 'r.io': entry('me') } });
    expect((await lookup('r.io')).credentials).toEqual(credentials('me'));
  });

  it('are asked once for each registry', async () => {
    const asked = join(home, 'asked');
    helper('store', `echo >> ${asked}; ${answer('me')}`);
    file('.docker/config.json', { credsStore: 'store' });
    const keychain = new Keychain({ home, env: { PATH: `${home}/bin:${process.env.PATH}` } });
    for (const [host, repository] of [
      ['r.io', 'a'],
      ['r.io', 'b'],
      ['s.io', 'a'],
    ])
      expect((await keychain.lookup(host, repository)).credentials).toEqual({
        username: 'me',
        password: host,
      });
    expect(readFileSync(asked, 'utf8')).toBe('\n'.repeat(2));
  });

  it.each([
    ['absent', 'docker-credential-absent is not installed'],
    ['broken', 'docker-credential-broken failed'],
    ['../evil', '"../evil" is not the name of a credential helper'],
  ])('that cannot be asked (%s) are listed with the reason', async (name, why) => {
    helper('broken', 'exit 3');
    file('.docker/config.json', { credsStore: name });
    expect((await lookup('r.io')).looked[0]).toContain(why);
  });
});
