import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe as describeError } from '@nx-linuxkit/errors';
import type { Digest } from '@nx-linuxkit/oci';
import { parseRegistryReference } from '@nx-linuxkit/oci';
import { openRepository } from '@nx-linuxkit/oci/registry';
import {
  generateKeyPair,
  loadPolicy,
  parsePolicy,
  readPrivateKey,
  signImage,
  type PrivateKey,
} from '@nx-linuxkit/signatures';
import {
  indexOf,
  pushTo,
  randomImage,
  startReferrersRegistry,
  type ReferrersRegistry,
} from '@nx-linuxkit/testing';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { lock, type Settings } from '../index.js';
import { demandOf } from './check-image.js';

/** One piece of evidence as the file has it. */
interface KeptDocument {
  digest: string;
  signed: string;
  evidenceVersion: number;
  signature: { payload: string; signature: string };
}

const LOCK = 'os/linuxkit.lock.json';
const EVIDENCE = 'os/linuxkit.signatures.json';
const STATEMENTS = '.linuxkit/os/verify/verify/statements.json';
const TAR = 'dist/os/tar/os.tar';

let registry: ReferrersRegistry;
let host: string;
let workspace: TestWorkspace;
let key: PrivateKey;
let other: PrivateKey;
const publicKeys: Record<string, string> = {};

beforeAll(async () => {
  registry = await startReferrersRegistry();
  host = registry.host;
  [key, other] = await Promise.all(
    ['cosign.pub', 'other.pub'].map(async (name) => {
      const pair = await generateKeyPair();
      publicKeys[name] = pair.publicKey;
      return readPrivateKey(pair.privateKey, name);
    }),
  );
});
afterAll(() => registry.stop());
beforeEach(() => {
  workspace = new TestWorkspace();
  for (const [name, pem] of Object.entries(publicKeys)) workspace.write(name, pem);
});
afterEach(() => workspace.remove());

let images = 0;

/** A new image in the registry: its reference, and the digest of its manifest. */
async function pushed(name = `app${++images}`): Promise<{ reference: string; digest: Digest }> {
  const image = await randomImage(++images, { layers: [{ entries: [{ name: `bin/${name}`, body: name }] }] });
  return { reference: `${host}/${name}:1`, digest: await pushTo({ host }, image, `${name}:1`) };
}

async function signed(by: PrivateKey = key) {
  const image = await pushed();
  await signWith(image.reference, image.digest, by);
  return image;
}

async function signWith(reference: string, digest: Digest, by: PrivateKey): Promise<void> {
  const repository = openRepository(parseRegistryReference(reference), { retryDelays: [] });
  await signImage(repository, digest, by);
  repository.close();
}

const init = (reference: string, more = '') => `init: ['${reference}']\n${more}`;
const keyed = (file = 'cosign.pub'): Settings => ({
  signatures: { images: { [`${host}/`]: { key: file } } },
});
const build = (yaml: string, settings: Settings) => workspace.build('os', yaml, ['tar'], settings);
const again = (settings: Settings) => workspace.buildAgain('os', ['tar'], settings);
const exists = (path: string) => existsSync(workspace.path(path));
const read = (path: string) => readFileSync(workspace.path(path), 'utf8');
const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  );
const relock = (settings: Settings) =>
  lock(workspace.environment(settings), { file: 'os/linuxkit.yml' }, () => undefined);

/** No byte of an image may be where a person or a format takes it from. */
const expectNothingMade = () => expect(['dist', '.linuxkit/os/initramfs'].filter(exists)).toEqual([]);

it('a signed image builds; what convinced is kept, and the statement names the key', async () => {
  const { reference, digest } = await signed();
  const lines = await build(init(reference), keyed());
  expect(JSON.parse(read(STATEMENTS))).toEqual({
    verified: [{ image: `${reference}@${digest}`, by: 'the key cosign.pub' }],
    unverified: [],
  });
  expect(lines.join('\n')).not.toContain('NOT verified');
  expect(Object.keys(JSON.parse(read(EVIDENCE)).images)).toEqual([`${reference}@${digest}`]);
});

it.each([
  [
    'without a signature',
    pushed,
    'unsigned',
    /tag \S+\.sig: not found.*\n.*referrers API.*: not found.*\n.*not found/,
  ],
  ['signed with another key', () => signed(other), 'untrusted', /wrong key/],
] as const)(
  'an image %s is not locked: the error says where was looked, at the place in the YAML',
  async (_, make, code, told) => {
    const { reference } = await make();
    const error = await errorOf(build(init(reference), keyed()));
    expect(error).toMatchObject({ code, where: { file: 'os/linuxkit.yml', line: 1 } });
    expect(describeError(error)).toMatch(told);
    expect([LOCK, EVIDENCE].filter(exists)).toEqual([]);
    expectNothingMade();
  },
);

