import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseManifest, parseRegistryReference, type Digest } from '@nx-linuxkit/oci';
import { openRepository, type Repository } from '@nx-linuxkit/oci/registry';
import {
  formatEvidence,
  generateKeyPair,
  loadPolicy,
  parseEvidence,
  parsePolicy,
  readPrivateKey,
  signImage,
  signImageWithBundle,
  verifyEvidence,
  verifyImage,
  type Policy,
  type PrivateKey,
} from '@nx-linuxkit/signatures';
import { pushTo, randomImage, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';

/** Signatures in Debian's docker-registry, which has no referrers API: what a real registry keeps and gives back. */
const AUTH = { user: 'me', password: 'secret' };
let folder: string;
let registry: TestRegistry;
let key: PrivateKey;
let policy: Policy;
const opened: Repository[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-signatures-'));
  const pair = await generateKeyPair();
  writeFileSync(join(folder, 'cosign.pub'), pair.publicKey);
  key = await readPrivateKey(pair.privateKey, 'cosign.key');
  registry = await startRegistry();
  const option = { images: { [`${registry.host}/`]: { key: 'cosign.pub' } } };
  policy = await loadPolicy(parsePolicy(option, 'nx.json'), folder);
});
afterAll(async () => {
  opened.forEach((repository) => repository.close());
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function pushed(name: string) {
  const digest = await pushTo(registry, await randomImage(1, { layers: 1 }), `${name}:1`);
  const reference = parseRegistryReference(`${registry.host}/${name}:1`);
  const repository = openRepository(reference, { retryDelays: [] });
  opened.push(repository);
  return { reference, digest, repository };
}
const tagOf = (digest: Digest, suffix = '') => `${digest.replace(':', '-')}${suffix}`;

test('a signature goes through the registry: found, verified by openssl too, repeated while the registry is down', async () => {
  const own = await startRegistry();
  const digest = await pushTo(own, await randomImage(1, { layers: 1 }), 'app:1');
  const reference = parseRegistryReference(`${own.host}/app:1`);
  const repository = openRepository(reference, { retryDelays: [] });
  opened.push(repository);
  const option = { images: { [`${own.host}/`]: { key: 'cosign.pub' } } };
  const ownPolicy = await loadPolicy(parsePolicy(option, 'nx.json'), folder);
  const image = { reference, digest };

  await expect(verifyImage(ownPolicy, image, repository)).rejects.toMatchObject({
    code: 'unsigned',
    message: expect.stringContaining('not found, the registry has no referrers API'),
  });
  expect(await signImage(repository, digest, key)).toMatchObject({ added: true });
  expect(await signImage(repository, digest, key)).toMatchObject({ added: false });
  const verified = await verifyImage(ownPolicy, image, repository);
  if (verified.status !== 'verified') throw new Error(verified.status);

  const [layer] = parseManifest((await repository.manifest(tagOf(digest, '.sig'))).bytes).layers;
  writeFileSync(join(folder, 'payload'), await repository.blob(layer, 1000));
  const signature = layer.annotations!['dev.cosignproject.cosign/signature'];
  writeFileSync(join(folder, 'signature'), Buffer.from(signature, 'base64'));
  const args = ['dgst', '-sha256', '-verify', 'cosign.pub', '-signature', 'signature', 'payload'];
  expect(execFileSync('openssl', args, { cwd: folder, encoding: 'utf8' })).toContain('Verified OK');

  await own.stop();
  const kept = parseEvidence(formatEvidence(verified.evidence), 'evidence.json');
  expect(await verifyEvidence(ownPolicy, image, kept)).toMatchObject({ status: 'verified' });
  await expect(verifyImage(ownPolicy, image, repository)).rejects.toMatchObject({ code: 'unavailable' });
});

test('two signers share the list; a third party finds either', async () => {
  const image = await pushed('shared');
  const other = await readPrivateKey((await generateKeyPair()).privateKey, 'other.key');
  await signImage(image.repository, image.digest, other);
  await expect(verifyImage(policy, image, image.repository)).rejects.toMatchObject({
    code: 'untrusted',
    message: expect.stringContaining('wrong key'),
  });
  await signImage(image.repository, image.digest, key);
  expect(await verifyImage(policy, image, image.repository)).toMatchObject({ status: 'verified' });
  const { bytes } = await image.repository.manifest(tagOf(image.digest, '.sig'));
  expect(parseManifest(bytes).layers).toHaveLength(2);
});

test('a bundle is found at the fallback tag of a registry without a referrers API, beside those of others', async () => {
  const image = await pushed('bundled');
  const other = await readPrivateKey((await generateKeyPair()).privateKey, 'other.key');
  expect(await signImageWithBundle(image.repository, image.digest, other)).toEqual({ added: true });
  await expect(verifyImage(policy, image, image.repository)).rejects.toMatchObject({ code: 'untrusted' });
  expect(await signImageWithBundle(image.repository, image.digest, key)).toEqual({ added: true });
  expect(await signImageWithBundle(image.repository, image.digest, key)).toEqual({ added: false });
  expect(await verifyImage(policy, image, image.repository)).toMatchObject({
    status: 'verified',
    evidence: {
      place: { kind: 'fallback-tag', name: `tag ${registry.host}/bundled:${tagOf(image.digest)}` },
    },
  });
});

test('a registry that asks for a password: signing and verifying have it, without it the error says no permission', async () => {
  const closed = await startRegistry({ auth: AUTH });
  const config = join(folder, 'docker');
  mkdirSync(config);
  const auth = Buffer.from(`${AUTH.user}:${AUTH.password}`).toString('base64');
  writeFileSync(join(config, 'config.json'), JSON.stringify({ auths: { [closed.host]: { auth } } }));
  const { Keychain } = await import('@nx-linuxkit/oci/registry');
  const keychain = new Keychain({ env: { DOCKER_CONFIG: config } });
  const digest = await pushTo(closed, await randomImage(1, { layers: 1 }), 'app:1', { keychain });
  const reference = parseRegistryReference(`${closed.host}/app:1`);
  const [repository, stranger] = [
    openRepository(reference, { keychain, retryDelays: [] }),
    openRepository(reference, {
      keychain: new Keychain({ env: { DOCKER_CONFIG: folder } }),
      retryDelays: [],
    }),
  ];
  opened.push(repository, stranger);
  const option = { images: { [`${closed.host}/`]: { key: 'cosign.pub' } } };
  const closedPolicy = await loadPolicy(parsePolicy(option, 'nx.json'), folder);
  await signImage(repository, digest, key);
  expect(await verifyImage(closedPolicy, { reference, digest }, repository)).toMatchObject({
    status: 'verified',
  });
  const error = await verifyImage(closedPolicy, { reference, digest }, stranger).catch((reason) => reason);
  expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('no permission') });
  expect(error.message).not.toContain(AUTH.password);
  await closed.stop();
});

