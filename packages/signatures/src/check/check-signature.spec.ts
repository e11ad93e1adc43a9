import { ALGORITHMS } from '../key/algorithm.js';
import { exactly, pattern } from '../policy/pattern.js';
import type { PrivateKey } from '../key/private-key.js';
import type { Authority } from '../policy/policy.js';
import { startSigstore, type Claims, type SigstoreInstance } from '../__tests__/sigstore-instance.js';
import {
  bundleBy,
  keyAuthority,
  legacySignature,
  newKey,
  simpleSigningBy,
  someDigest,
  statementOf,
} from '../__tests__/signing.js';
import { simpleSigningPayload } from '../format/simple-signing.js';
import type { JsonObject } from '../json.js';
import { checkSignature } from './check-signature.js';

const DIGEST = someDigest('image');
const OTHER = someDigest('other image');
/** JSON whose members a test changes without knowing their types. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Editable = any;
/** A deep copy with one change. */
function changed<T>(value: T, change: (copy: Editable) => void): T {
  const copy = JSON.parse(JSON.stringify(value)) as T;
  change(copy);
  return copy;
}
/** Flips the lowest bit of the byte at `at`, by default of the middle one. A negative position counts from the end. */
const flipped = (base64: string, at?: number): string => {
  const bytes = Buffer.from(base64, 'base64');
  const index = at === undefined ? bytes.length >> 1 : (at + bytes.length) % bytes.length;
  bytes[index]! ^= 1;
  return bytes.toString('base64');
};

describe('a simple signing payload with a key', () => {
  it.each(ALGORITHMS)('convinces, made with %s', async (algorithm) => {
    const key = await newKey(algorithm);
    const verdict = await checkSignature(simpleSigningBy(key, DIGEST), DIGEST, keyAuthority(key));
    const { fingerprint } = key.publicKey;
    expect(verdict).toEqual({ convinced: true, signer: { kind: 'key', file: 'cosign.pub', fingerprint } });
  });

  it('is checked byte by byte: a space that changes no meaning breaks it', async () => {
    const key = await newKey();
    const signature = simpleSigningBy(key, DIGEST);
    const payload = Buffer.from(`${signature.payload.toString()} `);
    expect(await checkSignature({ ...signature, payload }, DIGEST, keyAuthority(key))).toMatchObject({
      outcome: 'wrong key',
    });
  });

  it('convinces for the digest in the payload alone', async () => {
    const key = await newKey();
    const verdict = await checkSignature(simpleSigningBy(key, OTHER), DIGEST, keyAuthority(key));
    expect(verdict).toMatchObject({ outcome: 'wrong image', detail: expect.stringContaining(OTHER) });
  });

  it('does not convince for another key of the same kind', async () => {
    const verdict = await checkSignature(
      simpleSigningBy(await newKey(), DIGEST),
      DIGEST,
      keyAuthority(await newKey()),
    );
    expect(verdict).toMatchObject({ outcome: 'wrong key' });
  });

  it('is refused if its signature is spelled in another base64', async () => {
    const key = await newKey();
    const signature = simpleSigningBy(key, DIGEST);
    const spelled = { ...signature, signature: `${signature.signature}\n` };
    expect(await checkSignature(spelled, DIGEST, keyAuthority(key))).toMatchObject({
      outcome: 'wrong format',
    });
  });
});