it('one error names all images that are refused, each with its place and its reason, when locking and when building', async () => {
  const [none, good, foreign] = [await pushed(), await signed(), await signed(other)];
  const names = [none, good, foreign].map(({ reference }) => reference);
  workspace.write('os/linuxkit.yml', `init:\n${names.map((name) => `  - '${name}'\n`).join('')}`);
  const locking = describeError(await errorOf(relock(keyed())));
  expect(locking).toContain(
    `os/linuxkit.yml: 2 images are refused:\n  os/linuxkit.yml:2:5: ${none.reference}@`,
  );
  expect(locking).toMatch(
    new RegExp(`\n  os/linuxkit\\.yml:4:5: ${foreign.reference}@.*convinces;.*:\n.*wrong key`),
  );
  expect(locking).not.toContain(good.reference);
  expect([LOCK, EVIDENCE].filter(exists)).toEqual([]);

  await lock(workspace.environment(), { file: 'os/linuxkit.yml' }, () => undefined);
  const error = await errorOf(again(keyed()));
  expect(error).toMatchObject({ code: 'no-evidence', where: { file: 'os/linuxkit.yml' } });
  expect(describeError(error)).toContain('3 images are refused:');
  for (const name of names) expect(describeError(error).split(name)).toHaveLength(2);
  expect(describeError(error).match(/`nx lock os`/g)).toHaveLength(1);
  expectNothingMade();
});

it('an image of a registry that does not answer ends the check, after the refusals that came before', async () => {
  const none = await pushed();
  const gone = await startReferrersRegistry();
  const image = await randomImage(++images, { layers: [{ entries: [{ name: 'gone' }] }] });
  await pushTo({ host: gone.host }, image, 'gone:1');
  const names = [none.reference, `${gone.host}/gone:1`, (await pushed()).reference];
  workspace.write('os/linuxkit.yml', `init: [${names.map((name) => `'${name}'`).join(', ')}]\n`);
  await lock(workspace.environment(), { file: 'os/linuxkit.yml' }, () => undefined);
  await gone.stop();
  const error = describeError(
    await errorOf(
      relock({
        signatures: { images: { ...keyed().signatures!.images, [`${gone.host}/`]: { key: 'cosign.pub' } } },
      }),
    ),
  );
  expect(error).toContain('2 images are refused:');
  expect(error).toContain('not every place could be read');
  expect(error).not.toContain(names[2]);
}, 60_000);

it('a build asks no registry: without evidence it names the command, and makes nothing of the image', async () => {
  const { reference } = await signed();
  workspace.write('os/linuxkit.yml', init(reference));
  await lock(workspace.environment(), { file: 'os/linuxkit.yml' }, () => undefined);
  const before = registry.requests.length;
  const error = await errorOf(again(keyed()));
  expect(error).toMatchObject({ code: 'no-evidence', hint: expect.stringContaining('`nx lock os`') });
  expect(registry.requests.slice(before).filter((request) => /\.sig|referrers/.test(request))).toEqual([]);
  expectNothingMade();
  await relock(keyed());
  await again(keyed());
  expect(exists(TAR)).toBe(true);
});

it('the evidence suffices: a build without outputs repeats the check while no place for signatures answers', async () => {
  const { reference } = await signed();
  await build(init(reference), keyed());
  const bytes = readFileSync(workspace.path(TAR));
  for (const output of ['dist', '.linuxkit']) rmSync(workspace.path(output), { recursive: true });
  const before = registry.requests.length;
  await again(keyed());
  expect(registry.requests.length).toBe(before);
  expect(readFileSync(workspace.path(TAR)).equals(bytes)).toBe(true);
});

