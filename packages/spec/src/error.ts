import { Fault } from '@nx-linuxkit/errors';

export type SpecErrorCode =
  /** The text is not YAML. */
  | 'bad-yaml'
  /** The document breaks the schema. */
  | 'bad-document'
  /** A value has the right type and cannot be used. */
  | 'bad-value'
  /** Two things have the name that one of them may have. */
  | 'duplicate-name'
  /** A name that nothing defines. */
  | 'unknown-name'
  /** A file cannot be read. */
  | 'unreadable-file'
  /** A file extends itself. */
  | 'circular-extends'
  /** The label `org.mobyproject.config` of an image is not one. */
  | 'bad-label';

export class SpecError extends Fault<SpecErrorCode> {}
