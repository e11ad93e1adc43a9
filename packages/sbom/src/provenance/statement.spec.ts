import Ajv from 'ajv';
import { provenanceStatement } from '../index.js';

/** The messages of in-toto's Statement v1 and SLSA's Provenance v1, as JSON of proto3: no other member is known. */
const text = { type: 'string' };
const object = (properties: object, required: readonly string[] = []) => ({
  ...{ type: 'object', additionalProperties: false },
  ...{ properties, required },
});
const texts = { type: 'object', additionalProperties: text };
const resource = (required: readonly string[]) =>
  object(
    {
      ...{ name: text, uri: { type: 'string', minLength: 1 }, digest: texts, content: text },
      ...{ downloadLocation: text, mediaType: text, annotations: { type: 'object' } },
    },
    required,
  );
const resources = { type: 'array', items: resource([]) };
const STATEMENT = object(
  {
    _type: { const: 'https://in-toto.io/Statement/v1' },
    subject: { type: 'array', minItems: 1, items: resource(['digest']) },
    predicateType: { const: 'https://slsa.dev/provenance/v1' },
    predicate: object(
      {
        buildDefinition: object(
          {
            buildType: text,
            externalParameters: { type: 'object' },
            internalParameters: { type: 'object' },
            resolvedDependencies: resources,
          },
          ['buildType', 'externalParameters'],
        ),
        runDetails: object(
          {
            builder: object(
              { id: { type: 'string', minLength: 1 }, version: texts, builderDependencies: resources },
              ['id'],
            ),
            metadata: object({ invocationId: text, startedOn: text, finishedOn: text }),
            byproducts: resources,
          },
          ['builder'],
        ),
      },
      ['buildDefinition', 'runDetails'],
    ),
  },
  ['_type', 'subject', 'predicateType', 'predicate'],
);

it('has the members of in-toto’s statement and of SLSA’s provenance, and no time', () => {
  const statement = provenanceStatement({
    subjects: [{ name: 'iso/my-os.iso', digest: { sha256: '1'.repeat(64) } }],
    parameters: { system: 'my-os', formats: ['iso'] },
    dependencies: [{ name: 'linuxkit.yml', digest: { sha256: '2'.repeat(64) } }],
    builder: { id: 'https://example.org/ci', version: { 'nx-linuxkit': '1.0.0' } },
  });
  const isStatement = new Ajv({ allErrors: true }).compile(STATEMENT);
  isStatement(statement);
  expect(isStatement.errors).toBeNull();
  expect(isStatement({ ...statement, started: 'now' })).toBe(false);
  expect(JSON.stringify(statement)).not.toMatch(/startedOn|finishedOn|invocationId/);
});
