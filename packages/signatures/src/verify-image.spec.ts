import { startReferrersRegistry, type ReferrersRegistry } from '@nx-linuxkit/testing';
import { digestOf, type Digest } from '@nx-linuxkit/oci';
import { formatEvidence, parseEvidence, type Evidence } from './evidence/evidence.js';
import { verifyEvidence } from './evidence/verify-evidence.js';
import { ANNOTATIONS, SIMPLE_SIGNING, simpleSigningPayload } from './format/simple-signing.js';
import type { PrivateKey } from './key/private-key.js';
import { exactly } from './policy/pattern.js';
import type { Authority, Policy } from './policy/policy.js';
import { signImage } from './sign/sign-image.js';
import { attachBundle, pushImageTo, type PushedImage } from './__tests__/repository.js';
import { startSigstore } from './__tests__/sigstore-instance.js';
import {
  bundleBy,
  keyAuthority,
  legacySignature,
  newKey,
  simpleSigningBy,
  someDigest,
  statementOf,
} from './__tests__/signing.js';
import { verifyImage } from './verify-image.js';

/** The type that cosign 3 was seen to write into the fallback index of a registry. */
const EMPTY = 'application/vnd.oci.empty.v1+json';

let registry: ReferrersRegistry;
let key: PrivateKey;
let image: PushedImage;
let names = 0;

const open: ReferrersRegistry[] = [];
async function start(options?: Parameters<typeof startReferrersRegistry>[0]): Promise<ReferrersRegistry> {
  const started = await startReferrersRegistry(options);
  open.push(started);
  return started;
}
afterAll(() => Promise.all(open.map((item) => item.stop())));
beforeAll(async () => {
  registry = await start();
  key = await newKey();
});
beforeEach(async () => {
  image = await pushImageTo(registry.host, `app-${names++}`);
});

const policyOf = (...demands: Authority[]): Policy => ({
  fallback: 'deny',
  rules: [{ text: 'localhost', prefix: `${image.reference.registry}/`, demands }],
});
const verify = (policy = policyOf(keyAuthority(key)), target = image) =>
  verifyImage(policy, target, target.repository);
const refusalOf = (policy?: Policy, target?: PushedImage) =>
  verify(policy, target).then(
    () => Promise.reject(new Error('the image was accepted')),
    (error) => error,
  );
/** A layer at the `.sig` tag that says something else than cosign does. */
async function pushSig(
  digest: Digest,
  layers: readonly object[],
  blobs: readonly Buffer[] = [],
): Promise<void> {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const all = [Buffer.from('{}'), ...blobs];
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(all[0]), size: 2 };
  await image.repository.push(`${digest.replace(':', '-')}.sig`, {
    mediaType,
    manifest: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers })),
    blobs: all.map((bytes) => ({
      descriptor: { digest: digestOf(bytes), size: bytes.length },
      bytes: async function* () {
        yield bytes;
      },
    })),
  });
}

