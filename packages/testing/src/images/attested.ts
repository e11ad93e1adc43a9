import { digestOf } from '@nx-linuxkit/oci';
import { indexOf, jsonBlob, type TestBlob, type TestImage, type TestIndex } from './image.js';

/** What an attestation says. */
export interface AttestationSpec {
  /** Default: an SPDX document. */
  readonly predicateType?: string;
  readonly predicate: unknown;
  /** The bytes of the statement, in place of one that has the predicate. */
  readonly bytes?: Buffer;
  /** Whether the layer names the predicate's type. Default: true. */
  readonly annotated?: boolean;
}

const SPDX = 'https://spdx.dev/Document';

/**
 * Makes an index of an image and of attestations about it, as BuildKit writes them:
 * https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
 */
export function attestedIndex(image: TestImage, specs: readonly AttestationSpec[]): TestIndex {
  const { index, images } = indexOf([image]);
  const { manifests, ...rest } = JSON.parse(index.bytes.toString('utf8')) as { manifests: unknown[] };
  const { digest } = image.manifest.descriptor;
  const statements = specs.map((spec) => statementOf(spec, digest));
  const config = jsonBlob('application/vnd.oci.empty.v1+json', {});
  const attestations = jsonBlob('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
    config: config.descriptor,
    layers: statements.map(({ descriptor }) => descriptor),
    subject: image.manifest.descriptor,
  });
  const listed = {
    ...attestations.descriptor,
    annotations: {
      'vnd.docker.reference.digest': digest,
      'vnd.docker.reference.type': 'attestation-manifest',
    },
    platform: { architecture: 'unknown', os: 'unknown' },
  };
  const whole = jsonBlob(index.descriptor.mediaType, { ...rest, manifests: [...manifests, listed] });
  return { index: whole, images, further: { manifests: [attestations], blobs: [config, ...statements] } };
}

function statementOf(
  { predicateType = SPDX, predicate, bytes, annotated = true }: AttestationSpec,
  digest: string,
): TestBlob {
  const statement = jsonBlob('application/vnd.in-toto+json', {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType,
    subject: [{ name: 'pkg:docker/image', digest: { sha256: digest.slice('sha256:'.length) } }],
    predicate,
  });
  const blob = bytes ? blobOf(bytes) : statement;
  const annotations = annotated ? { annotations: { 'in-toto.io/predicate-type': predicateType } } : {};
  return { ...blob, descriptor: { ...blob.descriptor, ...annotations } };
}

function blobOf(bytes: Buffer): TestBlob {
  return {
    descriptor: { mediaType: 'application/vnd.in-toto+json', digest: digestOf(bytes), size: bytes.length },
    bytes,
  };
}
