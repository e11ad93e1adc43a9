import { posix } from 'node:path';
import { withoutUser } from '@nx-linuxkit/oci/http';
import type { Checksum } from '../evaluate/checksum.js';
import { isGitRepository } from '../parse/remote-source.js';
import { failing, type CopyInput } from './copy-input.js';

/** A URL of ADD. */
export interface AddedUrl {
  readonly url: URL;
  readonly checksum: Checksum;
  /** The last part of its path; absent for a URL without one. */
  readonly name?: string;
}

/**
 * Reads a source that is a URL; undefined for a path. Throws DockerfileError for a URL without a checksum, and for a repository of
 * git.
 */
export function addedUrl(text: string, input: CopyInput): AddedUrl | undefined {
  const { step } = input;
  const fail = failing(input);
  const shown = withoutUser(text);
  if (isGitRepository(text) && step.instruction.keyword === 'ADD') {
    throw fail(
      'unsupported',
      `${shown} is a repository of git, which is not fetched here`,
      'Make it a submodule or a folder of the package, and COPY it.',
    );
  }
  if (!/^https?:\/\//.test(text)) {
    if (!step.checksum) return undefined;
    throw fail('bad-dockerfile', `--checksum: expected a URL, got ${shown}`);
  }
  if (step.instruction.keyword !== 'ADD') {
    throw fail('bad-dockerfile', `${shown} is a URL`, 'Use ADD with --checksum for a URL.');
  }
  if (!URL.canParse(text)) throw fail('bad-dockerfile', `${shown} is no URL`);
  if (!step.checksum) {
    throw fail(
      'unsupported',
      `${shown} is a URL without a checksum, so that the same Dockerfile could give another image tomorrow`,
      `Write ADD --checksum=sha256:…, as \`curl -fsSL ${shown} | sha256sum\` prints it.`,
    );
  }
  if (step.sources.length + step.texts.length > 1) {
    throw fail('bad-dockerfile', '--checksum is about one source: write an ADD for each URL');
  }
  const url = new URL(text);
  const name = nameIn(url);
  return { url, checksum: step.checksum, ...(name !== undefined && { name }) };
}

function nameIn({ pathname }: URL): string | undefined {
  let path = pathname;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    // A path with a lone percent sign is taken as it is written.
  }
  const name = posix.basename(path);
  return ['', '.', '..'].includes(name) || name.includes('\0') ? undefined : name;
}
