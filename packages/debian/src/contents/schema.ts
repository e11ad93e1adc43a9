import { createRequire } from 'node:module';
import { extendBuildSchema } from '@nx-linuxkit/spec';
import type { JsonSchema } from '@nx-linuxkit/spec';

/** Of `contents`; lies beside src and dist alike, and is published. */
const { definitions, ...contents } = createRequire(__filename)(
  '../../schema/contents.schema.json',
) as JsonSchema;

/** LinuxKit's build.yml and `contents`. */
export const BUILD_SCHEMA = extendBuildSchema(
  { contents: { $ref: '#/definitions/contents' } },
  { ...definitions, contents: { ...contents, $id: undefined } },
);
