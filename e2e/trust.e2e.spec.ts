import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, parseManifest, parseRegistryReference, type Digest } from '@nx-linuxkit/oci';
import { openRepository } from '@nx-linuxkit/oci/registry';
import {
  generateKeyPair,
  readPrivateKey,
  readPublicKey,
  signImage,
  verifyFile,
} from '@nx-linuxkit/signatures';
import { pushTo, randomImage, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { installSigstore, signWithoutKey, type Bundle } from './trust/sign-without-key.js';
import { expectOneError } from './workspace/expect-one-error.js';
import { Workspace } from './workspace/workspace.js';

/**
 * Signatures through the whole product, with Debian's docker-registry, Nx's daemon, openssl, and PyNaCl as an
 * independent reader and writer of cosign's encrypted keys. Signatures without a key are made by a Sigstore on loopback
 * that is stopped before anything is locked.
 */
const PASSWORD = 'correct horse battery';
const EVIDENCE = 'apps/good/linuxkit.signatures.json';
const TAR = 'dist/apps/good/tar/good.tar';
const BOTH = ['run-many', '-t', 'build', '-p', 'good,keyless'];
const SIGNER = { sub: 'https://github.com/org/repo', iss: 'https://issuer.example' };
/** Images that must be signed by `SIGNER`, and who signed them. */
const KEYLESS = {
  keyless: SIGNER,
  suffix: { ...SIGNER, sub: `${SIGNER.sub}-evil` },
  issuer: { ...SIGNER, iss: `${SIGNER.iss}.evil.example` },
  twice: SIGNER,
};
/** An entry that is there twice must not count as two. */
const CHANGES = {
  twice: ({ verificationMaterial: { tlogEntries } }: Bundle) =>
    void tlogEntries.push({ ...tlogEntries[0], logIndex: '7' }),
};
const NAMES = ['good', 'plain', 'foreign', 'tampered', 'keyless', 'suffix', 'issuer', 'twice'] as const;

let folder: string;
let registry: TestRegistry;
let workspace: Workspace;
const digests = {} as Record<(typeof NAMES)[number], Digest>;

const python = (...args: string[]) =>
  execFileSync('/usr/bin/python3', [join(__dirname, 'trust/encrypted-key.py'), ...args], {
    encoding: 'utf8',
  });
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, encoding: 'utf8' });
const at = (name: string) => join(folder, name);
const referenceOf = (name: string) => `${registry.host}/${name}:1`;
const sigTag = (digest: Digest) => `${digest.replace(':', '-')}.sig`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-trust-'));
  registry = await startRegistry();
  for (const [i, name] of NAMES.entries()) {
    const image = await randomImage(i, { layers: [{ entries: [{ name: `bin/${name}`, body: name }] }] });
    digests[name] = await pushTo(registry, image, `${name}:1`);
  }
  const keyless = Object.entries(KEYLESS).map(([name, claims]) => ({
    reference: referenceOf(name),
    digest: digests[name as keyof typeof KEYLESS],
    claims,
    change: CHANGES[name as keyof typeof CHANGES],
  }));
  const trustedRoot = await signWithoutKey(keyless);
  // A key of openssl's, encrypted by PyNaCl: nothing of it was made here.
  openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', 'key.pem');
  openssl('pkcs8', '-topk8', '-nocrypt', '-in', 'key.pem', '-outform', 'DER', '-out', 'key.der');
  openssl('pkey', '-inform', 'DER', '-in', 'key.der', '-pubout', '-out', 'cosign.pub');
  const system = (name: string) => `init: ['${referenceOf(name)}']\noutputs: [{format: tar}]\n`;
  const signer = {
    name: 'signer',
    targets: {
      sign: {
        executor: 'nx-linuxkit:sign',
        options: { images: [referenceOf('good')], key: 'keys/cosign.key', passwordFile: 'keys/password' },
      },
    },
  };
  workspace = await Workspace.create({
    daemon: true,
    plugin: {
      signatures: {
        default: 'deny',
        trustedRoot: 'keys/trusted_root.json',
        images: {
          [`${registry.host}/`]: { key: 'keys/cosign.pub' },
          ...Object.fromEntries(
            Object.keys(KEYLESS).map((name) => [
              `${registry.host}/${name}`,
              { identity: SIGNER.sub, issuer: SIGNER.iss },
            ]),
          ),
        },
      },
      sign: { key: 'keys/cosign.key' },
    },
    files: {
      ...Object.fromEntries(NAMES.map((name) => [`apps/${name}/linuxkit.yml`, system(name)])),
      'signer/project.json': JSON.stringify(signer),
      'keys/cosign.pub': readFileSync(at('cosign.pub'), 'utf8'),
      'keys/cosign.key': python('encrypt', PASSWORD, at('key.der')),
      'keys/password': `${PASSWORD}\n`,
      'keys/trusted_root.json': trustedRoot,
    },
  });
  installSigstore(workspace);
});
afterAll(async () => {
  await workspace?.stop();
  await registry?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const outputs: string[] = [];
async function nx(...args: string[]) {
  const run = await workspace.nx(...args);
  outputs.push(run.output);
  return run;
}

it('cosign’s encrypted key is read by PyNaCl as we write it', async () => {
  const pair = await generateKeyPair({ password: PASSWORD });
  writeFileSync(at('ours.key'), pair.privateKey);
  writeFileSync(at('ours.der'), Buffer.from(python('decrypt', PASSWORD, at('ours.key')), 'base64'));
  expect(openssl('pkey', '-inform', 'DER', '-in', 'ours.der', '-pubout')).toBe(pair.publicKey);
});

it('the executor signs an image with a key that PyNaCl encrypted; openssl verifies what the registry has', async () => {
  const run = await nx('run', 'signer:sign');
  expect(run).toMatchObject({ code: 0, output: expect.stringContaining(`good@${digests.good} signed`) });
  const repository = openRepository(parseRegistryReference(referenceOf('good')));
  const [layer] = parseManifest((await repository.manifest(sigTag(digests.good))).bytes).layers;
  writeFileSync(at('payload'), await repository.blob(layer, 10_000));
  repository.close();
  const signature = layer.annotations!['dev.cosignproject.cosign/signature'];
  writeFileSync(at('signature'), Buffer.from(signature, 'base64'));
  expect(openssl('dgst', '-sha256', '-verify', 'cosign.pub', '-signature', 'signature', 'payload')).toContain(
    'OK',
  );
});

it('images signed by the key and by the identity build, `nx lock` says who signed them, and the third run runs nothing', async () => {
  const run = await nx('run-many', '-t', 'lock', '-p', 'good,keyless');
  expect({ code: run.code, output: run.output }).toMatchObject({ code: 0 });
  expect(run.output).toContain(`${referenceOf('good')}@${digests.good} is signed by the key keys/cosign.pub`);
  expect(run.output).toContain(
    `${referenceOf('keyless')}@${digests.keyless} is signed by ${SIGNER.sub} of ${SIGNER.iss}`,
  );
  expect(workspace.exists(EVIDENCE)).toBe(true);
  expect((await nx(...BOTH)).code).toBe(0);
  for (const path of [TAR, 'dist/apps/keyless/tar/keyless.tar']) expect(workspace.exists(path)).toBe(true);
  expect((await nx(...BOTH)).ran).toEqual([]);
});

it('no image is built without a signature, nor with one of another key, a changed payload, another identity, or a log entry that counts twice', async () => {
  const stranger = await readPrivateKey((await generateKeyPair()).privateKey, 'stranger.key');
  const foreign = openRepository(parseRegistryReference(referenceOf('foreign')));
  await signImage(foreign, digests.foreign, stranger);
  foreign.close();
  await signWithChangedPayload();
  const names = ['plain', 'foreign', 'tampered', 'suffix', 'issuer', 'twice'] as const;
  const run = await nx('run-many', '-t', 'build', '-p', names.join(','));
  expectOneError(
    run,
    `apps/plain/linuxkit.yml:1:8: ${referenceOf('plain')}@${digests.plain} has no signature;`,
  );
  expect(run.output).toContain(`tag ${registry.host}/plain:${sigTag(digests.plain)}: not found`);
  expect(run.output).toContain('not found, the registry has no referrers API');
  for (const name of ['foreign', 'tampered'] as const) {
    expectOneError(run, `${referenceOf(name)}@${digests[name]} has no signature that convinces`);
    expect(run.output).toContain(`tag ${registry.host}/${name}:${sigTag(digests[name])}: wrong key`);
  }
  for (const name of ['suffix', 'issuer'] as const) {
    expectOneError(run, `${referenceOf(name)}@${digests[name]} has no signature that convinces`);
    const { sub, iss } = KEYLESS[name];
    expect(run.output).toContain(`wrong identity, it was signed by "${sub}" of "${iss}"`);
  }
  expectOneError(run, `${referenceOf('twice')}@${digests.twice} has no signature that convinces`);
  expect(run.output).toContain('wrong format, tlogEntries[1]: the log entry is there twice');
  for (const name of names) {
    expect(
      [`apps/${name}/linuxkit.lock.json`, `dist/apps/${name}`].filter((path) => workspace.exists(path)),
    ).toEqual([]);
  }
});

/** The payload of the good image with another digest in it, beside the good signature. */
async function signWithChangedPayload(): Promise<void> {
  const payload = Buffer.from(readFileSync(at('payload'), 'utf8').replace(digests.good, digests.tampered));
  expect(payload.includes(digests.tampered)).toBe(true);
  const config = Buffer.from('{}');
  const blob = (mediaType: string, bytes: Buffer) => ({
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
    bytes: async function* () {
      yield bytes;
    },
  });
  const blobs = [
    blob('application/vnd.oci.image.config.v1+json', config),
    blob('application/vnd.dev.cosign.simplesigning.v1+json', payload),
  ];
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const annotations = {
    'dev.cosignproject.cosign/signature': readFileSync(at('signature')).toString('base64'),
  };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: blobs[0].descriptor,
      layers: [{ ...blobs[1].descriptor, annotations }],
    }),
  );
  const repository = openRepository(parseRegistryReference(referenceOf('tampered')));
  await repository.push(sigTag(digests.tampered), { mediaType, manifest, blobs });
  repository.close();
}

