import { isDigest, type Digest } from '@nx-linuxkit/oci';
import { SignatureError } from '../error.js';
import type { PlaceKind } from '../find/place.js';
import type { Signature } from '../format/signature.js';
import {
  asObject,
  asString,
  canonicalJson,
  decodeBase64,
  FormatError,
  parseJson,
  quote,
  type JsonObject,
} from '../json.js';

/**
 * What convinced a check, complete: with it the check can be repeated without a network. It is not
 * trusted: each reader verifies it again, so a changed document does not convince.
 */
export interface Evidence {
  /** The manifest of the image. */
  readonly digest: Digest;
  /** What the signature is for: the manifest, or the index that lists it. */
  readonly signed: Digest;
  /** The index's bytes, when it is what was signed. */
  readonly index?: Buffer;
  /** Where it was found; for people. */
  readonly place: { readonly kind: PlaceKind; readonly name: string };
  readonly signature: Signature;
}

const VERSION = 1;
const PLACES: readonly PlaceKind[] = ['signature-tag', 'referrers-api', 'fallback-tag'];
const TEXTS = ['signature', 'certificate', 'rekorBundle', 'timestamp'] as const;

/** One canonical JSON document: the same evidence has the same bytes. */
export function formatEvidence({ digest, signed, index, place, signature }: Evidence): string {
  return canonicalJson({
    evidenceVersion: VERSION,
    digest,
    signed,
    ...(index ? { index: index.toString('base64') } : {}),
    place,
    signature:
      signature.format === 'bundle'
        ? signature
        : { ...signature, payload: signature.payload.toString('base64') },
  });
}

/** Error: `invalid-evidence`; `file` names where the text is from. */
export function parseEvidence(text: string, file: string): Evidence {
  try {
    return readEvidence(asObject(parseJson(text, 'the evidence'), 'the evidence'));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new SignatureError('invalid-evidence', error.message, {
      where: { file },
      hint: 'Restore the file from version control, or lock again to look for signatures.',
    });
  }
}

function readEvidence(document: JsonObject): Evidence {
  if (document.evidenceVersion !== VERSION) {
    throw new FormatError(`evidenceVersion: expected ${VERSION}, got ${quote(document.evidenceVersion)}`);
  }
  const place = asObject(document.place, 'place');
  const kind = PLACES.find((name) => name === place.kind);
  if (!kind) throw new FormatError(`place.kind: expected ${PLACES.join(', ')}, got ${quote(place.kind)}`);
  return {
    digest: asDigest(document.digest, 'digest'),
    signed: asDigest(document.signed, 'signed'),
    ...(document.index === undefined ? {} : { index: bytesOf(document.index, 'index') }),
    place: { kind, name: asString(place.name, 'place.name') },
    signature: readSignature(asObject(document.signature, 'signature')),
  };
}

function readSignature(signature: JsonObject): Signature {
  if (signature.format === 'bundle')
    return { format: 'bundle', bundle: asObject(signature.bundle, 'bundle') };
  if (signature.format !== 'simple-signing') {
    throw new FormatError(
      `signature.format: expected bundle or simple-signing, got ${quote(signature.format)}`,
    );
  }
  const texts = TEXTS.filter((name) => name === 'signature' || signature[name] !== undefined);
  return {
    format: 'simple-signing',
    payload: bytesOf(signature.payload, 'signature.payload'),
    ...(Object.fromEntries(texts.map((name) => [name, asString(signature[name], `signature.${name}`)])) as {
      signature: string;
    }),
  };
}

function asDigest(value: unknown, what: string): Digest {
  if (isDigest(value)) return value;
  throw new FormatError(`${what}: expected a digest, got ${quote(value)}`);
}

const bytesOf = (value: unknown, what: string): Buffer => decodeBase64(asString(value, what), what);