describe('a key with a trusted root', () => {
  let sigstore: SigstoreInstance;
  beforeAll(async () => {
    sigstore = await startSigstore();
  });
  afterAll(() => sigstore.stop());
  const withRoot = (key: PrivateKey, { trustedRoot } = sigstore): Authority => ({
    ...keyAuthority(key),
    root: { file: 'root.json', json: trustedRoot },
  });
  const payload = simpleSigningPayload('registry.example/app', DIGEST);

  it.each(['ecdsa-p256', 'rsa'] as const)(
    'convinces if the log has the signature, in both formats: %s',
    async (kind) => {
      const key = await newKey(kind);
      const legacy = legacySignature(payload, await sigstore.signBytes(payload, key));
      const bundle = await sigstore.signStatement(statementOf(DIGEST), key);
      expect(await checkSignature(legacy, DIGEST, withRoot(key))).toMatchObject({ convinced: true });
      expect(await checkSignature({ format: 'bundle', bundle }, DIGEST, withRoot(key))).toMatchObject({
        convinced: true,
      });
    },
  );

  it('does not convince without an entry in the log', async () => {
    const key = await newKey();
    const bundle = bundleBy(key, statementOf(DIGEST));
    for (const signature of [simpleSigningBy(key, DIGEST), { format: 'bundle' as const, bundle }]) {
      expect(await checkSignature(signature, DIGEST, withRoot(key))).toMatchObject({
        outcome: 'wrong proof',
      });
    }
  });

  it('does not convince with an entry of another signature, or in another log', async () => {
    const key = await newKey();
    const first = legacySignature(payload, await sigstore.signBytes(payload, key));
    const { rekorBundle } = legacySignature(payload, await sigstore.signBytes(payload, key));
    expect(await checkSignature({ ...first, rekorBundle }, DIGEST, withRoot(key))).toMatchObject({
      outcome: 'wrong proof',
    });
    const other = await startSigstore();
    await other.stop();
    expect(await checkSignature(first, DIGEST, withRoot(key, other))).toMatchObject({
      outcome: 'wrong proof',
    });
  });
});

describe('a bundle with a key', () => {
  const check = async (make: (key: Awaited<ReturnType<typeof newKey>>) => JsonObject) => {
    const key = await newKey();
    return checkSignature({ format: 'bundle', bundle: make(key) }, DIGEST, keyAuthority(key));
  };

  it.each(ALGORITHMS)('convinces, made with %s', async (algorithm) => {
    const key = await newKey(algorithm);
    const bundle = bundleBy(key, statementOf(DIGEST));
    expect(await checkSignature({ format: 'bundle', bundle }, DIGEST, keyAuthority(key))).toMatchObject({
      convinced: true,
    });
  });

  it('convinces whatever its hint says', async () => {
    expect(
      await check((key) => bundleBy(key, statementOf(DIGEST), { hint: 'of another key' })),
    ).toMatchObject({
      convinced: true,
    });
  });

  it.each<[string, string, object]>([
    ['another image', 'wrong image', statementOf(OTHER)],
    ['no image', 'wrong image', statementOf(DIGEST, { subject: [] })],
    [
      'an image by another hash',
      'wrong image',
      statementOf(DIGEST, { subject: [{ digest: { sha512: 'a' } }] }),
    ],
    ['provenance', 'wrong format', statementOf(DIGEST, { predicateType: 'https://slsa.dev/provenance/v1' })],
    [
      'an older statement',
      'wrong format',
      statementOf(DIGEST, { _type: 'https://in-toto.io/Statement/v0.1' }),
    ],
  ])('does not convince with a statement of %s: %s', async (_, outcome, statement) => {
    expect(await check((key) => bundleBy(key, statement))).toMatchObject({ outcome });
  });

  it('does not convince with another payload type, even if that was signed', async () => {
    expect(
      await check((key) => bundleBy(key, statementOf(DIGEST), { payloadType: 'text/plain' })),
    ).toMatchObject({ outcome: 'wrong format', detail: expect.stringContaining('text/plain') });
  });

  it.each<[string, string, (bundle: Editable) => void]>([
    [
      'payload',
      'wrong key',
      (b) => (b.dsseEnvelope.payload = Buffer.from(JSON.stringify(statementOf(OTHER))).toString('base64')),
    ],
    ['payload type', 'wrong format', (b) => (b.dsseEnvelope.payloadType = 'text/plain')],
    [
      'signature',
      'wrong key',
      (b) => (b.dsseEnvelope.signatures[0].sig = flipped(b.dsseEnvelope.signatures[0].sig)),
    ],
    [
      'list of signatures',
      'wrong format',
      (b) => b.dsseEnvelope.signatures.push(b.dsseEnvelope.signatures[0]),
    ],
    ['media type', 'wrong format', (b) => (b.mediaType = 'application/json')],
    ['material', 'wrong format', (b) => (b.verificationMaterial.certificate = { rawBytes: 'AAAA' })],
    ['content', 'wrong format', (b) => (b.messageSignature = {})],
  ])('does not convince with a changed %s: %s', async (_, outcome, change) => {
    expect(await check((key) => changed(bundleBy(key, statementOf(DIGEST)), change))).toMatchObject({
      outcome,
    });
  });
});

