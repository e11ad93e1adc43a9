import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen, randomImage, startMemoryRegistry, type MemoryRegistry } from '@nx-linuxkit/testing';
import { NO_CREDENTIALS } from '../__tests__/keychain.js';
import { AMD64 } from '../__tests__/platforms.js';
import { parseReference } from '../reference.js';
import { openImageSource } from '../sources/open.js';
import type { SourceOptions } from '../sources/options.js';

let dir: string;
let registry: MemoryRegistry;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'oci-tls-spec-'));
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
  registry = await startMemoryRegistry({ tls: { key: readFileSync(key), cert: readFileSync(cert) } });
  registry.add('app', '1', await randomImage(1));
});

afterAll(async () => {
  await registry.stop();
  rmSync(dir, { recursive: true });
});

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
    message: 'cannot read the certificates in /absent.pem',
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
