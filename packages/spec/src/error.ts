import { Fault } from '@nx-linuxkit/errors';

/** Everything that can be wrong with a system's YAML, a `build.yml` or a label. */
export type SpecErrorCode =
  /** The text is not YAML. */
  | 'bad-yaml'
  /** The document breaks the schema. */
  | 'bad-document'
  /** A value has the right type but cannot be used. */
  | 'bad-value'
  /** Two services or two volumes have the same name. */
  | 'duplicate-name'
  /** A volume, user, group, variable, variant or inherited entry is named but not defined. */
  | 'unknown-name'
  /** A variable is declared, and nothing gives it a value. */
  | 'missing-value'
  /** A file cannot be read. */
  | 'unreadable-file'
  /** A file extends itself. */
  | 'circular-extends'
  /** The label `org.mobyproject.config` of an image cannot be used. */
  | 'bad-label'
  /** The configuration of an image has a field of the wrong type, or a value that no runtime takes. */
  | 'bad-image-config';

/**
 * The one error of this package. `where` is the file, line and column of the first problem; the message has a line
 * for each further one.
 */
export class SpecError extends Fault<SpecErrorCode> {}