describe('keyless', () => {
  const CLAIMS: Claims = {
    sub: 'https://github.com/org/repo/.github/workflows/release.yml@refs/heads/main',
    iss: 'https://token.actions.githubusercontent.com',
  };
  let sigstore: SigstoreInstance;
  let bundle: JsonObject;
  const authority = (changes: object = {}): Authority => ({
    kind: 'identity',
    identity: exactly(CLAIMS.sub),
    issuer: exactly(CLAIMS.iss),
    root: { file: 'trusted_root.json', json: sigstore.trustedRoot },
    ...changes,
  });
  const check = (json: JsonObject, changes?: object, digest = DIGEST) =>
    checkSignature({ format: 'bundle', bundle: json }, digest, authority(changes));

  beforeAll(async () => {
    sigstore = await startSigstore();
    bundle = await sigstore.signStatement(statementOf(DIGEST), CLAIMS);
  });
  afterAll(() => sigstore.stop());

  it('convinces with subject and issuer exact, and says them', async () => {
    expect(await check(bundle)).toEqual({
      convinced: true,
      signer: { kind: 'identity', identity: CLAIMS.sub, issuer: CLAIMS.iss },
    });
  });

  it.each([
    'https://github.com/org/repo',
    'https://github.com/org/repo/.github/workflows/release.yml@refs/heads/mai',
    'github.com/org/repo/.github/workflows/release.yml@refs/heads/main',
    'https://github.com/org/repo/.github/workflows/release.yml@refs/heads/.*',
    '.*',
  ])('takes an identity literally and whole: %s', async (identity) => {
    expect(await check(bundle, { identity: exactly(identity) })).toMatchObject({
      outcome: 'wrong identity',
      detail: expect.stringContaining(CLAIMS.sub),
    });
  });

  it.each([
    ['https://github.com/org/repo/.github/workflows/*@refs/heads/main', true],
    ['https://github.com/org/**', true],
    ['https://github.com/org/*', false],
    ['https://github.com/org/rep', false],
    ['github.com/org/repo/**', false],
  ])('takes a pattern as anchored, with * within a segment: %s %p', async (text, convinced) => {
    expect(await check(bundle, { identity: pattern(text) })).toMatchObject({ convinced });
  });

  it('refuses a suffix of the identity: org/repo-evil is not org/repo', async () => {
    const evil = { ...CLAIMS, sub: CLAIMS.sub.replace('org/repo', 'org/repo-evil') };
    const signed = await sigstore.signStatement(statementOf(DIGEST), evil);
    expect(await check(signed)).toMatchObject({ outcome: 'wrong identity' });
    const open = { identity: pattern('https://github.com/org/repo/**') };
    expect(await check(signed, open)).toMatchObject({ outcome: 'wrong identity' });
  });

  it('refuses another issuer', async () => {
    expect(await check(bundle, { issuer: exactly('https://accounts.example') })).toMatchObject({
      outcome: 'wrong identity',
    });
  });

  it('refuses a signature of another image', async () => {
    expect(await check(bundle, {}, OTHER)).toMatchObject({ outcome: 'wrong image' });
  });

  it('refuses another instance of Sigstore', async () => {
    const other = await startSigstore();
    await other.stop();
    const root = { file: 'other.json', json: other.trustedRoot };
    expect(await check(bundle, { root })).toMatchObject({ outcome: 'wrong proof' });
  });

  it.each<[string, string, (bundle: Editable) => void]>([
    [
      'payload',
      'wrong proof',
      (b) => (b.dsseEnvelope.payload = Buffer.from(JSON.stringify(statementOf(OTHER))).toString('base64')),
    ],
    [
      'signature',
      'wrong proof',
      (b) => (b.dsseEnvelope.signatures[0].sig = flipped(b.dsseEnvelope.signatures[0].sig)),
    ],
    [
      'certificate',
      'wrong proof',
      // The last byte belongs to the signature; a bit in the middle may make it no certificate at all.
      (b) =>
        (b.verificationMaterial.certificate.rawBytes = flipped(
          b.verificationMaterial.certificate.rawBytes,
          -1,
        )),
    ],
    [
      'log entry',
      'wrong proof',
      (b) =>
        (b.verificationMaterial.tlogEntries[0].canonicalizedBody = flipped(
          b.verificationMaterial.tlogEntries[0].canonicalizedBody,
        )),
    ],
    [
      'promise of the log',
      'wrong proof',
      (b) =>
        (b.verificationMaterial.tlogEntries[0].inclusionPromise.signedEntryTimestamp = flipped(
          b.verificationMaterial.tlogEntries[0].inclusionPromise.signedEntryTimestamp,
        )),
    ],
    [
      'time in the log',
      'wrong proof',
      (b) => (b.verificationMaterial.tlogEntries[0].integratedTime = '1795988000'),
    ],
    [
      'timestamp',
      'wrong proof',
      (b) =>
        (b.verificationMaterial.timestampVerificationData.rfc3161Timestamps[0].signedTimestamp = flipped(
          b.verificationMaterial.timestampVerificationData.rfc3161Timestamps[0].signedTimestamp,
        )),
    ],
    ['absent log entry', 'wrong proof', (b) => (b.verificationMaterial.tlogEntries = [])],
    [
      'log entry that is there twice',
      'wrong format',
      (b) => b.verificationMaterial.tlogEntries.push(b.verificationMaterial.tlogEntries[0]),
    ],
    [
      'log entry that is there twice with another index',
      'wrong format',
      (b) =>
        b.verificationMaterial.tlogEntries.push({ ...b.verificationMaterial.tlogEntries[0], logIndex: '7' }),
    ],
    [
      'name of the log that is a slow pattern',
      'wrong format',
      (b) =>
        (b.verificationMaterial.tlogEntries[0].inclusionProof.checkpoint.envelope =
          b.verificationMaterial.tlogEntries[0].inclusionProof.checkpoint.envelope.replace(
            /\u2014 \S+/,
            '\u2014 ((.?)+)+$',
          )),
    ],
    [
      'certificate that is a hint',
      'wrong identity',
      (b) => (b.verificationMaterial = { publicKey: { hint: 'x' }, tlogEntries: [] }),
    ],
  ])('refuses a changed %s: %s', async (_, outcome, change) => {
    expect(await check(changed(bundle, change))).toMatchObject({ outcome });
  });

  it('refuses a bundle over a file: it says nothing about an image', async () => {
    const signed = await sigstore.signBytes(simpleSigningPayload('a/b', DIGEST), CLAIMS);
    expect(await check(signed)).toMatchObject({
      outcome: 'wrong format',
      detail: 'expected a dsseEnvelope, got a messageSignature',
    });
  });

  it('refuses a key where an identity is asked for', async () => {
    const verdict = await check(bundleBy(await newKey(), statementOf(DIGEST)));
    expect(verdict).toMatchObject({ outcome: 'wrong identity' });
  });

  describe('in the annotations of cosign 1 and 2', () => {
    const payload = simpleSigningPayload('registry.example/app', DIGEST);
    const legacy = async (claims = CLAIMS) =>
      legacySignature(payload, await sigstore.signBytes(payload, claims));

    it.each([true, false])(
      'convinces: certificate and log entry become a bundle, timestamp: %p',
      async (stamped) => {
        const signature = { ...(await legacy()), ...(stamped ? {} : { timestamp: undefined }) };
        expect(await checkSignature(signature, DIGEST, authority())).toMatchObject({
          convinced: true,
          signer: { identity: CLAIMS.sub },
        });
      },
    );

    it.each<[string, string, object]>([
      ['another payload', 'wrong proof', { payload: simpleSigningPayload('registry.example/app', OTHER) }],
      ['no log entry', 'wrong proof', { rekorBundle: undefined }],
      ['the timestamp of another signature', 'wrong proof', { timestamp: 'other' }],
      ['a timestamp of another form', 'wrong format', { timestamp: '{}' }],
      ['a log entry of another form', 'wrong format', { rekorBundle: '{"Payload": 1}' }],
      ['a certificate of another form', 'wrong format', { certificate: 'PEM' }],
      ['no certificate', 'wrong identity', { certificate: undefined }],
    ])('does not convince with %s: %s', async (_, outcome, change) => {
      const { timestamp } = await legacy();
      const signature = { ...(await legacy()), ...change };
      if (signature.timestamp === 'other') Object.assign(signature, { timestamp });
      expect(await checkSignature(signature, DIGEST, authority())).toMatchObject({ outcome });
    });

    it('does not convince with another identity', async () => {
      const signature = await legacy({ ...CLAIMS, sub: `${CLAIMS.sub}-evil` });
      expect(await checkSignature(signature, DIGEST, authority())).toMatchObject({
        outcome: 'wrong identity',
      });
    });
  });
});
