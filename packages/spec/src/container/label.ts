import { formatWhere, type Where } from '@nx-linuxkit/errors';
import { SpecError } from '../error.js';
import type { Container } from '../linuxkit-yml.js';
import type { DocumentPath, OciImageConfig } from '../model.js';
import { formatPath } from '../problem.js';
import { adapt } from '../schema/adapt.js';
import { linuxkitSchema } from '../schema/schemas.js';
import { violations } from '../schema/validate.js';
import { parseYaml, type YamlDocument } from '../yaml/document.js';
import { textWithNul } from './nul.js';

const LABEL = 'org.mobyproject.config';

/** The defaults that an image gives for its container: the keys of a container, except its name and image. */
export type Label = Omit<Container, 'name' | 'image'>;

/** LinuxKit accepts `name` and `image` in a label if they are empty. */
const EMPTY = { type: 'string', enum: [''] };
const { properties: keys } = linuxkitSchema.definitions?.Container ?? {};
/** `$patch` is about entries of a YAML. */
const allowed = Object.entries(keys ?? {}).filter(([key]) => key !== '$patch');
const properties = { ...Object.fromEntries(allowed), name: EMPTY, image: EMPTY };
const labelSchema = { ...linuxkitSchema, $id: 'label.schema.json', properties };

/** Names an image in errors. */
export interface LabelledImage {
  /** Its reference. */
  readonly image: string;
  /** The place in the system's YAML that names the image. */
  readonly where?: Where;
}

/**
 * Reads the label `org.mobyproject.config` of an image, which is JSON or YAML; `{}` if the image has no such label.
 *
 * Throws `SpecError` `bad-label`, which names the image and the key.
 */
export function readLabel({ Labels }: OciImageConfig, named: LabelledImage): Label {
  const text = Labels?.[LABEL];
  if (!text) return {};
  const document = parse(text, named);
  const refuse = (path: DocumentPath, message: string) =>
    badLabel(`${formatWhere(document.where(path))}: ${formatPath(path)}: ${message}`, named);
  const [problem] = violations(document, labelSchema);
  if (problem) throw badLabel(`${formatWhere(problem.where)}: ${problem.message}`, named);
  const label = document.value as Label;
  const path = textWithNul(label);
  if (path) throw refuse(path, 'expected a text without NUL');
  if (label.cwd && !label.cwd.startsWith('/')) {
    throw refuse(['cwd'], `expected an absolute path, got ${JSON.stringify(label.cwd)}`);
  }
  return label;
}

function parse(text: string, named: LabelledImage): YamlDocument {
  try {
    return parseYaml(text, LABEL, (root) => adapt(root, labelSchema));
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    throw badLabel(`${error.where ? formatWhere(error.where) : LABEL}: ${error.message}`, named);
  }
}

export function badLabel(
  message: string,
  { image, where }: LabelledImage,
  hint = 'Correct the config of its build.yml.',
): SpecError {
  return new SpecError('bad-label', `label of the image ${image}, ${message}`, { where, hint });
}
