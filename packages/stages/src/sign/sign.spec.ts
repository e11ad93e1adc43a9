import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe as describeError } from '@nx-linuxkit/errors';
import { parseRegistryReference } from '@nx-linuxkit/oci';
import { openRepository, type Repository } from '@nx-linuxkit/oci/registry';
import {
  generateKeyPair,
  loadPolicy,
  parsePolicy,
  readPublicKey,
  verifyFile,
  verifyImage,
} from '@nx-linuxkit/signatures';
import { pushTo, randomImage, startReferrersRegistry, type ReferrersRegistry } from '@nx-linuxkit/testing';
import { sign, type SignRequest } from './index.js';

const PASSWORD = 'correct horse';
let root: string;
let publicKey: string;
let encrypted: string;

beforeAll(async () => {
  const pair = await generateKeyPair({ password: PASSWORD });
  [publicKey, encrypted] = [pair.publicKey, pair.privateKey];
});
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-sign-'));
  write('cosign.key', encrypted);
  write('cosign.pub', publicKey);
  write('disk.img', 'a disk');
});
afterEach(() => rmSync(root, { recursive: true }));

const path = (name: string) => join(root, name);
const write = (name: string, text: string) => writeFileSync(path(name), text);
const read = (name: string) => readFileSync(path(name), 'utf8');

async function signed(
  request: SignRequest,
  environment: Record<string, string> = { COSIGN_PASSWORD: PASSWORD },
) {
  const lines: string[] = [];
  await sign({ workspaceRoot: root, settings: {} }, request, (line) => lines.push(line), environment);
  return lines.join('\n');
}
const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  );

it.each<[string, SignRequest['key'], Record<string, string>]>([
  ['files', { file: 'cosign.key', passwordFile: 'password' }, {}],
  ['files at absolute paths', { file: 'ROOT/cosign.key', passwordFile: 'ROOT/password' }, {}],
  ['the environment', {}, { COSIGN_PRIVATE_KEY: 'KEY', COSIGN_PASSWORD: PASSWORD }],
  ['variables of other names', { variable: 'A', passwordVariable: 'B' }, { A: 'KEY', B: PASSWORD }],
])('a file is signed with key and password from %s, which no line shows', async (_, key, variables) => {
  write('password', `${PASSWORD}\n`);
  const environment = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, value === 'KEY' ? encrypted : value]),
  );
  const at = (name?: string) => name?.replace('ROOT', root);
  const from = { ...key, file: at(key.file), passwordFile: at(key.passwordFile) };
  const output = await signed({ files: ['disk.img'], key: from }, environment);
  expect(output).toBe('sign disk.img: disk.img.sigstore.json written');
  const bundle = read('disk.img.sigstore.json');
  await verifyFile(path('disk.img'), bundle, readPublicKey(publicKey, 'cosign.pub'));
  for (const secret of [PASSWORD, encrypted.split('\n')[1]])
    expect(`${output}${bundle}`).not.toContain(secret);
});

it('a bundle by the same key for the same bytes stays; other bytes get a new one', async () => {
  const key = { file: 'cosign.key' };
  await signed({ files: ['disk.img'], key });
  const bundle = read('disk.img.sigstore.json');
  expect(await signed({ files: ['disk.img'], key })).toContain('is there already');
  expect(read('disk.img.sigstore.json')).toBe(bundle);
  write('disk.img', 'another disk');
  await signed({ files: ['disk.img'], key });
  expect(read('disk.img.sigstore.json')).not.toBe(bundle);
  expect(readdirSync(root).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it.each<[string, SignRequest['key'], Record<string, string>, string]>([
  ['a wrong password', { file: 'cosign.key' }, { COSIGN_PASSWORD: 'wrong secret' }, 'wrong-password'],
  ['no password', { file: 'cosign.key' }, {}, 'no-password'],
  ['no key', {}, {}, 'invalid-key'],
  ['a key that does not exist', { file: 'none.key' }, {}, 'unreadable-file'],
  [
    'a password file that does not exist',
    { file: 'cosign.key', passwordFile: 'none' },
    {},
    'unreadable-file',
  ],
  ['the text of a key in place of its path', { file: 'TEXT' }, {}, 'invalid-key'],
  ['a damaged key in the environment', {}, { COSIGN_PRIVATE_KEY: 'DAMAGED' }, 'invalid-key'],
])('%s is one error that shows no secret, and nothing is written', async (_, key, variables, code) => {
  const environment = { ...variables };
  if (environment.COSIGN_PRIVATE_KEY) environment.COSIGN_PRIVATE_KEY = encrypted.replace('BEGIN', 'BEGUN');
  const from = key.file === 'TEXT' ? { file: encrypted } : key;
  const error = await errorOf(signed({ files: ['disk.img'], key: from }, environment));
  expect(error).toMatchObject({ code });
  const text = describeError(error);
  for (const secret of ['wrong secret', ...encrypted.split('\n').slice(1, -2)])
    expect(text).not.toContain(secret);
  expect(existsSync(path('disk.img.sigstore.json'))).toBe(false);
});

it('a file that does not exist is named as the options name it', async () => {
  const error = await errorOf(signed({ files: ['none.img'], key: { file: 'cosign.key' } }));
  expect(error).toMatchObject({ code: 'unreadable-file', where: { file: 'none.img' } });
});

describe('an image', () => {
  let registry: ReferrersRegistry;
  const opened: Repository[] = [];
  beforeAll(async () => {
    registry = await startReferrersRegistry();
  });
  afterAll(async () => {
    opened.forEach((repository) => repository.close());
    await registry.stop();
  });

  it.each([
    ['tag', 'signature-tag'],
    ['bundle', 'referrers-api'],
  ] as const)('is signed once in the form %s, by its tag or its digest', async (form, kind) => {
    const own = await pushTo(registry, await randomImage(form.length, { layers: 1 }), `${form}:1`);
    const text = `${registry.host}/${form}:1`;
    const key = { file: 'cosign.key' };
    expect(await signed({ images: [text], key, form })).toContain(`${registry.host}/${form}@${own} signed`);
    expect(await signed({ images: [`${registry.host}/${form}@${own}`], key, form })).toContain('already');
    const repository = openRepository(parseRegistryReference(text), { retryDelays: [] });
    opened.push(repository);
    const option = { images: { [`${registry.host}/`]: { key: 'cosign.pub' } } };
    const policy = await loadPolicy(parsePolicy(option, 'nx.json'), root);
    const image = { reference: parseRegistryReference(text), digest: own };
    expect(await verifyImage(policy, image, repository)).toMatchObject({
      status: 'verified',
      evidence: { place: { kind } },
    });
  });

  it('that does not exist is an error', async () => {
    const images = [`${registry.host}/none:1`, `${registry.host}/app@sha256:${'0'.repeat(64)}`];
    for (const image of images) {
      expect(await errorOf(signed({ images: [image], key: { file: 'cosign.key' } }))).toMatchObject({
        code: 'not-found',
      });
    }
  });
});
