import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, parseRegistryReference, type Digest } from '@nx-linuxkit/oci';
import { openLayoutRepository, openRepository } from '@nx-linuxkit/oci/registry';
import { pushTo, randomImage, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { openEnvironment } from '../../index.js';
import { ARTIFACT_TYPE, formatArtifact } from './artifact.js';
import { pullSystem, type SystemPull } from './pull-system.js';
import { pushSystem, type SystemPush } from './push-system.js';

let registry: TestRegistry;
let root: string;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.stop());
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'system-'));
  registry.log.clear();
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  mkdirSync(join(root, 'dist'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'dist', name), text);
}

const KERNEL = { 'my-os-kernel': 'kernel', 'my-os-initrd.img': 'initrd', 'my-os-cmdline': 'console=ttyS0' };
const environment = () => openEnvironment(root, { store: '.store' });
const push = (formats: readonly string[], to: string, more: Partial<SystemPush> = {}) => {
  const prefix = join(root, 'dist/my-os');
  const named = formats.map((format) => ({ format, prefix }));
  const request = { name: 'my-os', platform: 'linux/arm64', formats: named, to, ...more };
  return pushSystem(environment(), request, () => undefined);
};
const pull = (reference: string, more: Partial<SystemPull> = {}) =>
  pullSystem(
    environment(),
    { reference, preferred: ['kernel+initrd', 'iso-efi'], folder: join(root, 'pulled'), ...more },
    () => undefined,
  );
const pulled = () => readdirSync(join(root, 'pulled')).sort();
const at = (name: string) => `${registry.host}/${name}`;
const repositoryOf = (reference: string) =>
  openRepository(parseRegistryReference(reference), { retryDelays: [] });
const puts = (part: string) =>
  registry.log.requests.filter(({ method, path }) => method === 'PUT' && path.includes(part));

async function manifestOf(reference: string) {
  const repository = repositoryOf(reference);
  try {
    const { bytes, digest } = await repository.manifest(reference.slice(reference.lastIndexOf(':') + 1));
    return { digest, document: JSON.parse(bytes.toString('utf8')) };
  } finally {
    repository.close();
  }
}

test('a system is an artifact with a title, a format and a role for each file', async () => {
  write(KERNEL);
  write({ 'my-os-efi.iso': 'iso' });
  const written = await push(['kernel+initrd', 'iso-efi'], at('systems/'));
  const { digest, document } = await manifestOf(at('systems/my-os:latest'));
  expect(written).toBe(`${at('systems/my-os')}@${digest}`);
  expect(document.artifactType).toBe(ARTIFACT_TYPE);
  expect(
    document.layers.map(({ annotations }: { annotations: object }) => Object.values(annotations)),
  ).toEqual([
    ['kernel+initrd/my-os-kernel', 'kernel+initrd', 'kernel'],
    ['kernel+initrd/my-os-initrd.img', 'kernel+initrd', 'initrd'],
    ['kernel+initrd/my-os-cmdline', 'kernel+initrd', 'cmdline'],
    ['iso-efi/my-os-efi.iso', 'iso-efi', 'image'],
  ]);
});

test('the same system is sent once, and has one digest', async () => {
  write({ 'my-os-efi.iso': 'an iso that is sent once' });
  const first = await push(['iso-efi'], at('once:1'));
  expect(puts('/blobs/')).toHaveLength(2);
  registry.log.clear();
  expect(await push(['iso-efi'], at('once:2'))).toBe(first);
  expect(puts('/blobs/')).toEqual([]);
});

test('the format that is preferred comes back as it was, and is not fetched again', async () => {
  write(KERNEL);
  write({ 'my-os-efi.iso': 'iso' });
  await push(['iso-efi', 'kernel+initrd'], at('back:1'));
  expect(await pull(at('back:1'))).toEqual({
    format: 'kernel+initrd',
    prefix: join(root, 'pulled/back'),
    platform: 'linux/arm64',
    digests: {
      kernel: digestOf(Buffer.from(KERNEL['my-os-kernel'])),
      initrd: digestOf(Buffer.from(KERNEL['my-os-initrd.img'])),
      cmdline: digestOf(Buffer.from(KERNEL['my-os-cmdline'])),
    },
  });
  expect(pulled()).toEqual(['back-cmdline', 'back-initrd.img', 'back-kernel', 'system.json']);
  expect(readFileSync(join(root, 'pulled/back-initrd.img'), 'utf8')).toBe('initrd');
  registry.log.clear();
  await pull(at('back:1'));
  // The config alone, which says the platform.
  expect(registry.log.blobGets()).toHaveLength(1);
  await pull(at('back:1'), { format: 'iso-efi' });
  expect(readFileSync(join(root, 'pulled/back-efi.iso'), 'utf8')).toBe('iso');
});

