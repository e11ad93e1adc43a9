import { execFileSync } from 'node:child_process';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen, randomImage, startMemoryRegistry, type MemoryRegistry } from '@nx-linuxkit/testing';
import { keychainWith, NO_CREDENTIALS } from '../__tests__/keychain.js';
import { AMD64 } from '../__tests__/platforms.js';
import { parseReference } from '../reference.js';
import { openImageSource } from '../sources/open.js';
import type { SourceOptions } from '../sources/options.js';
import { originEndpoint } from './endpoint.js';

let dir: string;
let registry: MemoryRegistry;
/** Its certificate is for another name than its own. */
let otherName: MemoryRegistry;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'oci-tls-spec-'));
  registry = await startMemoryRegistry({ tls: certificate('cert', 'localhost') });
  otherName = await startMemoryRegistry({ tls: certificate('other', 'registry.example') });
  registry.add('app', '1', await randomImage(1));
});

afterAll(async () => {
  await registry.stop();
  await otherName.stop();
  rmSync(dir, { recursive: true });
});

/** Makes a self-signed certificate for a name, as `<file>.pem`. */
function certificate(file: string, name: string): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(dir, `${file}-key.pem`), join(dir, `${file}.pem`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

async function resolve(reference: string, options: SourceOptions = {}) {
  const source = await openImageSource(parseReference(reference), {
    keychain: NO_CREDENTIALS,
    retryDelays: [],
    ...options,
  });
  return source.resolve(AMD64).finally(() => source.close());
}

it('a private authority is trusted if caFile names its certificate', async () => {
  await resolve(`${registry.host}/app:1`, { caFile: join(dir, 'cert.pem') });
});

it('a self-signed certificate is refused, and plain http is not tried instead', async () => {
  await expect(resolve(`${registry.host}/app:1`)).rejects.toMatchObject({
    code: 'tls',
    message: expect.stringMatching(
      /the certificate of localhost:\d+ is not accepted: .*DEPTH_ZERO_SELF_SIGNED_CERT/,
    ),
    hint: expect.stringContaining('caFile'),
  });
});

it('a certificate for another host name is refused', async () => {
  const mirrors = { '*': [registry.url.replace('localhost', '127.0.0.1')] };
  const warnings: string[] = [];
  const onWarning = (warning: string) => void warnings.push(warning);
  await resolve(`${registry.host}/app:1`, { mirrors, caFile: join(dir, 'cert.pem'), onWarning });
  expect(warnings[0]).toMatch(/certificate of 127.0.0.1:\d+ is not accepted/);
});

it('a missing caFile is an error that names it', async () => {
  await expect(resolve(`${registry.host}/app:1`, { caFile: '/absent.pem' })).rejects.toMatchObject({
    code: 'tls',
    message: `${registry.host}/app:1: cannot read the certificates in /absent.pem`,
  });
});

it('a redirect from https to plain http is refused', async () => {
  let asked = 0;
  const plain = await listen((_, response) => void response.end(String(asked++)));
  registry.fail({ path: 'manifests', times: 1 }, { kind: 'redirect', to: `http://localhost:${plain.port}/` });
  await expect(resolve(`${registry.host}/app:1`, { caFile: join(dir, 'cert.pem') })).rejects.toMatchObject({
    code: 'registry-error',
    message: expect.stringContaining('redirects from https to'),
  });
  expect(asked).toBe(0);
  await plain.stop();
});

describe('plain http is not tried', () => {
  /** A registry that wants a password over plain http too, on the port of a server that is no plain http server. */
  const attempts = (start: (socket: Socket) => void) => {
    const seen: string[] = [];
    const server = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .once('data', (bytes: Buffer) => {
          seen.push(bytes[0] === TLS_HANDSHAKE ? 'tls' : bytes.toString('latin1'));
          start(socket);
        });
    });
    return { server, seen };
  };
  const TLS_HANDSHAKE = 0x16;
  /** The alert `handshake_failure` of TLS 1.2. */
  const ALERT = Buffer.from([0x15, 3, 3, 0, 2, 2, 40]);

  it.each<[string, (socket: Socket) => void]>([
    ['a reset', (socket) => socket.resetAndDestroy()],
    ['an end', (socket) => socket.end()],
    ['an alert', (socket) => socket.end(ALERT)],
    ['silence', () => undefined],
  ])('after %s on loopback', async (_, start) => {
    const { server, seen } = attempts(start);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const keychain = keychainWith({ username: 'me', password: 'secret' });
    const error = await resolve(`127.0.0.1:${port}/app:1`, { keychain, idleTimeout: 300 }).catch((e) => e);
    expect(error).toMatchObject({ code: expect.stringMatching(/^(tls|unreachable|timeout)$/) });
    expect(seen.filter((first) => first !== 'tls')).toEqual([]);
    expect(seen.length).toBeGreaterThan(0);
    await new Promise((done) => server.close(done));
  });

  it.each(['127.0.0.1', 'localhost'])('after a certificate for another name, at %s', async (name) => {
    const mine = name === 'localhost' ? otherName : registry;
    const keychain = keychainWith({ username: 'me', password: 'secret' });
    const options = { keychain, caFile: join(dir, name === 'localhost' ? 'other.pem' : 'cert.pem') };
    const port = mine.host.split(':')[1];
    await expect(resolve(`${name}:${port}/app:1`, options)).rejects.toMatchObject({
      code: 'tls',
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    });
  });
});

it('plain http is used on loopback, and elsewhere only where insecure names the host', async () => {
  const plain = await startMemoryRegistry();
  plain.add('app', '1', await randomImage(1));
  const port = plain.host.split(':')[1];
  await resolve(`127.0.0.1:${port}/app:1`);
  await resolve(`registry.localhost:${port}/app:1`);
  const origins = (insecure: string[]) =>
    originEndpoint('registry.lan:5000', 'app', insecure).origins.map(({ protocol }) => protocol);
  expect(origins([])).toEqual(['https:']);
  expect(origins(['registry.lan:5000'])).toEqual(['https:', 'http:']);
  await plain.stop();
});