it('changed evidence, another key and another trusted root fail a build that was green; as they were, it is a hit', async () => {
  const files = Object.fromEntries(
    [EVIDENCE, 'keys/cosign.pub', 'keys/trusted_root.json'].map((path) => [path, workspace.read(path)]),
  );
  const payload = JSON.parse(files[EVIDENCE]).images[`${referenceOf('good')}@${digests.good}`].signature
    .payload;
  workspace.edit(EVIDENCE, (text) => text.replace(payload, Buffer.from('{}').toString('base64')));
  expectOneError(await nx('build', 'good'), 'has no signature that convinces');

  workspace.write({
    ...files,
    'keys/cosign.pub': (await generateKeyPair()).publicKey,
    'keys/trusted_root.json': await signWithoutKey([]),
  });
  const run = await nx(...BOTH);
  for (const name of ['good', 'keyless'] as const) {
    expectOneError(run, `${referenceOf(name)}@${digests[name]} has no signature that convinces`);
    expect(run.failed).toContain(`${name}@verify:verify-images`);
    expect(run.output).toContain(`Run \`nx lock ${name}\``);
  }

  workspace.write(files);
  expect(await nx(...BOTH)).toMatchObject({ code: 0, ran: [] });
});

it('the formats are signed; openssl and our own check agree, and no task runs again for it', async () => {
  const run = await workspace.nxWith({ env: { COSIGN_PASSWORD: PASSWORD } }, 'sign', 'good@sign');
  outputs.push(run.output);
  expect(run).toMatchObject({ code: 0, ran: ['good@sign:sign'] });
  const bundle = workspace.read(`${TAR}.sigstore.json`);
  await verifyFile(
    workspace.path(TAR),
    bundle,
    readPublicKey(workspace.read('keys/cosign.pub'), 'cosign.pub'),
  );
  writeFileSync(at('file.sig'), Buffer.from(JSON.parse(bundle).messageSignature.signature, 'base64'));
  const args = ['dgst', '-sha256', '-verify', 'cosign.pub', '-signature', 'file.sig', workspace.path(TAR)];
  expect(openssl(...args)).toContain('OK');
});

