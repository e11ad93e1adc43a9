import { asArray, asObject, asString, FormatError, parseJson, quote } from '../json.js';

/** https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const STATEMENT_MEDIA_TYPE = 'application/vnd.in-toto+json';
/** The predicate of `cosign sign`. Others, such as provenance, say something about an image without vouching for it. */
export const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';

/** The digests that a statement of `cosign sign` is about. Throws `FormatError` for any other statement. */
export function signedDigests(payload: Buffer): readonly string[] {
  const statement = asObject(parseJson(payload.toString('utf8'), 'the statement'), 'the statement');
  expect(statement._type, STATEMENT_TYPE, '_type');
  expect(statement.predicateType, SIGN_PREDICATE, 'predicateType');
  return asArray(statement.subject, 'subject').flatMap((subject, i) => {
    const { sha256 } = asObject(asObject(subject, `subject[${i}]`).digest, `subject[${i}].digest`);
    return sha256 === undefined ? [] : [`sha256:${asString(sha256, `subject[${i}].digest.sha256`)}`];
  });
}

function expect(value: unknown, expected: string, what: string): void {
  if (value !== expected) throw new FormatError(`${what}: expected ${quote(expected)}, got ${quote(value)}`);
}
