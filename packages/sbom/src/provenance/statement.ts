/** A file, an image or a package with its digest: https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md */
export interface ResourceDescriptor {
  readonly name?: string;
  readonly uri?: string;
  /** By algorithm, in hexadecimal digits. */
  readonly digest: Readonly<Record<string, string>>;
}

/** The program and the party that ran a build. */
export interface Builder {
  /** A URI. */
  readonly id: string;
  /** Versions of its parts by name. */
  readonly version: Readonly<Record<string, string>>;
}

/** What provenance says of a build. Nothing of it is a time or a machine, so that it is the same for each run. */
export interface ProvenanceFacts {
  /** The files that were made. */
  readonly subjects: readonly Required<Pick<ResourceDescriptor, 'name' | 'digest'>>[];
  /** All that a person may choose from outside: the YAML, the platform, formats. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What the build has read. */
  readonly dependencies: readonly ResourceDescriptor[];
  readonly builder: Builder;
}

/** The page that says what the parameters mean. */
const BUILD_TYPE = 'https://github.com/nx-linuxkit/nx-linuxkit/blob/main/docs/guide/sbom.md#provenance';

/**
 * States where files come from: an in-toto statement v1 (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md) with the
 * predicate SLSA provenance v1 (https://slsa.dev/spec/v1.0/provenance). It is not signed.
 */
export function provenanceStatement({
  subjects,
  parameters,
  dependencies,
  builder,
}: ProvenanceFacts): object {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: parameters,
        resolvedDependencies: dependencies,
      },
      runDetails: { builder },
    },
  };
}
