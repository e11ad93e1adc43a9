import { readFileSync, writeFileSync } from 'node:fs';
import { digestOf, parseManifest } from '@nx-linuxkit/oci';
import { startReferrersRegistry, type ReferrersRegistry } from '@nx-linuxkit/testing';
import { temporaryFolder } from '../__tests__/folder.js';
import { opensslVerify } from '../__tests__/openssl.js';
import { pushImageTo, type PushedImage } from '../__tests__/repository.js';
import { newKey, someDigest } from '../__tests__/signing.js';
import { ANNOTATIONS } from '../format/simple-signing.js';
import { ALGORITHMS } from '../key/algorithm.js';
import { signFile } from './sign-file.js';
import { signImage } from './sign-image.js';
import { verifyFile } from './verify-file.js';

const folder = temporaryFolder();

describe('an image', () => {
  let registry: ReferrersRegistry;
  let image: PushedImage;
  let names = 0;
  beforeAll(async () => {
    registry = await startReferrersRegistry();
  });
  beforeEach(async () => {
    image = await pushImageTo(registry.host, `app-${names++}`);
  });
  afterAll(() => registry.stop());

  const tag = () => `${image.digest.replace(':', '-')}.sig`;
  const manifest = async () => JSON.parse((await image.repository.manifest(tag())).bytes.toString());

  it('has a signature at the .sig tag as cosign writes it: payload, annotation, config', async () => {
    const key = await newKey();
    const result = await signImage(image.repository, image.digest, key);
    expect(result).toEqual({ tag: `${image.repository.name}:${tag()}`, added: true });
    const { bytes } = await image.repository.manifest(tag());
    const { layers, config } = parseManifest(bytes);
    const payload = await image.repository.blob(layers[0], 1000);
    expect(payload.toString()).toBe(
      `{"critical":{"identity":{"docker-reference":"${image.repository.name}"},` +
        `"image":{"docker-manifest-digest":"${image.digest}"},` +
        '"type":"cosign container image signature"},"optional":null}',
    );
    const { rootfs, history } = JSON.parse((await image.repository.blob(config, 1000)).toString());
    expect(rootfs).toEqual({ type: 'layers', diff_ids: [layers[0].digest] });
    expect(history).toHaveLength(1);
  });

  it.each(ALGORITHMS)(
    'is signed with %s so that openssl verifies what the registry has',
    async (algorithm) => {
      const key = await newKey(algorithm);
      await signImage(image.repository, image.digest, key);
      const [layer] = parseManifest((await image.repository.manifest(tag())).bytes).layers;
      const message = folder.write('payload', await image.repository.blob(layer, 1000));
      const signature = Buffer.from(layer.annotations![ANNOTATIONS.signature], 'base64');
      expect(opensslVerify(key.publicKey, message, signature, folder)).toContain('Verified Successfully');
    },
  );

  it('is not signed twice by one key', async () => {
    const key = await newKey();
    await signImage(image.repository, image.digest, key);
    const before = await manifest();
    expect(await signImage(image.repository, image.digest, key)).toMatchObject({ added: false });
    expect(await manifest()).toEqual(before);
  });

  it('keeps the signatures of others, with all that they wrote into the manifest', async () => {
    const first = await newKey();
    await signImage(image.repository, image.digest, first);
    const theirs = await manifest();
    theirs.annotations = { note: 'of another signer' };
    theirs.layers[0].annotations['dev.sigstore.cosign/bundle'] = '{}';
    await image.repository.push(tag(), {
      mediaType: theirs.mediaType,
      manifest: Buffer.from(JSON.stringify(theirs)),
      blobs: [],
    });
    expect(await signImage(image.repository, image.digest, await newKey())).toMatchObject({ added: true });
    const both = await manifest();
    expect(both.layers).toHaveLength(2);
    expect(both.layers[0]).toEqual(theirs.layers[0]);
    expect(both.annotations).toEqual(theirs.annotations);
    expect(await signImage(image.repository, image.digest, first)).toMatchObject({ added: false });
  });

  it('is signed again when another client overwrites the list at that moment', async () => {
    const empty = await manifestOfAnother();
    let overwritten = false;
    const racing = {
      ...image.repository,
      push: async (...args: Parameters<typeof image.repository.push>) => {
        const result = await image.repository.push(...args);
        if (!overwritten) {
          overwritten = true;
          await image.repository.push(tag(), empty);
        }
        return result;
      },
    };
    const key = await newKey();
    expect(await signImage(racing, image.digest, key)).toMatchObject({ added: true });
    expect((await manifest()).layers).toHaveLength(2);
  });

  /** The list of signatures of a client that read it before we wrote. */
  async function manifestOfAnother() {
    const other = await pushImageTo(registry.host, image.reference.repository);
    await signImage(other.repository, other.digest, await newKey());
    const { bytes, contentType } = await image.repository.manifest(tag());
    await image.repository.push('scratch', { mediaType: contentType!, manifest: bytes, blobs: [] });
    return { mediaType: contentType!, manifest: bytes, blobs: [] };
  }

  it('must be there', async () => {
    await expect(signImage(image.repository, someDigest('absent'), await newKey())).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('is not signed when the tag holds something else', async () => {
    const { bytes, contentType } = await image.repository.manifest(image.index);
    await image.repository.push(tag(), { mediaType: contentType!, manifest: bytes, blobs: [] });
    await expect(signImage(image.repository, image.digest, await newKey())).rejects.toMatchObject({
      code: 'invalid-signatures',
      message: expect.stringContaining(tag()),
    });
  });
});

describe('a file', () => {
  const bytes = Buffer.alloc(300_000, 'disk');
  const path = folder.write('disk.img', bytes);

  it.each(ALGORITHMS)(
    'is signed with %s so that openssl verifies the signature of the bundle',
    async (algorithm) => {
      const key = await newKey(algorithm);
      const bundle = await signFile(path, key);
      await verifyFile(path, bundle, key.publicKey);
      const { messageSignature, verificationMaterial, mediaType } = JSON.parse(bundle);
      expect(mediaType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json');
      const spki = key.publicKey.key.export({ type: 'spki', format: 'der' });
      const hint = Buffer.from(digestOf(spki).slice(7), 'hex').toString('base64');
      expect(verificationMaterial).toEqual({ publicKey: { hint }, tlogEntries: [] });
      const signature = Buffer.from(messageSignature.signature, 'base64');
      expect(opensslVerify(key.publicKey, path, signature, folder)).toContain('Verified Successfully');
    },
  );

  it('has a bundle that @sigstore/bundle and @sigstore/verify take', async () => {
    const [{ bundleFromJSON }, { toSignedEntity, toTrustMaterial, Verifier }, { TrustedRoot }] =
      await Promise.all([
        import('@sigstore/bundle'),
        import('@sigstore/verify'),
        import('@sigstore/protobuf-specs'),
      ]);
    const key = await newKey();
    const parsed = bundleFromJSON(JSON.parse(await signFile(path, key)));
    const material = toTrustMaterial(TrustedRoot.fromJSON({}), () => ({
      publicKey: key.publicKey.key,
      validFor: () => true,
    }));
    const verifier = new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
    expect(verifier.verify(toSignedEntity(parsed, bytes)).key).toBe(key.publicKey.key);
    expect(() => verifier.verify(toSignedEntity(parsed, Buffer.from('other')))).toThrow(
      'signature verification failed',
    );
  });

  it('keeps its bundle while key and bytes are the same', async () => {
    const key = await newKey();
    const bundle = await signFile(path, key);
    expect(await signFile(path, key, bundle)).toBe(bundle);
    expect(await signFile(path, await newKey(), bundle)).not.toBe(bundle);
    expect(await signFile(path, key, 'rubbish')).not.toBe('rubbish');
    const other = folder.write('other.img', 'other');
    const again = await signFile(other, key, bundle);
    await verifyFile(other, again, key.publicKey);
  });

  it.each(ALGORITHMS)('with %s is refused when file, signature or key is another', async (algorithm) => {
    const key = await newKey(algorithm);
    const bundle = await signFile(path, key);
    const changed = folder.write('changed.img', bytes);
    writeFileSync(changed, Buffer.concat([readFileSync(changed).subarray(0, -1), Buffer.from('x')]));
    await expect(verifyFile(changed, bundle, key.publicKey)).rejects.toMatchObject({
      code: 'untrusted',
      message: expect.stringContaining('its bytes are not those that the bundle is for'),
    });
    await expect(verifyFile(path, bundle, (await newKey(algorithm)).publicKey)).rejects.toMatchObject({
      code: 'untrusted',
      message: expect.stringContaining('not made with this key'),
    });
    const forged = JSON.parse(bundle);
    forged.messageSignature.messageDigest.digest = Buffer.from(
      digestOf(readFileSync(changed)).slice(7),
      'hex',
    ).toString('base64');
    forged.messageSignature.messageDigest.algorithm = 'SHA2_256';
    await expect(verifyFile(changed, JSON.stringify(forged), key.publicKey)).rejects.toMatchObject({
      code: 'untrusted',
    });
  });

  it('has one clear error when it or its bundle cannot be read', async () => {
    const key = await newKey();
    await expect(signFile('/absent/disk.img', key)).rejects.toMatchObject({ code: 'unreadable-file' });
    await expect(signFile(folder.path, key)).rejects.toMatchObject({ code: 'unreadable-file' });
    await expect(verifyFile(path, '{}', key.publicKey)).rejects.toMatchObject({ code: 'invalid-bundle' });
  });
});