test('another version replaces what was fetched, also what it lacks', async () => {
  write(KERNEL);
  await push(['kernel+initrd'], at('moves:1'));
  await pull(at('moves:1'));
  rmSync(join(root, 'dist/my-os-cmdline'));
  write({ 'my-os-kernel': 'other kernel' });
  await push(['kernel+initrd'], at('moves:1'));
  await pull(at('moves:1'));
  expect(pulled()).toEqual(['moves-initrd.img', 'moves-kernel', 'system.json']);
  expect(readFileSync(join(root, 'pulled/moves-kernel'), 'utf8')).toBe('other kernel');
});

test.each([
  [{ format: 'tar' }, 'unknown-format', 'It has kernel+initrd.'],
  [{ preferred: ['iso'] }, 'unknown-format', 'It has kernel+initrd.'],
])('a system without %j is an error that says what it has', async (more, code, hint) => {
  write(KERNEL);
  await push(['kernel+initrd'], at('lacks:1'));
  await expect(pull(at('lacks:1'), more)).rejects.toMatchObject({ code, hint });
});

test('an image is no system', async () => {
  await pushTo(registry, await randomImage(1, { layers: 1 }), 'image:1');
  await expect(pull(at('image:1'))).rejects.toMatchObject({
    code: 'bad-image',
    message: expect.stringContaining('is an image, expected a system'),
  });
});

test('a path that an artifact names, and a role that no format has, choose no file', async () => {
  const bytes = Buffer.from('attack');
  const file = { digest: digestOf(bytes), size: bytes.length, format: 'iso-efi' } as const;
  const made = formatArtifact({
    name: '../../name',
    platform: 'linux/amd64',
    files: [
      { ...file, role: 'image', name: '../../../etc/passwd' },
      { ...file, role: '__proto__' as never, name: 'x' },
      { ...file, format: '../x', role: 'image', name: 'x' },
    ],
  });
  const repository = repositoryOf(at('hostile:1'));
  const blob = (descriptor: { digest: Digest; size: number }, content: Buffer) => ({
    descriptor,
    bytes: async function* () {
      yield content;
    },
  });
  await repository.push('1', {
    mediaType: made.mediaType,
    manifest: made.manifest,
    blobs: [blob(file, bytes), blob(made.config.descriptor, made.config.bytes)],
  });
  repository.close();
  expect((await pull(at('hostile:1'))).format).toBe('iso-efi');
  expect(pulled()).toEqual(['hostile-efi.iso', 'system.json']);
});

test('a format that was not made, and a name by digest, are errors before anything is sent', async () => {
  await expect(push(['iso-efi'], at('none:1'))).rejects.toMatchObject({ code: 'missing-file' });
  write({ 'my-os-efi.iso': 'iso' });
  const byDigest = at(`none@sha256:${'1'.repeat(64)}`);
  await expect(push(['iso-efi'], byDigest)).rejects.toMatchObject({ code: 'unsupported' });
  const sign = { key: { file: 'no.key' } };
  await expect(push(['iso-efi'], at('none:1'), { sign })).rejects.toMatchObject({ code: 'unreadable-file' });
  expect(registry.log.requests).toEqual([]);
});

test('calls side by side share the files of a version, and keep those of others', async () => {
  write(KERNEL);
  const reference = at('systems/shared:1');
  await push(['kernel+initrd'], reference);
  const of = () => pull(reference, { byVersion: true });
  const first = await Promise.all([of(), of(), of()]);
  expect(new Set(first.map(({ prefix }) => prefix)).size).toBe(1);
  write({ 'my-os-kernel': 'another kernel' });
  await push(['kernel+initrd'], reference);
  const second = await of();
  expect(readFileSync(`${first[0].prefix}-kernel`, 'utf8')).toBe('kernel');
  expect(readFileSync(`${second.prefix}-kernel`, 'utf8')).toBe('another kernel');
});

test('a system goes to a folder with an OCI layout too, with its signature', async () => {
  write({ 'my-os-efi.iso': 'an iso for a stick' });
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  process.env.LAYOUT_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const sign = { key: { variable: 'LAYOUT_KEY' } };
  const written = await push(['iso-efi'], 'oci:stick/my-os:stable', { sign });
  delete process.env.LAYOUT_KEY;
  const repository = openLayoutRepository(join(root, 'stick/my-os'));
  const { digest } = await repository.manifest('stable');
  expect(written).toBe(`oci:my-os@${digest}`);
  const signatures = await repository.manifest(`${digest.replace(':', '-')}.sig`);
  const [layer] = JSON.parse(signatures.bytes.toString('utf8')).layers;
  const payload = await repository.blob(layer, 10_000);
  const signature = Buffer.from(layer.annotations['dev.cosignproject.cosign/signature'], 'base64');
  expect(verify('sha256', payload, publicKey, signature)).toBe(true);
  expect(JSON.parse(payload.toString('utf8')).critical.image['docker-manifest-digest']).toBe(digest);
});

test.each(['oci:stick:no tag', `oci:stick@${digestOf(Buffer.from(''))}`, 'oci-archive:stick.tar'])(
  'a system is not pushed to %s',
  async (to) => {
    write({ 'my-os-efi.iso': 'iso' });
    await expect(push(['iso-efi'], to)).rejects.toMatchObject({ code: 'unsupported' });
  },
);