describe('a signature is found', () => {
  it('at the .sig tag', async () => {
    await signImage(image.repository, image.digest, key);
    expect(await verify()).toMatchObject({
      status: 'verified',
      signer: { kind: 'key', fingerprint: key.publicKey.fingerprint },
      evidence: { signed: image.digest, place: { kind: 'signature-tag' } },
    });
  });

  it('by the referrers API, beside others that are something else', async () => {
    await attachBundle(
      image.repository,
      image.digest,
      { sbom: true },
      { artifactType: 'application/spdx+json' },
    );
    await attachBundle(image.repository, image.digest, bundleBy(await newKey(), statementOf(image.digest)));
    await attachBundle(image.repository, image.digest, bundleBy(key, statementOf(image.digest)));
    expect(await verify()).toMatchObject({ evidence: { place: { kind: 'referrers-api' } } });
  });

  it('on a later page of the referrers API', async () => {
    const paged = await start({ pageSize: 2 });
    const target = await pushImageTo(paged.host, 'app');
    for (let i = 0; i < 5; i++) {
      await attachBundle(target.repository, target.digest, { i }, { artifactType: 'application/spdx+json' });
    }
    await attachBundle(target.repository, target.digest, bundleBy(key, statementOf(target.digest)));
    image = target;
    expect(await verify()).toMatchObject({ evidence: { place: { kind: 'referrers-api' } } });
    expect(paged.requests.filter((request) => request.includes('/referrers/'))).toHaveLength(3);
  });

  it.each([EMPTY, 'application/vnd.dev.sigstore.bundle.v0.3+json'])(
    'at the fallback tag, whose index says %s',
    async (fallbackType) => {
      const old = await start({ hasReferrersApi: false });
      image = await pushImageTo(old.host, 'app');
      const bundle = bundleBy(key, statementOf(image.digest));
      await attachBundle(image.repository, image.digest, bundle, { fallbackType });
      expect(await verify()).toMatchObject({ evidence: { place: { kind: 'fallback-tag' } } });
    },
  );

  it('for the index, if the index lists the image', async () => {
    await signImage(image.repository, image.index, key);
    const { evidence } = (await verify()) as { evidence: Evidence };
    expect(evidence).toMatchObject({ digest: image.digest, signed: image.index });
    expect(evidence.index?.toString()).toContain(image.digest);
  });

  it('for the image first, when both are signed', async () => {
    await signImage(image.repository, image.index, key);
    await signImage(image.repository, image.digest, key);
    expect(await verify()).toMatchObject({ evidence: { signed: image.digest } });
  });

  it('by any of several authorities', async () => {
    await signImage(image.repository, image.digest, key);
    const policy = policyOf(keyAuthority(await newKey(), 'other.pub'), keyAuthority(key));
    expect(await verify(policy)).toMatchObject({ signer: { file: 'cosign.pub' } });
  });

  it('with a certificate, in the annotations of cosign 1 and 2', async () => {
    const sigstore = await startSigstore();
    const claims = { sub: 'someone@example.org', iss: 'https://i' };
    const payload = simpleSigningPayload('registry.example/app', image.digest);
    const made = legacySignature(payload, await sigstore.signBytes(payload, claims));
    await sigstore.stop();
    const layer = { mediaType: SIMPLE_SIGNING, digest: digestOf(payload), size: payload.length };
    const annotations = {
      [ANNOTATIONS.signature]: made.signature,
      [ANNOTATIONS.certificate]: made.certificate,
      [ANNOTATIONS.rekorBundle]: made.rekorBundle,
    };
    await pushSig(image.digest, [{ ...layer, annotations }], [payload]);
    const root = { file: 'root.json', json: sigstore.trustedRoot };
    const policy = policyOf({
      kind: 'identity',
      identity: exactly(claims.sub),
      issuer: exactly(claims.iss),
      root,
    });
    const verified = (await verify(policy)) as { evidence: Evidence };
    expect(verified).toMatchObject({
      signer: { identity: claims.sub },
      evidence: { place: { kind: 'signature-tag' } },
    });
    const kept = parseEvidence(formatEvidence(verified.evidence), 'evidence.json');
    expect(kept).toEqual(verified.evidence);
    expect(await verifyEvidence(policy, image, kept)).toMatchObject({ status: 'verified' });
  });

  it('behind one that has the wrong format', async () => {
    const { payload, signature } = simpleSigningBy(key, image.digest);
    const layer = { mediaType: SIMPLE_SIGNING, digest: digestOf(payload), size: payload.length };
    await pushSig(
      image.digest,
      [
        layer,
        { ...layer, mediaType: 'text/plain' },
        { ...layer, annotations: { [ANNOTATIONS.signature]: signature } },
      ],
      [payload],
    );
    expect(await verify()).toMatchObject({ status: 'verified' });
  });
});

