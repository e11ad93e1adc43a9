import { formatWhere, type Where } from '@nx-linuxkit/errors';
import { SpecError } from '../error.js';
import type { Container } from '../linuxkit-yml.js';
import type { OciImageConfig } from '../model.js';
import { adapt } from '../schema/adapt.js';
import { linuxkitSchema } from '../schema/schemas.js';
import { violations } from '../schema/validate.js';
import { parseYaml, type YamlDocument } from '../yaml/document.js';

const LABEL = 'org.mobyproject.config';

/** The defaults that an image gives for its container: the keys of a container, except its name and image. */
export type Label = Omit<Container, 'name' | 'image'>;

/** LinuxKit accepts `name` and `image` in a label if they are empty. */
const EMPTY = { type: 'string', enum: [''] };
const properties = { ...linuxkitSchema.definitions?.Container.properties, name: EMPTY, image: EMPTY };
const labelSchema = { ...linuxkitSchema, $id: 'label.schema.json', properties };

/**
 * Reads the label `org.mobyproject.config` of an image, which is JSON or YAML; `{}` if the image has no such label.
 * `where` is the place in the system's YAML that names the image, for errors.
 *
 * Throws `SpecError` `bad-label`.
 */
export function readLabel({ Labels }: OciImageConfig, where?: Where): Label {
  const text = Labels?.[LABEL];
  if (!text) return {};
  const document = parse(text, where);
  const [problem] = violations(document, labelSchema);
  if (problem) throw badLabel(`${formatWhere(problem.where)}: ${problem.message}`, where);
  return document.value as Label;
}

function parse(text: string, where?: Where): YamlDocument {
  try {
    return parseYaml(text, LABEL, (root) => adapt(root, labelSchema));
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    throw badLabel(`${error.where ? formatWhere(error.where) : LABEL}: ${error.message}`, where);
  }
}

export function badLabel(
  message: string,
  where?: Where,
  hint = 'Correct the config of its build.yml.',
): SpecError {
  return new SpecError('bad-label', `label of the image, ${message}`, { where, hint });
}
