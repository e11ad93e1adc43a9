import { createRequire } from 'node:module';
import { extendBuildSchema } from '@nx-linuxkit/spec';
import type { JsonSchema } from '@nx-linuxkit/spec';

/** The schema of `contents`, which lies beside `src` and `dist` and is published. */
const { definitions, ...contents } = createRequire(__filename)(
  '../../schema/contents.schema.json',
) as JsonSchema;

/** The schema of LinuxKit's build.yml, extended by `contents`. */
export const BUILD_SCHEMA = extendBuildSchema(
  { contents: { $ref: '#/definitions/contents' } },
  { ...definitions, contents: { ...contents, $id: undefined } },
);
