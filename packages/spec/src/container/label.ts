import { formatWhere, type Where } from '@nx-linuxkit/errors';
import { SpecError } from '../error.js';
import type { Container } from '../linuxkit-yml.js';
import type { OciImageConfig } from '../model.js';
import { adapt } from '../schema/adapt.js';
import { linuxkitSchema } from '../schema/schemas.js';
import { violations } from '../schema/validate.js';
import { parseYaml, type YamlDocument } from '../yaml/document.js';

const LABEL = 'org.mobyproject.config';

/** What an image says of how to run it. */
export type Label = Omit<Container, 'name' | 'image'>;

/** LinuxKit takes an empty name or image in a label, and no other. */
const EMPTY = { type: 'string', enum: [''] };
const properties = { ...linuxkitSchema.definitions?.Container.properties, name: EMPTY, image: EMPTY };
const labelSchema = { ...linuxkitSchema, $id: 'label.schema.json', properties };

/** The label of an image: JSON or YAML. `where` is the place in the YAML that names the image. */
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
