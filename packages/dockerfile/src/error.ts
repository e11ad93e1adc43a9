import { Fault } from '@nx-linuxkit/errors';

/** The codes of `DockerfileError`. */
export type DockerfileErrorCode =
  /** A Dockerfile or a .dockerignore is not valid. */
  | 'bad-dockerfile'
  /** An instruction or a flag that is not supported. */
  | 'unsupported'
  /** COPY or ADD names something that is not there. */
  | 'missing-file'
  /** Something in the build context cannot be in an image. */
  | 'bad-context'
  /** A URL of ADD cannot be fetched, or has other bytes than its checksum says. */
  | 'download-failed'
  /** RUN needs a builder, and there is none. */
  | 'no-builder'
  /** A builder failed; the message has the end of its log. */
  | 'builder-failed';

/** An error about a Dockerfile, its build context or what builds it. */
export class DockerfileError extends Fault<DockerfileErrorCode> {}