test('without the optional packages keys are checked, and an identity names the command that installs them', async () => {
  const modules = join(folder, 'bare', 'node_modules');
  for (const name of ['errors', 'oci', 'signatures']) {
    const from = join(__dirname, '..', 'packages', name);
    cpSync(join(from, 'dist'), join(modules, '@nx-linuxkit', name, 'dist'), { recursive: true });
    cpSync(join(from, 'package.json'), join(modules, '@nx-linuxkit', name, 'package.json'));
  }
  // What oci itself loads at once, and nothing of Sigstore's.
  const root = { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1', tlogs: [{}] };
  writeFileSync(join(folder, 'bare', 'root.json'), JSON.stringify(root));
  cpSync(join(folder, 'cosign.pub'), join(folder, 'bare', 'cosign.pub'));
  const script = `
    const { loadPolicy, parsePolicy, verifyEvidence, parseEvidence } = require('@nx-linuxkit/signatures');
    const { parseRegistryReference } = require('@nx-linuxkit/oci');
    const [evidence, reference, digest] = JSON.parse(process.argv[1]);
    const check = async (demand) => {
      const policy = await loadPolicy(parsePolicy({ images: { localhost: demand, '${registry.host}/': demand } }, 'nx.json'), '.');
      const image = { reference: parseRegistryReference(reference), digest };
      return verifyEvidence(policy, image, parseEvidence(evidence, 'e')).then((v) => v.status, (e) => e.code + ' ' + e.hint);
    };
    (async () => {
      console.log(await check({ key: 'cosign.pub' }));
      console.log(await check({ key: 'cosign.pub', trustedRoot: 'root.json' }));
    })();`;
  const image = await pushed('bare');
  await signImage(image.repository, image.digest, key);
  const verified = await verifyImage(policy, image, image.repository);
  if (verified.status !== 'verified') throw new Error(verified.status);
  const input = [formatEvidence(verified.evidence), `${registry.host}/bare:1`, image.digest];
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, JSON.stringify(input)], {
    cwd: join(folder, 'bare'),
    encoding: 'utf8',
  });
  expect(`${stdout}${stderr}`.split('\n').slice(0, 2)).toEqual([
    'verified',
    expect.stringMatching(/^missing-package Run `npm install --save-dev @sigstore\/verify@3 /),
  ]);
});
