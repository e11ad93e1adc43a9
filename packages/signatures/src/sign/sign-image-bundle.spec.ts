import { startReferrersRegistry, type ReferrersRegistry } from '@nx-linuxkit/testing';
import { attachBundle, pushImageTo, type PushedImage } from '../__tests__/repository.js';
import { keyAuthority, newKey, someDigest } from '../__tests__/signing.js';
import { ALGORITHMS } from '../key/algorithm.js';
import type { PrivateKey } from '../key/private-key.js';
import { verifyImage } from '../verify-image.js';
import { signImageWithBundle } from './sign-image-bundle.js';

let names = 0;
const verify = ({ reference, digest, index, repository }: PushedImage, key: PrivateKey) =>
  verifyImage(
    {
      fallback: 'deny',
      rules: [{ text: 'x', prefix: `${reference.registry}/`, demands: [keyAuthority(key)] }],
    },
    { reference, digest, index },
    repository,
  );

describe.each([
  ['with the referrers API', { hasReferrersApi: true }, 'referrers-api'],
  ['without the referrers API', { hasReferrersApi: false }, 'fallback-tag'],
])('a registry %s', (_, options, kind) => {
  let registry: ReferrersRegistry;
  let image: PushedImage;
  const fallbackTag = () => image.digest.replace(':', '-');
  const fallback = async () => JSON.parse((await image.repository.manifest(fallbackTag())).bytes.toString());

  beforeAll(async () => {
    registry = await startReferrersRegistry(options);
  });
  afterAll(() => registry.stop());
  beforeEach(async () => {
    image = await pushImageTo(registry.host, `app-${names++}`);
  });

  it.each(ALGORITHMS)('has a bundle that verifies: %s', async (algorithm) => {
    const key = await newKey(algorithm);
    expect(await signImageWithBundle(image.repository, image.digest, key)).toEqual({ added: true });
    expect(await verify(image, key)).toMatchObject({ status: 'verified', evidence: { place: { kind } } });
  });

  it('has an index signed that lists the image', async () => {
    const key = await newKey();
    await signImageWithBundle(image.repository, image.index, key);
    expect(await verify(image, key)).toMatchObject({ evidence: { signed: image.index, place: { kind } } });
  });

  it('gets one bundle for each key, however often it signs', async () => {
    const [first, second] = [await newKey(), await newKey()];
    await signImageWithBundle(image.repository, image.digest, first);
    await signImageWithBundle(image.repository, image.digest, second);
    expect(await signImageWithBundle(image.repository, image.digest, first)).toEqual({ added: false });
    expect(await verify(image, first)).toMatchObject({ status: 'verified' });
    expect(await verify(image, second)).toMatchObject({ status: 'verified' });
  });

  it('refuses to sign what is not there', async () => {
    await expect(
      signImageWithBundle(image.repository, someDigest('absent'), await newKey()),
    ).rejects.toMatchObject({ code: 'not-found' });
  });

  it('writes the fallback tag only if it is needed', async () => {
    await signImageWithBundle(image.repository, image.digest, await newKey());
    const written = registry.requests.includes(
      `PUT /v2/${image.reference.repository}/manifests/${fallbackTag()}`,
    );
    expect(written).toBe(!options.hasReferrersApi);
  });

  if (options.hasReferrersApi) return;

  it('keeps what others list at the fallback tag', async () => {
    const sbom = await attachBundle(
      image.repository,
      image.digest,
      {},
      {
        artifactType: 'application/spdx+json',
        fallbackType: 'application/spdx+json',
      },
    );
    await signImageWithBundle(image.repository, image.digest, await newKey());
    const { manifests } = await fallback();
    expect(manifests).toHaveLength(2);
    expect(manifests[0]).toMatchObject({ digest: sbom, artifactType: 'application/spdx+json' });
    expect(manifests[1]).toMatchObject({ artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json' });
  });

  it('lists the bundle again when another client overwrites the index at that moment', async () => {
    const empty = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [] }));
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    let overwritten = 0;
    const racing = {
      ...image.repository,
      push: async (...args: Parameters<typeof image.repository.push>) => {
        const digest = await image.repository.push(...args);
        if (args[0] === fallbackTag() && overwritten++ < 1) {
          await image.repository.push(fallbackTag(), { mediaType, manifest: empty, blobs: [] });
        }
        return digest;
      },
    };
    const key = await newKey();
    await signImageWithBundle(racing, image.digest, key);
    expect(await verify(image, key)).toMatchObject({ status: 'verified' });
    overwritten = -10;
    await expect(signImageWithBundle(racing, image.digest, await newKey())).rejects.toMatchObject({
      code: 'invalid-signatures',
      message: expect.stringContaining('was overwritten 3 times'),
    });
  });

  it('says so when the fallback tag holds something else', async () => {
    const { bytes, contentType } = await image.repository.manifest(image.digest);
    await image.repository.push(fallbackTag(), { mediaType: contentType!, manifest: bytes, blobs: [] });
    await expect(signImageWithBundle(image.repository, image.digest, await newKey())).rejects.toMatchObject({
      code: 'invalid-signatures',
      message: expect.stringContaining(fallbackTag()),
    });
  });
});
