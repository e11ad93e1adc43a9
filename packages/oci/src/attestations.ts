import type { Descriptor } from './descriptor.js';
import { quote, type Digest } from './digest.js';
import { OciError } from './error.js';
import { asObject, asString, parseJson } from './json.js';
import { parseDocument, parseManifest } from './manifest.js';
import type { ImageSource } from './sources/image-source.js';
import { collect } from './verify.js';

/** An in-toto statement about an image: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export interface Attestation {
  /** The digest of the statement. */
  readonly digest: Digest;
  /** The size of the statement in bytes. */
  readonly size: number;
  /** What is stated; its objects have no prototype, and its values are not checked. */
  readonly predicate: unknown;
}

/** The statements about an image, and what is wrong with those that cannot be read. */
export interface Attestations {
  readonly attestations: readonly Attestation[];
  /** Messages that name the image and the digest. The bytes have that digest, so they are wrong wherever they lie. */
  readonly problems: readonly string[];
}

/** Which statements to read. */
export interface AttestedImage {
  /** The index that lists the image's manifest. */
  readonly index: Digest;
  readonly manifest: Digest;
  /** Such as `https://spdx.dev/Document`. */
  readonly predicateType: string;
  /** The image, for messages. */
  readonly name: string;
  /** Called with the bytes of each statement before it is fetched. What it throws ends the reading. */
  readonly reserve?: (bytes: number) => void;
}

/** Where documents and blobs come from, verified by digest. */
export interface AttestationSource extends Pick<ImageSource, 'manifest'> {
  blob(descriptor: Descriptor): AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
}

const REFERENCE_TYPE = 'vnd.docker.reference.type';
const REFERENCE_DIGEST = 'vnd.docker.reference.digest';
const PREDICATE_TYPE = 'in-toto.io/predicate-type';
const STATEMENT = 'application/vnd.in-toto+json';
/** Every version of a statement has this before its number. */
const STATEMENT_TYPE = /^https:\/\/in-toto\.io\/Statement\/v[0-9.]+$/;

/** Bytes. BuildKit takes 40 MiB from whatever makes a predicate, and wraps it then. */
const STATEMENT_LIMIT = 41 << 20;
/** Bytes of all statements about one image, which are in memory at the same time. Real ones have a few MiB. */
const TOTAL_LIMIT = 64 << 20;

/**
 * Reads the statements of one type that BuildKit has put beside an image, as manifests in the image's index:
 * https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md. Throws the `OciError` of the source,
 * and those of an index that is damaged. An attestation of another shape is a problem and no error, because the image is
 * good without it.
 */
export async function readAttestations(
  source: AttestationSource,
  image: AttestedImage,
): Promise<Attestations> {
  const problems: string[] = [];
  const attestations: Attestation[] = [];
  let total = 0;
  for (const descriptor of await statementsOf(source, image, problems)) {
    const what = `attestation ${descriptor.digest} of ${image.name}`;
    total += descriptor.size;
    // Checked before anything is fetched, because a source reads all that the descriptor announces.
    if (descriptor.size > STATEMENT_LIMIT || total > TOTAL_LIMIT) {
      problems.push(`${what} is too large: ${descriptor.size} bytes, ${total} with those before it`);
      continue;
    }
    image.reserve?.(descriptor.size);
    const bytes = await collect(await source.blob(descriptor), STATEMENT_LIMIT, what);
    const predicate = parsed(() => predicateIn(bytes, descriptor, image, what), problems);
    if (predicate !== undefined)
      attestations.push({ digest: descriptor.digest, size: descriptor.size, predicate });
  }
  return { attestations, problems };
}

/** The manifests in an index that hold statements about one of its images. */
export function attestationManifests(
  index: { readonly manifests: readonly Descriptor[] },
  manifest: Digest,
): readonly Descriptor[] {
  return index.manifests.filter(
    ({ annotations }) =>
      annotations?.[REFERENCE_TYPE] === 'attestation-manifest' && annotations[REFERENCE_DIGEST] === manifest,
  );
}

/** The statements that may be of the type, each once: a layer need not say which type it has. */
async function statementsOf(
  source: AttestationSource,
  { index, manifest, predicateType, name }: AttestedImage,
  problems: string[],
): Promise<Iterable<Descriptor>> {
  const document = parseDocument(await source.manifest(index), undefined, `index ${index} of ${name}`);
  const listed = document.kind === 'index' ? attestationManifests(document.index, manifest) : [];
  const statements = new Map<Digest, Descriptor>();
  for (const { digest } of listed) {
    const bytes = await source.manifest(digest);
    const read = parsed(
      () => parseManifest(bytes, undefined, `the manifest ${digest} of attestations of ${name}`),
      problems,
    );
    for (const layer of read?.layers ?? []) {
      const type = layer.annotations?.[PREDICATE_TYPE] ?? predicateType;
      if (layer.mediaType === STATEMENT && type === predicateType) statements.set(layer.digest, layer);
    }
  }
  return statements.values();
}

/** The predicate of a statement; undefined for one of another type, which its layer does not say. */
function predicateIn(
  bytes: Buffer,
  { annotations }: Descriptor,
  { predicateType }: AttestedImage,
  what: string,
): unknown {
  const statement = asObject(parseJson(bytes, what, STATEMENT_LIMIT), what);
  const type = asString(statement._type, `${what}: _type`);
  if (!STATEMENT_TYPE.test(type))
    throw new OciError('invalid-json', `${what}: expected an in-toto statement, got ${quote(type, 60)}`);
  const actual = asString(statement.predicateType, `${what}: predicateType`);
  if (actual === predicateType) return statement.predicate ?? null;
  if (annotations?.[PREDICATE_TYPE] === undefined) return undefined;
  throw new OciError('invalid-json', `${what}: expected ${predicateType}, got ${quote(actual, 60)}`);
}

/** Parses what was fetched and verified; notes what is wrong with it. */
function parsed<T>(parse: () => T, problems: string[]): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}
