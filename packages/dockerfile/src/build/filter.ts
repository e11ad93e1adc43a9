import { readPatterns, type Ignores } from '../context/ignore.js';
import type { CopyStep } from '../evaluate/step.js';
import { whereOf, type Dockerfile } from '../parse/dockerfile.js';

/** Which paths below a source are copied. */
export interface Filter {
  takes(path: string): boolean;
  /** Whether something below a folder that is not taken may be taken. */
  looksInto(path: string): boolean;
}

/** Takes all paths. */
export const EVERYTHING: Filter = { takes: () => true, looksInto: () => true };

/**
 * The filter of an instruction: what `--exclude` leaves out, of what a pattern includes. Both are patterns of a
 * .dockerignore, which match a folder together with what lies in it. Throws DockerfileError `bad-dockerfile`.
 */
export function filterOf(
  dockerfile: Dockerfile,
  { instruction, excludes }: Pick<CopyStep, 'instruction' | 'excludes'>,
  included?: string,
): Filter {
  const where = whereOf(dockerfile, instruction);
  const left: Ignores | undefined = excludes.length > 0 ? readPatterns(excludes, where) : undefined;
  const wanted: Ignores | undefined = included ? readPatterns([included], where) : undefined;
  if (!left && !wanted) return EVERYTHING;
  return {
    takes: (path) => (wanted?.ignores(path) ?? true) && !left?.ignores(path),
    looksInto: (path) => !left?.ignores(path) || left.hasExceptions,
  };
}