it.each<[string, string, (evidence: KeptDocument) => void]>([
  ['payload', 'untrusted', (kept) => (kept.signature.payload = changedBase64(kept.signature.payload))],
  ['signature', 'untrusted', (kept) => (kept.signature.signature = changedBase64(kept.signature.signature))],
  ['digest', 'invalid-evidence', (kept) => (kept.digest = `sha256:${'0'.repeat(64)}`)],
  ['signed digest', 'invalid-evidence', (kept) => (kept.signed = `sha256:${'0'.repeat(64)}`)],
  ['version', 'invalid-evidence', (kept) => (kept.evidenceVersion = 2)],
])('evidence with another %s fails the build', async (_, code, change) => {
  const { reference } = await signed();
  await build(init(reference), keyed());
  const document = JSON.parse(read(EVIDENCE));
  Object.values<KeptDocument>(document.images).forEach(change);
  writeFileSync(workspace.path(EVIDENCE), JSON.stringify(document));
  rmSync(workspace.path('dist'), { recursive: true });
  expect(await errorOf(again(keyed()))).toMatchObject({ code });
  expect(exists('dist')).toBe(false);
});

it.each([
  '',
  '[]',
  '{"signaturesVersion":2,"images":{}}',
  '{"signaturesVersion":1}',
  '{"signaturesVersion":1,"images":{"a":1}}',
])('an evidence file of another form is named: %j', async (text) => {
  const { reference } = await signed();
  await build(init(reference), keyed());
  writeFileSync(workspace.path(EVIDENCE), text);
  expect(await errorOf(again(keyed()))).toMatchObject({
    code: 'invalid-evidence',
    where: { file: EVIDENCE },
  });
});

it('the evidence of one image does not count for another', async () => {
  const [good, bad] = [await signed(), await pushed()];
  workspace.write('os/linuxkit.yml', init(bad.reference));
  await lock(workspace.environment(), { file: 'os/linuxkit.yml' }, () => undefined);
  await build(init(good.reference), {}).catch(() => undefined);
  await relock(keyed());
  const evidence = Object.values(JSON.parse(read(EVIDENCE)).images)[0];
  const images = { [`${bad.reference}@${bad.digest}`]: evidence };
  workspace.write('os/linuxkit.yml', init(bad.reference));
  await lock(workspace.environment(), { file: 'os/linuxkit.yml' }, () => undefined);
  workspace.write(EVIDENCE, JSON.stringify({ signaturesVersion: 1, images }));
  expect(await errorOf(again(keyed()))).toMatchObject({ code: 'invalid-evidence' });
});

it('another key in the same file fails the build that was green, and `nx lock` finds the signature by the new key', async () => {
  const { reference, digest } = await signed();
  await build(init(reference), keyed());
  workspace.write('cosign.pub', publicKeys['other.pub']);
  const error = await errorOf(again(keyed()));
  expect(error).toMatchObject({ code: 'untrusted', hint: expect.stringContaining('`nx lock os`') });
  await signWith(reference, digest, other);
  await relock(keyed());
  await again(keyed());
});

it('`nx lock` keeps evidence that still convinces, byte for byte, and drops that of images which are gone', async () => {
  const [first, second] = [await signed(), await signed()];
  await build(`init: ['${first.reference}', '${second.reference}']\n`, keyed());
  const text = read(EVIDENCE);
  const before = registry.requests.length;
  await relock(keyed());
  expect(read(EVIDENCE)).toBe(text);
  expect(registry.requests.length).toBe(before);
  workspace.write('os/linuxkit.yml', init(first.reference));
  await relock(keyed());
  expect(Object.keys(JSON.parse(read(EVIDENCE)).images)).toEqual([`${first.reference}@${first.digest}`]);
  workspace.write('os/linuxkit.yml', 'files: [{path: a, contents: b}]\n');
  await relock(keyed());
  expect(exists(EVIDENCE)).toBe(false);
});

describe('what no prefix names', () => {
  it.each([
    ['deny', {}, 'denied'],
    ['warn', {}, undefined],
    ['off', {}, undefined],
    ['off', { trust: true }, 'no-rule'],
    ['warn', { trust: true }, 'no-rule'],
  ] as const)(
    'with the default %s and %j: %s',
    async (fallback, { trust = false }: { trust?: boolean }, code) => {
      const { reference } = await pushed();
      const yaml = init(reference, trust ? `trust: {org: ['${host}']}\n` : '');
      const result = build(yaml, { signatures: { default: fallback } });
      if (code)
        return void expect(await errorOf(result)).toMatchObject({ code, where: { file: 'os/linuxkit.yml' } });
      const lines = (await result).filter((line) => line.includes('NOT verified')).join('\n');
      if (fallback === 'warn') expect(lines).toContain(reference);
      else expect(lines).toBe('');
    },
  );

  it('without the option `trust` gives a warning at each build, as before', async () => {
    const { reference } = await pushed();
    const lines = await build(init(reference, `trust: {org: ['${host}']}\n`), {});
    expect(lines.join('\n')).toContain(`signatures are NOT verified; \`trust\` names ${reference}`);
    expect((await again({})).join('\n')).toContain('signatures are NOT verified');
    expect(exists(EVIDENCE)).toBe(false);
  });

  it('an image that `trust` names passes by a rule that says so', async () => {
    const { reference } = await pushed();
    const settings: Settings = { signatures: { images: { [`${host}/`]: 'off' } } };
    await build(init(reference, `trust: {image: ['${reference}']}\n`), settings);
    expect(JSON.parse(read(STATEMENTS)).verified).toEqual([]);
  });
});