it('while the registry is down the evidence suffices, also for a build from nothing but the store', async () => {
  await registry.stop();
  const bytes = workspace.bytes(TAR);
  workspace.emptyNxCache();
  workspace.remove('dist', '.linuxkit', '.nx/workspace-data');
  const run = await nx(...BOTH);
  expect({ code: run.code, output: run.output }).toMatchObject({ code: 0 });
  expect(run.ran).toEqual(
    expect.arrayContaining(['good@verify:verify-images', 'keyless@verify:verify-images']),
  );
  expect(workspace.bytes(TAR).equals(bytes)).toBe(true);
});

it('neither key nor password shows up in an output, the graph, a log or a cache', () => {
  const secrets = [PASSWORD, workspace.read('keys/cosign.key').split('\n')[1].slice(0, 64)];
  secrets.push(readFileSync(at('key.der')).toString('base64').slice(10, 60));
  for (const secret of secrets) {
    for (const output of outputs) expect(output).not.toContain(secret);
    expect(filesWith(secret)).toEqual(
      secret === PASSWORD ? ['keys/password'] : secret === secrets[1] ? ['keys/cosign.key'] : [],
    );
  }
});

/** Files of the workspace, of Nx's caches and of the store that hold a text; node_modules aside. */
function filesWith(text: string): string[] {
  const args = ['-rlaF', '--exclude-dir=node_modules', '--exclude-dir=.git', '--', text, workspace.base];
  try {
    const found = execFileSync('grep', args, { encoding: 'utf8' }).trim().split('\n');
    return found.map((path) => path.slice(workspace.dir.length + 1)).sort();
  } catch (error) {
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
}
