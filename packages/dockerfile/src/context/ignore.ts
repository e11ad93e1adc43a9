import dockerignore from '@balena/dockerignore';
import type { Where } from '@nx-linuxkit/errors';
import { DockerfileError } from '../error.js';

/** What a .dockerignore leaves out of a context. */
export interface Ignores {
  /** Whether a path, with forward slashes, is left out. */
  ignores(path: string): boolean;
  /** Whether a pattern takes something in again, so that a folder that is left out must be looked into. */
  readonly hasExceptions: boolean;
}

/**
 * Reads the text of a .dockerignore; `file` is its path, for messages. Throws DockerfileError `bad-dockerfile` for a
 * pattern that is not valid. https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function readIgnore(text: string, file: string): Ignores {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  return readPatterns(
    lines.filter((line) => !line.startsWith('#')),
    { file },
  );
}

/** Reads patterns as a .dockerignore has them, one each. Throws DockerfileError `bad-dockerfile` for one that is not valid. */
export function readPatterns(lines: readonly string[], where: Where): Ignores {
  const patterns = lines.filter((line) => line.trim() !== '');
  try {
    // The library takes a pattern for a regular expression but for `.`, `$` and what globs use.
    const rules = dockerignore({ ignorecase: false }).add(
      patterns.map((line) => line.trim().replace(/[+()|{}]/g, '\\$&')),
    );
    rules.ignores('a');
    return {
      ignores: (path) => rules.ignores(path),
      hasExceptions: patterns.some((line) => line.trim().startsWith('!')),
    };
  } catch (cause) {
    throw new DockerfileError('bad-dockerfile', `a pattern is not valid: ${(cause as Error).message}`, {
      where,
    });
  }
}
