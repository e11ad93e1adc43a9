import type { Where } from '@nx-linuxkit/errors';
import { SpecError } from '../error.js';
import type { DocumentPath, OciImageConfig } from '../model.js';
import { formatPath } from '../problem.js';
import { check } from '../schema/check.js';
import type { JsonSchema } from '../schema/schemas.js';
import { textWithNul } from './nul.js';

const TEXT: JsonSchema = { type: ['string', 'null'] };
const TEXTS: JsonSchema = { type: ['array', 'null'], items: { type: 'string' } };

/**
 * The fields that decide how a container runs. Go writes an empty one as null.
 * Source: https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties.
 */
const SCHEMA: JsonSchema = {
  type: ['object', 'null'],
  properties: {
    Entrypoint: TEXTS,
    Cmd: TEXTS,
    Env: TEXTS,
    User: TEXT,
    WorkingDir: TEXT,
    Labels: { type: ['object', 'null'], additionalProperties: { type: 'string' } },
  },
};

const HINT = 'Make the image again: its builder wrote a config that container runtimes refuse as well.';

/**
 * Reads the object `config` of an image's configuration, which anyone may have written. `image` names the image in
 * errors, `where` is the place in the system's YAML that names it.
 *
 * Throws `SpecError` `bad-image-config`, which names the image and the field.
 */
export function readImageConfig(value: unknown, image: string, where?: Where): OciImageConfig {
  const [violation] = check(value ?? null, SCHEMA);
  const refuse = (path: DocumentPath, message: string) =>
    new SpecError('bad-image-config', `image ${image}: ${formatPath(['config', ...path])}: ${message}`, {
      where,
      hint: HINT,
    });
  if (violation) {
    const { path, schema } = violation;
    throw refuse(path, `expected ${expected(schema)}, got ${kindOf(violation.value)}`);
  }
  const config = (value ?? {}) as OciImageConfig;
  for (const field of ['Entrypoint', 'Cmd', 'Env', 'User', 'WorkingDir', 'Labels'] as const) {
    const path = textWithNul(config[field]);
    if (path) throw refuse([field, ...path], 'expected a text without NUL');
  }
  const { WorkingDir } = config;
  if (WorkingDir && !WorkingDir.startsWith('/')) {
    throw refuse(['WorkingDir'], `expected an absolute path, got ${JSON.stringify(WorkingDir)}`);
  }
  return config;
}

function expected({ type }: JsonSchema): string {
  const names = [type].flat();
  if (names.includes('array')) return 'a list of strings';
  return names.includes('object') ? 'an object' : 'a string';
}

/** Names a value for a message; a long one is cut, because a config may have megabytes. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return `the ${typeof value} ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}
