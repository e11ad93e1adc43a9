import type { HttpOptions } from '@nx-linuxkit/oci/http';
import type { ByteSource, Tree } from '@nx-linuxkit/tree';
import { DockerfileError, type DockerfileErrorCode } from '../error.js';
import type { CopyStep } from '../evaluate/step.js';
import { whereOf, type Dockerfile } from '../parse/dockerfile.js';

/** What COPY and ADD read. */
export interface CopyInput {
  readonly dockerfile: Dockerfile;
  readonly step: CopyStep;
  /** The context, or the tree of the stage or image that `--from` names. */
  readonly source: Tree;
  /** Seconds since 1970: what is later gets this time. */
  readonly mtime: number;
  /** How URLs are fetched. */
  readonly http?: HttpOptions;
  /** Keeps bytes of an unpacked archive or of a URL until the image is written. */
  readonly keep: (bytes: AsyncIterable<Uint8Array>) => Promise<ByteSource>;
}

/** Makes errors that stand at the line of the instruction. */
export function failing({ dockerfile, step: { instruction } }: Pick<CopyInput, 'dockerfile' | 'step'>) {
  return (code: DockerfileErrorCode, message: string, hint?: string) =>
    new DockerfileError(code, `${instruction.keyword}: ${message}`, {
      where: whereOf(dockerfile, instruction),
      hint,
    });
}