describe('an image is refused', () => {
  it('when it is not signed: every place is named, with what it gave', async () => {
    const error = await refusalOf();
    const { name } = image.repository;
    const [digest, index] = [image.digest, image.index].map((item) => item.replace(':', '-'));
    expect(error).toMatchObject({ code: 'unsigned', hint: expect.stringContaining('cosign sign') });
    expect(error.message).toBe(
      [
        `${name}:1@${image.digest} has no signature; expected one by the key cosign.pub (rule "localhost"):`,
        `  tag ${name}:${digest}.sig: not found, no such tag`,
        `  referrers API of ${name}@${image.digest}: not found, no referrer`,
        `  tag ${name}:${digest}: not found, no such tag`,
        `  tag ${name}:${index}.sig: not found, no such tag`,
        `  referrers API of ${name}@${image.index}: not found, no referrer`,
        `  tag ${name}:${index}: not found, no such tag`,
      ].join('\n'),
    );
  });

  it('when another key signed it', async () => {
    await signImage(image.repository, image.digest, await newKey());
    expect(await refusalOf()).toMatchObject({
      code: 'untrusted',
      message: expect.stringContaining('.sig: wrong key'),
    });
  });

  it('when its signature is one of another image, moved to its tag', async () => {
    const { payload, signature } = simpleSigningBy(key, someDigest('another'));
    const layer = { mediaType: SIMPLE_SIGNING, digest: digestOf(payload), size: payload.length };
    await pushSig(
      image.digest,
      [{ ...layer, annotations: { [ANNOTATIONS.signature]: signature } }],
      [payload],
    );
    expect(await refusalOf()).toMatchObject({
      code: 'untrusted',
      message: expect.stringContaining(`wrong image, it is a signature of "${someDigest('another')}"`),
    });
  });

  it('when the index that is signed does not list it', async () => {
    const other = await pushImageTo(registry.host, `app-${names++}`, 77);
    await signImage(image.repository, image.index, key);
    const mixed = { ...image, digest: other.digest };
    expect(await refusalOf(undefined, mixed)).toMatchObject({
      code: 'untrusted',
      message: expect.stringContaining('wrong image, its index does not list the image'),
    });
  });

  it('when the index that is signed cannot be read', async () => {
    const closed = await start();
    image = await pushImageTo(closed.host, 'app');
    await signImage(image.repository, image.index, key);
    closed.refuse(`/manifests/${image.index}`, 500);
    const message = expect.stringContaining(`${image.index.replace(':', '-')}.sig: no answer`);
    expect(await refusalOf()).toMatchObject({ code: 'unavailable', message });
  });

  it('when it has provenance, but no signature', async () => {
    const statement = statementOf(image.digest, { predicateType: 'https://slsa.dev/provenance/v1' });
    await attachBundle(image.repository, image.digest, bundleBy(key, statement));
    expect(await refusalOf()).toMatchObject({
      code: 'untrusted',
      message: expect.stringContaining(
        'wrong format, predicateType: expected "https://sigstore.dev/cosign/sign/v1"',
      ),
    });
  });

  it.each([
    ['an empty list', [], 'wrong format, the manifest has no layer'],
    [
      'a layer of something else',
      [{ mediaType: 'text/plain' }],
      `wrong format, expected a layer of ${SIMPLE_SIGNING}`,
    ],
    [
      'a layer without a signature',
      [{ mediaType: SIMPLE_SIGNING }],
      'wrong format, the layer has no annotation',
    ],
  ])('when its .sig tag holds %s', async (_, layers, message) => {
    const descriptor = { digest: someDigest('x'), size: 1 };
    await pushSig(
      image.digest,
      layers.map((layer) => ({ ...descriptor, ...layer })),
    );
    expect(await refusalOf()).toMatchObject({ code: 'untrusted', message: expect.stringContaining(message) });
  });

  it.each([
    [401, 'no permission'],
    [403, 'no permission'],
    [500, 'no answer'],
    [429, 'no answer'],
  ])('when the registry answers %d: %s, which is not the same as unsigned', async (status, outcome) => {
    const closed = await start();
    image = await pushImageTo(closed.host, 'app');
    closed.refuse('/manifests/sha256-', status);
    closed.refuse('/referrers/', status);
    const error = await refusalOf();
    expect(error).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`.sig: ${outcome}, `),
    });
    expect(error.cause).toMatchObject({ name: 'OciError' });
  });

  it('when its identity is another one: the message has both', async () => {
    const sigstore = await startSigstore();
    const bundle = await sigstore.signStatement(statementOf(image.digest), {
      sub: 'https://a/b-evil',
      iss: 'https://i',
    });
    await sigstore.stop();
    await attachBundle(image.repository, image.digest, bundle);
    const root = { file: 'root.json', json: sigstore.trustedRoot };
    const policy = policyOf({
      kind: 'identity',
      identity: exactly('https://a/b'),
      issuer: exactly('https://i'),
      root,
    });
    const { message } = await refusalOf(policy);
    expect(message).toContain('expected one by the identity https://a/b of https://i');
    expect(message).toContain('wrong identity, it was signed by "https://a/b-evil" of "https://i"');
  });

  it('by deny before anything is fetched', async () => {
    const policy: Policy = { fallback: 'deny', rules: [] };
    const asked = registry.requests.length;
    expect(await refusalOf(policy)).toMatchObject({ code: 'denied' });
    expect(registry.requests).toHaveLength(asked);
  });
});