it('a rule is about the image that the option `images` puts in place of the one in the YAML', async () => {
  const { reference } = await pushed();
  const settings = { ...keyed(), images: { 'team/app': reference } };
  expect(await errorOf(build(init('team/app'), settings))).toMatchObject({ code: 'unsigned' });
});

it('the image of a boot loader needs a signature like any other', async () => {
  const { reference } = await pushed();
  const settings = { ...keyed(), loaders: { isolinux: reference } };
  const error = await errorOf(build('files: [{path: a, contents: b}]\n', settings));
  expect(error).toMatchObject({ code: 'unsigned', where: { file: 'nx.json' } });
});

it('a file of images keeps no signature: a demand is an error, and a rule can let it pass', async () => {
  await workspace.image('local', [[{ name: 'a', body: 'a' }]]);
  const yaml = init('test/local');
  expect(
    await errorOf(build(yaml, { signatures: { images: { 'oci:images/local': { key: 'cosign.pub' } } } })),
  ).toMatchObject({
    code: 'unsigned',
    message: expect.stringContaining('a Docker daemon or a file'),
  });
  expect(await errorOf(build(yaml, { signatures: { default: 'deny' } }))).toMatchObject({ code: 'denied' });
  await build(yaml, { signatures: { default: 'deny', images: { 'oci:images/local': 'off' } } });
});

it('an image of a Docker daemon is not accepted in place of the signed one of the registry that has its name', async () => {
  const { reference, digest } = await signed();
  const policy = await loadPolicy(parsePolicy(keyed().signatures, 'nx.json'), workspace.root);
  const pinned = { written: reference, reference, digest, trusted: false };
  expect(demandOf(policy, { ...pinned, inDaemon: false })).toBe('check');
  expect(() => demandOf(policy, { ...pinned, inDaemon: true })).toThrow(
    expect.objectContaining({
      code: 'unsigned',
      message: expect.stringContaining('a Docker daemon or a file'),
    }),
  );
});

describe('an image of two platforms', () => {
  async function pushedIndex() {
    const amd64 = await randomImage(++images, { layers: 1 });
    const arm64 = await randomImage(++images, {
      layers: 1,
      platform: { os: 'linux', architecture: 'arm64' },
    });
    const name = `multi${images}`;
    const index = await pushTo({ host }, indexOf([amd64, arm64]), `${name}:1`);
    return { reference: `${host}/${name}:1`, index, amd64: amd64.manifest.descriptor.digest };
  }

  it('is signed if its index is', async () => {
    const { reference, index } = await pushedIndex();
    await signWith(reference, index, key);
    await build(init(reference), keyed());
    expect(JSON.parse(read(STATEMENTS)).verified).toHaveLength(1);
  });

  it('as a layout in a volume needs a signature of the index: that of one manifest says nothing of the others', async () => {
    const { reference, index, amd64 } = await pushedIndex();
    const yaml = `volumes: [{name: v, image: '${reference}', format: oci}]\n`;
    await signWith(reference, amd64, key);
    const error = await errorOf(build(yaml, keyed()));
    expect(error).toMatchObject({ code: 'unsigned', message: expect.stringContaining(index) });
    await signWith(reference, index, key);
    await build(yaml, keyed());
    expect(JSON.parse(read(STATEMENTS)).verified).toHaveLength(2);
  });
});

it('a key file that is missing or no key fails the build by name', async () => {
  const { reference } = await signed();
  await build(init(reference), keyed());
  workspace.write('cosign.pub', 'no key');
  expect(await errorOf(again(keyed()))).toMatchObject({ code: 'invalid-key', where: { file: 'cosign.pub' } });
  rmSync(workspace.path('cosign.pub'));
  expect(await errorOf(again(keyed()))).toMatchObject({ code: 'unreadable-file' });
});

/** Other bytes, still canonical base64. */
function changedBase64(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  bytes[bytes.length - 4] ^= 1;
  return bytes.toString('base64');
}