describe('evidence', () => {
  const text = async () => formatEvidence(((await verify()) as { evidence: Evidence }).evidence);
  const repeat = (document: string, target = image, policy = policyOf(keyAuthority(key))) =>
    verifyEvidence(policy, target, parseEvidence(document, 'evidence.json'));

  it('of each format convinces again without the registry, and is the same bytes each time', async () => {
    const sigstore = await startSigstore();
    const claims = { sub: 'https://a/b', iss: 'https://i' };
    const root = { file: 'root.json', json: sigstore.trustedRoot };
    const identity: Authority = {
      kind: 'identity',
      identity: exactly(claims.sub),
      issuer: exactly(claims.iss),
      root,
    };
    const signers: [() => Promise<unknown>, Authority][] = [
      [() => signImage(image.repository, image.index, key), keyAuthority(key)],
      [
        async () =>
          attachBundle(
            image.repository,
            image.digest,
            await sigstore.signStatement(statementOf(image.digest), claims),
          ),
        identity,
      ],
    ];
    for (const [sign, authority] of signers) {
      image = await pushImageTo(registry.host, `app-${names++}`);
      await sign();
      const policy = policyOf(authority);
      const first = formatEvidence(((await verify(policy)) as { evidence: Evidence }).evidence);
      const second = formatEvidence(((await verify(policy)) as { evidence: Evidence }).evidence);
      expect(second).toBe(first);
      const asked = registry.requests.length;
      const verified = await repeat(first, image, policy);
      expect(verified).toMatchObject({ status: 'verified' });
      expect(formatEvidence((verified as { evidence: Evidence }).evidence)).toBe(first);
      expect(registry.requests).toHaveLength(asked);
    }
    await sigstore.stop();
  });

  it('does not convince for another image, by another key, or changed', async () => {
    await signImage(image.repository, image.digest, key);
    const document = await text();
    const other = { ...image, digest: someDigest('other') };
    await expect(repeat(document, other)).rejects.toMatchObject({ code: 'invalid-evidence' });
    await expect(repeat(document, image, policyOf(keyAuthority(await newKey())))).rejects.toMatchObject({
      code: 'untrusted',
    });
    const moved = document.replaceAll(image.digest, other.digest);
    await expect(repeat(moved, other)).rejects.toMatchObject({ code: 'untrusted' });
  });

  it('of an index does not convince for an image that the index does not list', async () => {
    await signImage(image.repository, image.index, key);
    const document = JSON.parse(await text());
    const other = { ...image, digest: someDigest('other') };
    for (const change of [{}, { index: undefined }, { index: Buffer.from('{}').toString('base64') }]) {
      const forged = JSON.stringify({ ...document, digest: other.digest, ...change });
      await expect(repeat(forged, other)).rejects.toMatchObject({ code: 'invalid-evidence' });
    }
  });

  it.each([
    ['x', 'is not JSON'],
    ['[]', 'expected an object'],
    ['{}', 'evidenceVersion: expected 1'],
    ['{"evidenceVersion":2}', 'evidenceVersion: expected 1, got "2"'],
    ['{"evidenceVersion":1,"place":{"kind":"here"}}', 'place.kind: expected signature-tag'],
  ])('of another form is refused with its file: %s', (document, message) => {
    const read = () => parseEvidence(document, 'evidence.json');
    expect(read).toThrow(message);
    expect(read).toThrow(
      expect.objectContaining({ code: 'invalid-evidence', where: { file: 'evidence.json' } }),
    );
  });
});
